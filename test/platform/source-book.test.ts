import { expect, test, vi } from 'vitest';
import { createSourceBook, SourceMemory } from '../../src/platform/source-book.ts';
import { WebhookTally } from '../../src/platform/webhook-tally.ts';
import type { WebhookCount } from '../../src/ports/webhook-port.ts';
import type { WebhookSource } from '../../src/domain/configuration/webhook-source.ts';

function asked() {
  const set = { calls: 0, fails: false };
  const registry = {
    sources: async () => {
      set.calls += 1;
      if (set.fails) throw new Error('away');
      return [{ id: `stripe_${set.calls}` } as WebhookSource];
    },
  };
  return { set, book: createSourceBook(new SourceMemory(), registry) };
}

test('[WHK-13] sources are asked for once in 10 seconds, and again after a change of one’s own', async () => {
  const { set, book } = asked();
  for (const now of [0, 5_000, 9_999]) expect([...(await book.sources(now))!.keys()]).toEqual(['stripe_1']);
  expect([...(await book.sources(10_000))!.keys()]).toEqual(['stripe_2']);
  book.forget();
  expect([...(await book.sources(10_001))!.keys()]).toEqual(['stripe_3']);
  expect(set.calls).toBe(3);
});

test('[WHK-10] older ones are not used while the registry is away', async () => {
  const { set, book } = asked();
  await book.sources(0);
  set.fails = true;
  expect(await book.sources(9_999)).not.toBe(null);
  expect(await book.sources(10_000)).toBe(null);
});

test('counts of a second are handed on together, and again when they could not be', async () => {
  vi.useFakeTimers();
  const tally = new WebhookTally();
  const handed: (readonly WebhookCount[])[] = [];
  let fails = true;
  const intake = {
    count: async (counts: readonly WebhookCount[]) => {
      if (fails) throw new Error('away');
      handed.push(counts);
    },
  };
  const one: WebhookCount = { sourceId: 's', what: 'event', outcome: 'recorded', count: 1 };
  const first = tally.add([one], intake, 0);
  expect(tally.add([one, { ...one, outcome: 'duplicate' }], intake, 500)).toBe(null);
  await vi.advanceTimersByTimeAsync(1_000);
  await first;
  fails = false;
  const second = tally.add([one], intake, 1_500);
  await vi.advanceTimersByTimeAsync(1_000);
  await second;
  expect(handed).toEqual([
    [
      { ...one, count: 3 },
      { ...one, outcome: 'duplicate' },
    ],
  ]);
  vi.useRealTimers();
});
