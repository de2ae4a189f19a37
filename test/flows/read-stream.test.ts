import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Crash, crashingPort, type CrashPoint } from '../harness/crash-points.ts';
import { LedgerRecorder } from '../harness/ledger-recorder.ts';
import { openStreamLab, readApos, STREAM, type StreamLab } from '../harness/stream-lab.ts';
import { producePayments, tellRedis } from '../harness/stream-producer.ts';
import { readStream, type StreamLimits, type StreamStep, type StreamWorld } from '../../src/flows/read-stream.ts';
import { paceAfter } from '../../src/flows/pace-stream.ts';
import type { EventOutcome, EventRecorder } from '../../src/ports/event-recorder.ts';
import type { StreamPort } from '../../src/ports/stream-port.ts';

const LIMITS: StreamLimits = { batchMax: 10, idleMs: 30_000, deliveriesMax: 5, stepMs: 5_000 };

let lab: StreamLab;
let ledger: LedgerRecorder;
beforeEach(async () => {
  lab = await openStreamLab();
  ledger = new LedgerRecorder(() => lab.now);
});
afterEach(() => lab.bridge.close());

const worldOf = (stream: StreamPort, recorder: EventRecorder = ledger): StreamWorld => ({
  stream,
  recorder,
  read: readApos,
  now: () => lab.now,
});
const step = (recorder: EventRecorder = ledger, limits: Partial<StreamLimits> = {}): Promise<StreamStep> =>
  readStream(worldOf(lab.port, recorder), { ...LIMITS, ...limits });
/** Long enough for what is pending to be stuck. */
const waitIdle = (): void => {
  lab.now += LIMITS.idleMs;
};

describe('a healthy step', () => {
  test('[STR-1] records everything once and acknowledges it, repeats of the producer too', async () => {
    const entries = await producePayments(lab.bridge, STREAM, 0, 100);
    const first = await step();
    expect(first).toMatchObject({ end: 'drained', fault: null, lettersKept: null });
    expect(first.counts).toEqual({
      recorded: 100,
      duplicate: 5,
      late: 0,
      ignored: 0,
      buried: 0,
      givenBack: 0,
      gone: 0,
    });
    expect(entries).toBe(105);
    expect(ledger.counted).toBe(100);
    expect(await lab.pending()).toBe(0);
    expect((await step()).counts).toEqual({
      recorded: 0,
      duplicate: 0,
      late: 0,
      ignored: 0,
      buried: 0,
      givenBack: 0,
      gone: 0,
    });
  });

  test('[STR-1] nothing is acknowledged while it is being recorded', async () => {
    await producePayments(lab.bridge, STREAM, 1, 6);
    const seen: number[] = [];
    await step({
      record: async (events) => {
        seen.push(await lab.pending());
        return await ledger.record(events);
      },
    });
    expect(seen).toEqual([5]);
    expect(await lab.pending()).toBe(0);
  });

  test('[STR-7] begins no batch after its time, and the next step goes on where it ended', async () => {
    await producePayments(lab.bridge, STREAM, 21, 56);
    const slow: EventRecorder = {
      record: (events) => {
        lab.now += 2_000;
        return ledger.record(events);
      },
    };
    const first = await step(slow);
    expect(first.end).toBe('time');
    // Three batches of ten, a repeat of the producer's among them.
    expect(ledger.counted).toBe(29);
    const second = await step(slow);
    expect(second.end).toBe('drained');
    expect(ledger.counted).toBe(35);
  });

  test('[STR-7] a long row of stuck entries takes at most half of a step, and the rest reads what is new', async () => {
    await producePayments(lab.bridge, STREAM, 1, 20);
    for (let life = 0; life < 2; life++) {
      await expect(step({ record: () => Promise.reject(new Crash()) }, { batchMax: 20 })).rejects.toThrow(Crash);
      waitIdle();
    }
    await producePayments(lab.bridge, STREAM, 41, 51);
    const sizes: number[] = [];
    const slow: EventRecorder = {
      record: (events) => {
        sizes.push(events.length);
        lab.now += 500;
        return ledger.record(events);
      },
    };
    const mixed = await step(slow, { batchMax: 20 });
    expect(sizes).toEqual([1, 1, 1, 1, 1, 10]);
    expect(mixed.end).toBe('drained');
    expect(ledger.counted).toBe(15);
  });

  test.each([
    ['time', 3, { failures: 0, nextInMs: 0 }],
    ['drained', 3, { failures: 0, nextInMs: 1_000 }],
    ['fault', 0, { failures: 1, nextInMs: 1_000 }],
    ['fault', 1, { failures: 2, nextInMs: 2_000 }],
    ['held_up', 4, { failures: 5, nextInMs: 16_000 }],
    ['held_up', 5, { failures: 6, nextInMs: 30_000 }],
    ['fault', 5_000, { failures: 5_001, nextInMs: 30_000 }],
  ] as const)('[STR-7] after a step that ended with %s and %i failures before it: %o', (end, before, expected) => {
    expect(paceAfter({ end }, before)).toEqual(expected);
  });
});

