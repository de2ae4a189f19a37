// PostgreSQL is away for an hour of the object's own clock: every alarm is walked, what is recorded meanwhile fills the journal over and over, and all of it arrives.
import { env } from 'cloudflare:workers';
import { runInDurableObject } from 'cloudflare:test';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { addressOf, resultOf } from '../harness/results.ts';
import { InMemoryHistory } from '../harness/in-memory-history.ts';
import { JOURNAL_SLOTS } from '../../durable-objects/commit-figures.ts';
import { Processor } from '../../durable-objects/processor.ts';

const [SECOND, MINUTE, HOUR] = [1_000, 60_000, 3_600_000];
const EVERY = 6 * SECOND;
/** Ahead of the runtime's clock, which would ring the alarms of this one itself. */
const START = Date.now() + 30 * 24 * HOUR;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: START });
});
afterEach(() => void vi.useRealTimers());

class PostgresAway extends InMemoryHistory {
  readonly askedAtMs: number[] = [];
  backAtMs = Infinity;

  override async writeAttempts(rows: Parameters<InMemoryHistory['writeAttempts']>[0]) {
    if (Date.now() >= this.backAtMs) return await super.writeAttempts(rows);
    this.askedAtMs.push(Date.now());
    return { ok: false, fault: { reason: 'unreachable' } } as const;
  }
}

class WaitingProcessor extends Processor {
  static past = new PostgresAway();
  protected override history() {
    return WaitingProcessor.past;
  }
}

test('[HIS-4] [HIS-7] over an hour away the waits double to a minute, nothing is lost, and all arrives within a minute of its return, once', async () => {
  const stub = env.PROCESSOR.get(env.PROCESSOR.idFromName('hour_away'));
  await runInDurableObject(stub, async (_, state) => {
    const { storage } = state;
    const past = (WaitingProcessor.past = new PostgresAway());
    past.backAtMs = START + HOUR;
    const born = (): Processor => new WaitingProcessor(state, env);
    const address = addressOf('hour_away');
    const recorded: string[] = [];
    let processor = born();
    const record = async (): Promise<void> => {
      const result = resultOf(address.id, { eventTimeMs: Date.now() });
      expect(await processor.record(address, [result])).toMatchObject({ ok: true });
      recorded.push(result.transactionId);
    };
    await record();
    let [nextRecordMs, diesAtMs] = [START + EVERY, START + 40 * MINUTE];
    while (Date.now() < past.backAtMs + 2 * MINUTE && past.attempts.size < recorded.length) {
      const dueMs = (await storage.getAlarm()) ?? Infinity;
      const isRecording = nextRecordMs < past.backAtMs && nextRecordMs < dueMs;
      const nextMs = isRecording ? nextRecordMs : dueMs;
      // Nobody would ever come for it.
      if (nextMs === Infinity) break;
      vi.setSystemTime(Math.max(Date.now(), nextMs));
      if (Date.now() >= diesAtMs) [processor, diesAtMs] = [born(), Infinity];
      if (isRecording) {
        await record();
        nextRecordMs += EVERY;
      } else await processor.alarm();
    }
    expect(recorded.length).toBeGreaterThan(JOURNAL_SLOTS + 50);
    expect([...past.attempts.values()].map(({ result }) => result.transactionId)).toEqual(recorded);
    expect(Date.now()).toBeLessThan(past.backAtMs + MINUTE + 2 * SECOND);
    expect(await processor.historyStanding()).toMatchObject({ waiting: 0, dropped: 0 });
    const waitsMs = past.askedAtMs.slice(1).map((askedMs, index) => askedMs - past.askedAtMs[index]!);
    expect(
      waitsMs.slice(0, 3).every((waitMs, index) => waitMs >= 500 * 2 ** index && waitMs <= 4_000 * 2 ** index),
    ).toBe(true);
    const late = waitsMs.slice(8, past.askedAtMs.filter((askedMs) => askedMs < START + 40 * MINUTE).length - 1);
    expect(late.length).toBeGreaterThan(30);
    expect(Math.min(...late)).toBeGreaterThanOrEqual(30 * SECOND);
    expect(Math.max(...late)).toBeLessThanOrEqual(MINUTE + 2 * SECOND);
    expect(past.askedAtMs.length).toBeGreaterThan(60);
    expect(past.askedAtMs.length).toBeLessThan(140);
  });
}, 60_000);
