import { afterEach, beforeEach, expect, test } from 'vitest';
import { apos, GROUP, LETTERS, openStreamLab, readApos, STREAM, type StreamLab } from '../harness/stream-lab.ts';
import { LedgerRecorder } from '../harness/ledger-recorder.ts';
import { paymentFields, tellRedis } from '../harness/stream-producer.ts';
import { readEntry } from '../../src/connectors/redis-stream/read-entry.ts';
import { readStream, STREAM_LIMITS } from '../../src/flows/read-stream.ts';
import { replayDeadLetters, type ReplayWorld } from '../../src/flows/replay-dead-letters.ts';
import type { DeadLetterPort, StreamEntry } from '../../src/ports/stream-port.ts';

let lab: StreamLab;
let ledger: LedgerRecorder;
let letterIds: readonly string[];
/** Three letters: an event of a kind we did not know, one that is already recorded, and nonsense. */
beforeEach(async () => {
  lab = await openStreamLab();
  ledger = new LedgerRecorder(() => lab.now);
  await lab.add(paymentFields(2));
  const melted = paymentFields(1).map((word) => word.replace('payment_succeeded', 'payment_melted'));
  await lab.add(melted);
  await lab.add(paymentFields(2).map((word) => word.replace('payment_succeeded', 'payment_melted')));
  await lab.add(['nonsense', '1']);
  await readStream({ stream: lab.port, recorder: ledger, read: readApos, now: () => lab.now }, STREAM_LIMITS);
  const listed = await lab.port.list(null, 10);
  letterIds = listed.ok ? listed.value.letters.map(({ id }) => id).reverse() : [];
});
afterEach(() => lab.bridge.close());

const readMended = (entry: StreamEntry): ReturnType<typeof readApos> =>
  readEntry(entry, { ...apos, kinds: { ...apos.kinds, payment_melted: 'authorised' } });
const worldOf = (read = readMended): ReplayWorld => ({ letters: lab.port, recorder: ledger, read });
const left = async (): Promise<number> => {
  const listed = await lab.port.list(null, 10);
  return listed.ok ? listed.value.letters.length : NaN;
};

test('[STR-10] under a mended mapping a letter is recorded, known or still unreadable, and only the last stays', async () => {
  expect(letterIds).toHaveLength(3);
  expect(await replayDeadLetters(worldOf(), [...letterIds, '1-1'])).toEqual({
    ok: true,
    value: [
      { outcome: 'recorded' },
      { outcome: 'duplicate' },
      { outcome: 'unreadable', reason: 'missing_field', field: 'event_type' },
      { outcome: 'gone' },
    ],
  });
  expect(ledger.counted).toBe(2);
  expect(await left()).toBe(1);
});

test('[STR-10] under the same mapping nothing changes', async () => {
  const replayed = await replayDeadLetters(worldOf(readApos), letterIds);
  expect(replayed.ok && replayed.value.map(({ outcome }) => outcome)).toEqual([
    'unreadable',
    'unreadable',
    'unreadable',
  ]);
  expect(await left()).toBe(3);
});

test('[STR-10] a letter that cannot be recorded now, or is refused, stays', async () => {
  for (const outcome of [
    { outcome: 'not_recorded' },
    { outcome: 'refused', reason: 'unknown_processor', field: 'connector' },
  ] as const) {
    const recorder = { record: (events: readonly unknown[]) => Promise.resolve(events.map(() => outcome)) };
    expect(await replayDeadLetters({ ...worldOf(), recorder }, letterIds.slice(0, 1))).toEqual({
      ok: true,
      value: [outcome],
    });
    expect(await left()).toBe(3);
  }
});

test('[STR-10] replaying leaves the stream as it is: other groups have had the entry', async () => {
  await tellRedis(lab.bridge, [['XGROUP', 'CREATE', STREAM, 'others', '$']]);
  await replayDeadLetters(worldOf(), letterIds);
  const seen = await tellRedis(lab.bridge, [
    ['XREADGROUP', 'GROUP', 'others', 'one', 'STREAMS', STREAM, '>'],
    ['XREADGROUP', 'GROUP', GROUP, 'one', 'STREAMS', STREAM, '>'],
    ['XLEN', LETTERS],
  ]);
  expect(seen).toEqual([null, null, 1]);
});

test('[STR-10] a replay whose answer is lost may be asked for again, and counts once', async () => {
  for (const spared of [0, 1]) {
    let requests = 0;
    const cutting = new Proxy<DeadLetterPort>(lab.port, {
      get:
        (port, name: keyof DeadLetterPort) =>
        (...words: never[]) => {
          lab.bridge.misbehave(requests++ === spared ? 'cut' : null);
          return (port[name] as (...given: never[]) => Promise<unknown>)(...words);
        },
    });
    const cut = await replayDeadLetters({ ...worldOf(), letters: cutting }, letterIds);
    lab.bridge.misbehave(null);
    expect(cut).toEqual({ ok: false, fault: { reason: 'unreachable' } });
  }
  const again = await replayDeadLetters(worldOf(), letterIds);
  expect(again.ok && again.value.map(({ outcome }) => outcome)).toEqual(['gone', 'gone', 'unreadable']);
  expect(ledger.counted).toBe(2);
});