describe('a reader that dies', () => {
  /** A step that crashes at one point, then steps in peace; answers the calls of the first. */
  const live = async (point: CrashPoint | null): Promise<readonly string[]> => {
    await producePayments(lab.bridge, STREAM, 0, 25);
    await lab.add(['nonsense', '1']);
    const { port, calls } = crashingPort(lab.port, point);
    await readStream(worldOf(port), LIMITS).catch((error: unknown) => {
      if (!(error instanceof Crash)) throw error;
    });
    for (let peaceful = 0; peaceful < 2; peaceful++) {
      waitIdle();
      await step();
    }
    return calls;
  };
  /** Before it another reader has died: of its ten entries the first three are recorded, and none is acknowledged. */
  const dieBefore = async (): Promise<void> => {
    await producePayments(lab.bridge, STREAM, 101, 111);
    const dying: EventRecorder = {
      record: async (events) => {
        await ledger.record(events.slice(0, 3));
        throw new Crash();
      },
    };
    await expect(step(dying)).rejects.toThrow(Crash);
    waitIdle();
  };
  const pointsOf = (calls: number): CrashPoint[] =>
    Array.from({ length: calls }, (_, call) =>
      ['before', 'after'].map((when) => ({ call, when }) as CrashPoint),
    ).flat();
  const FRESH_CALLS = 10;
  const RESCUE_CALLS = 12;

  test('[STR-1] in peace a step makes these calls, and each of them is a point to die at', async () => {
    const fresh = await live(null);
    expect(fresh).toHaveLength(FRESH_CALLS);
    expect(fresh.slice(0, 5)).toEqual(['stuck', 'prepare', 'readNew', 'acknowledge', 'readNew']);
    expect(fresh).toContain('bury');
    await dieBefore();
    const rescuing = await live(null);
    expect(rescuing).toHaveLength(RESCUE_CALLS);
    expect(rescuing.slice(0, 5)).toEqual(['stuck', 'claim', 'acknowledge', 'stuck', 'readNew']);
  });

  test.each(pointsOf(FRESH_CALLS))('[STR-1] $when call $call: nothing is lost or counted twice', async (point) => {
    await live(point);
    expect(ledger.counted).toBe(25);
    expect(await lab.pending()).toBe(0);
    const letters = await lab.port.list(null, 10);
    expect(letters.ok && letters.value.letters).toHaveLength(1);
  });

  test.each(pointsOf(RESCUE_CALLS))(
    '[STR-1] [STR-2] $when call $call of a step that rescues: nothing is lost or counted twice',
    async (point) => {
      await dieBefore();
      await live(point);
      expect(ledger.counted).toBe(35);
      expect(await lab.pending()).toBe(0);
      const letters = await lab.port.list(null, 10);
      expect(letters.ok && letters.value.letters).toHaveLength(1);
    },
  );

  test('[STR-2] what it left behind is claimed after 30 s and not before', async () => {
    await producePayments(lab.bridge, STREAM, 1, 6);
    await expect(step({ record: () => Promise.reject(new Crash()) })).rejects.toThrow(Crash);
    lab.now += LIMITS.idleMs - 1;
    expect((await step()).counts.recorded).toBe(0);
    lab.now += 1;
    expect((await step()).counts.recorded).toBe(5);
  });

  test('[STR-3] [STR-4] an entry that kills its reader becomes a dead letter after 5 deliveries and takes no other along', async () => {
    await producePayments(lab.bridge, STREAM, 1, 31);
    const deliveriesOfPoison: number[] = [];
    const fragile: EventRecorder = {
      record: (events) => {
        const isPoisoned = events.some(({ attemptKey }) => attemptKey === 'pay_13');
        if (isPoisoned) deliveriesOfPoison.push(events.length);
        return isPoisoned ? Promise.reject(new Crash()) : ledger.record(events);
      },
    };
    for (let life = 0; life < 12; life++) {
      const end = await step(fragile).catch(() => null);
      waitIdle();
      if (end?.counts.buried === 1) break;
    }
    // Twice with its batch of ten, then alone.
    expect(deliveriesOfPoison).toEqual([10, 10, 1, 1, 1]);
    expect(ledger.counted).toBe(29);
    expect(await lab.pending()).toBe(0);
    const letters = await lab.port.list(null, 10);
    expect(letters.ok && letters.value.letters).toMatchObject([
      { reason: 'too_many_deliveries', field: null, entry: { deliveries: 6 } },
    ]);
  });
});

