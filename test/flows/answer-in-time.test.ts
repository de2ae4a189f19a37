import { beforeEach, expect, test } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import { SIGNATURE_CASES } from '../connectors/all-signature-cases.ts';
import { createWebhookHouse, sourceIdOf, type WebhookHouse } from '../harness/webhook-house.ts';

let house: WebhookHouse;
let behind: Promise<unknown>[];
beforeEach(async () => {
  house = await createWebhookHouse();
  behind = [];
  Object.assign(house.world, { later: (work: Promise<unknown>) => void behind.push(work) });
});

/** The next call to a processor waits for that. */
function slowedBy(wait: () => Promise<unknown>): void {
  const { processors } = house.world;
  const [record, settleLate] = [processors.record.bind(processors), processors.settleLate.bind(processors)];
  const first = async (): Promise<void> => {
    Object.assign(processors, { record, settleLate });
    await wait();
  };
  Object.assign(processors, {
    record: async (...given: Parameters<typeof record>) => {
      await first();
      return await record(...given);
    },
    settleLate: async (...given: Parameters<typeof settleLate>) => {
      await first();
      return await settleLate(...given);
    },
  });
}

function gate(): { readonly opened: Promise<null>; open(): void } {
  let open = (): void => undefined;
  const opened = new Promise<null>((resolve) => {
    open = () => resolve(null);
  });
  return { opened, open };
}

const WAITED_FOR = Object.entries(SIGNATURE_CASES)
  // What custom-hmac's body tells is of a method that the house does not take.
  .filter(([, { adapter }]) => !adapter.declaration.needsFetch && adapter.declaration.id !== 'custom-hmac')
  .map(([name, { adapter, bodies }]) => [name, adapter.declaration.answerWithinMs, bodies[0]!] as const);

test.each(WAITED_FOR)('[WHK-31] %s is told to come again before its %i ms are over', async (name, limitMs, body) => {
  const source = sourceIdOf(name);
  const [over, release, called] = [gate(), gate(), gate()];
  const limits: number[] = [];
  Object.assign(house.world.webhooks, {
    withinTime: async (limit: number, work: () => Promise<unknown>) => {
      limits.push(limit);
      return await Promise.race([work(), over.opened]);
    },
  });
  slowedBy(() => {
    called.open();
    return release.opened;
  });
  const answer = house.send(source, body);
  await called.opened;
  over.open();
  expect(await answer).toEqual({ outcome: 'not_recorded' });
  expect(limits).toEqual([2_000, limitMs * 0.8]);
  expect([behind.length, house.set.states.size]).toEqual([1, 0]);
  release.open();
  await Promise.all(behind);
  expect(house.counted(source, 'event', 'recorded') + house.counted(source, 'event', 'late')).toBe(1);
  expect([house.counted(source, 'delivery', 'out_of_time'), house.counted(source, 'delivery', 'accepted')]).toEqual([
    1, 0,
  ]);
});

test(
  '[WHK-31] a processor that takes 6 s keeps no answer: 503 after 4 s, recorded behind it, and a duplicate when it comes again',
  { timeout: 30_000 },
  async () => {
    const body = SIGNATURE_CASES['hyperswitch']!.bodies[0]!;
    slowedBy(async () => await sleep(6_000));
    const startedAtMs = Date.now();
    expect(await house.send('hyperswitch', body)).toEqual({ outcome: 'not_recorded' });
    expect(Date.now() - startedAtMs).toBeGreaterThan(3_900);
    expect(Date.now() - startedAtMs).toBeLessThan(5_000);
    await Promise.all(behind);
    const before = house.kinds();
    expect(await house.send('hyperswitch', body)).toMatchObject({ outcome: 'acknowledged' });
    expect(house.kinds()).toEqual(before);
    const counted = ['recorded', 'duplicate'].map((outcome) => house.counted('hyperswitch', 'event', outcome));
    expect(counted).toEqual([1, 1]);
  },
);

test('[WHK-31] what was spent before is taken off, and no time left is an answer at once', async () => {
  slowedBy(async () => await sleep(200));
  const now = house.world.now.bind(house.world);
  Object.assign(house.world, { now: () => now() + 5_000 });
  expect(await house.send('hyperswitch', SIGNATURE_CASES['hyperswitch']!.bodies[0]!)).toEqual({
    outcome: 'not_recorded',
  });
  await Promise.all(behind);
});

test('[WHK-31] sources that nobody can name are waited for 2 s', async () => {
  house.world.webhooks.sources.sources = () => new Promise(() => undefined);
  Object.assign(house.world.webhooks, {
    withinTime: (limitMs: number) => Promise.resolve(limitMs === 2_000 ? null : undefined),
  });
  expect(await house.send('stripe', '{}')).toEqual({ outcome: 'not_recorded' });
});