describe('our own side cannot record', () => {
  const closed: EventRecorder = {
    record: (events) => Promise.resolve(events.map((): EventOutcome => ({ outcome: 'not_recorded' }))),
  };

  test('[STR-5] however often that is, no entry becomes a dead letter, and all are recorded in the end', async () => {
    await producePayments(lab.bridge, STREAM, 1, 11);
    for (let life = 0; life < 20; life++) {
      expect(await step(closed)).toMatchObject({ end: 'held_up', counts: { givenBack: 10, buried: 0 } });
      waitIdle();
    }
    expect(await step()).toMatchObject({ end: 'drained', counts: { recorded: 10, buried: 0 } });
  });

  test('[STR-5] the step ends at the first batch that was held up, and what could be recorded is acknowledged', async () => {
    await producePayments(lab.bridge, STREAM, 1, 31);
    const half: EventRecorder = {
      record: async (events) => {
        const outcomes = await ledger.record(events.slice(0, 4));
        return [...outcomes, ...(await closed.record(events.slice(4)))];
      },
    };
    expect(await step(half)).toMatchObject({ end: 'held_up', counts: { recorded: 4, givenBack: 6 } });
    expect(await lab.pending()).toBe(6);
  });

  test('[STR-5] deliveries that killed a reader stay counted when a later one is given back', async () => {
    await producePayments(lab.bridge, STREAM, 1, 2);
    for (let life = 0; life < 3; life++) {
      await expect(step({ record: () => Promise.reject(new Crash()) })).rejects.toThrow(Crash);
      waitIdle();
    }
    await step(closed);
    const stuck = await lab.port.stuck(0, 10);
    expect(stuck.ok && stuck.value.map(({ deliveries }) => deliveries)).toEqual([3]);
  });
});

describe('what nobody can record', () => {
  test('[STR-6] is a dead letter at once, with its reason and field, and is acknowledged', async () => {
    await lab.add(['event_type', 'payment_melted', 'payment_id', 'pay_1']);
    await lab.add(['event_type', 'payment_failed']);
    await producePayments(lab.bridge, STREAM, 1, 3);
    const mixed = await step();
    expect(mixed).toMatchObject({ end: 'drained', counts: { recorded: 2, buried: 2 }, lettersKept: 2 });
    expect(await lab.pending()).toBe(0);
    const letters = await lab.port.list(null, 10);
    expect(letters.ok && letters.value.letters.map(({ reason, field }) => [reason, field])).toEqual([
      ['missing_field', 'metadata.attempt_id'],
      ['unknown_kind', 'event_type'],
    ]);
  });

  test('[STR-6] is a dead letter too when the recorder refuses it', async () => {
    await producePayments(lab.bridge, STREAM, 1, 3);
    const outcome: EventOutcome = { outcome: 'refused', reason: 'unknown_processor', field: 'connector' };
    await step({ record: (events) => Promise.resolve(events.map(() => outcome)) });
    const letters = await lab.port.list(null, 10);
    expect(letters.ok && letters.value.letters).toMatchObject([
      { reason: 'unknown_processor', field: 'connector', atMs: lab.now },
      { reason: 'unknown_processor', entry: { deliveries: 1 } },
    ]);
  });

  test('[STR-6] carries no card number into its dead letter', async () => {
    await lab.add(['event_type', 'payment_melted', 'note', 'card 4111 1111 1111 1111', '5555555555554444', 'x']);
    await step();
    const held = JSON.stringify(await tellRedis(lab.bridge, [['XRANGE', 'payments-dead-letters', '-', '+']]));
    expect(held).toContain('**** **** **** ****');
    expect(held).not.toMatch(/4111|5555/);
  });

  test('[STR-1] what says nothing about an attempt is acknowledged and counted', async () => {
    await lab.add(['event_type', 'health_check']);
    await lab.add(['event_type', 'payment_created', 'payment_id', 'pay_1']);
    expect(await step()).toMatchObject({ counts: { ignored: 2, recorded: 0, buried: 0 } });
    expect(await lab.pending()).toBe(0);
  });

  test('[STR-14] entries that were cut from the stream before they were recorded are counted', async () => {
    await producePayments(lab.bridge, STREAM, 1, 6);
    await expect(step({ record: () => Promise.reject(new Crash()) })).rejects.toThrow(Crash);
    await tellRedis(lab.bridge, [['XTRIM', STREAM, 'MAXLEN', 2]]);
    waitIdle();
    expect(await step()).toMatchObject({ end: 'drained', counts: { gone: 3, recorded: 2 } });
    expect(await lab.pending()).toBe(0);
  });
});

describe('a Redis that misbehaves', () => {
  test.each([
    ['garbage', 'bad_answer'],
    ['wrong_shape', 'bad_answer'],
    ['server_error', 'refused'],
    ['cut', 'unreachable'],
  ] as const)('[STR-8] one that answers with %s ends the step with %s, and nothing is lost', async (fault, reason) => {
    await producePayments(lab.bridge, STREAM, 0, 20);
    await step(ledger, { stepMs: 1 });
    for (let spared = 0; spared < 4; spared++) {
      const { port } = crashingPort(lab.port, null);
      let calls = 0;
      const failing = new Proxy(port, {
        get:
          (target, name: keyof StreamPort) =>
          (...words: never[]) => {
            lab.bridge.misbehave(calls++ === spared ? fault : null);
            return (target[name] as (...given: never[]) => Promise<unknown>)(...words);
          },
      });
      await producePayments(lab.bridge, STREAM, 20 + spared * 10, 30 + spared * 10);
      const failed = await readStream(worldOf(failing), LIMITS);
      lab.bridge.misbehave(null);
      expect(failed).toMatchObject({ end: 'fault', fault: { reason } });
      waitIdle();
    }
    await step();
    waitIdle();
    await step();
    expect(ledger.counted).toBe(60);
    expect(await lab.pending()).toBe(0);
  });

  test('[STR-8] one that does not answer ends the step with the time of one call', async () => {
    await lab.bridge.close();
    lab = await openStreamLab({ timeoutMs: 60 });
    await producePayments(lab.bridge, STREAM, 1, 3);
    const before = lab.bridge.requests;
    lab.bridge.misbehave('hang');
    expect(await step()).toMatchObject({ end: 'fault', fault: { reason: 'unreachable' } });
    expect(lab.bridge.requests - before).toBe(1);
    lab.bridge.misbehave(null);
    expect(await step()).toMatchObject({ end: 'drained', counts: { recorded: 2 } });
  });

  test('[STR-9] one that has lost the group gets a new one, and what comes again is counted once', async () => {
    await producePayments(lab.bridge, STREAM, 1, 16);
    await step();
    await tellRedis(lab.bridge, [['DEL', STREAM]]);
    await producePayments(lab.bridge, STREAM, 11, 20);
    expect(await step()).toMatchObject({ end: 'drained', counts: { recorded: 4, duplicate: 5 } });
    expect(ledger.counted).toBe(19);
  });

  test('[STR-8] a stream that is no stream is told by the word of Redis alone', async () => {
    await tellRedis(lab.bridge, [['SET', STREAM, 'text']]);
    expect(await step()).toMatchObject({ end: 'fault', fault: { reason: 'refused', code: 'WRONGTYPE' } });
  });
});
