import { expect, test } from 'vitest';
import fc from 'fast-check';
import { CLOCK_SLACK_MS, EMPTY_RECORD, type JobRecord, livingLease } from '../../../src/domain/jobs/job-record.ts';
import { type RunEnd, settleRun, takeLease } from '../../../src/domain/jobs/lease.ts';
import { readRecord, writeRecord } from '../../../src/domain/jobs/stored-record.ts';

const START = Date.UTC(2026, 10, 21, 12);
const MINUTE_MS = 60_000;

/** A run that was killed is one of which no end comes. */
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('cron' as const), minutes: fc.integer({ min: -3, max: 1 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('operator' as const),
      key: fc.option(fc.constantFrom('a', 'b', 'c')),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('settle' as const),
      /** Of any run that ever began, this many before the newest. */
      back: fc.integer({ min: 0, max: 3 }),
      outcome: fc.constantFrom('done' as const, 'done' as const, 'failed' as const, 'timed_out' as const),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 90_000 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('jump' as const), ms: fc.integer({ min: -7_200_000, max: 7_200_000 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;

interface Seen {
  record: JobRecord;
  now: number;
  readonly tokens: number[];
  readonly settled: number[];
  readonly completed: number[];
}

function play(seen: Seen, given: Step): void {
  const { record: before, now } = seen;
  switch (given.do) {
    case 'wait':
    case 'jump':
      seen.now += given.ms;
      return;
    case 'restart':
      seen.record = readRecord(writeRecord(before));
      expect(seen.record).toEqual(before);
      return;
    case 'cron':
    case 'operator': {
      const minute = Math.floor(now / MINUTE_MS) * MINUTE_MS;
      const cause =
        given.do === 'cron'
          ? ({ trigger: 'cron', scheduledMs: minute + given.minutes * MINUTE_MS } as const)
          : ({ trigger: 'operator', requestKey: given.key } as const);
      const { record, answer } = takeLease(before, { ...cause, timeLimitMs: 30_000 }, null, now);
      seen.record = record;
      if (!answer.taken) return;
      expect(livingLease(before, now)).toBeNull();
      expect(answer.run.token).toBeGreaterThan(seen.tokens.at(-1) ?? 0);
      expect(seen.completed).not.toContain(answer.run.scheduledMs);
      if (answer.watermarkMs !== null) expect(answer.run.scheduledMs).toBeGreaterThan(answer.watermarkMs);
      seen.tokens.push(answer.run.token);
      return;
    }
    case 'settle': {
      const token = seen.tokens.at(-1 - given.back);
      if (token === undefined) return;
      const end: RunEnd = { outcome: given.outcome, counts: {}, error: null, cursor: `by ${token}` };
      const { record, run } = settleRun(before, token, end, now);
      seen.record = record;
      expect(run === null || token === seen.tokens.at(-1)).toBe(true);
      if (run === null) {
        expect(record).toBe(before);
        return;
      }
      expect(seen.settled).not.toContain(token);
      seen.settled.push(token);
      if (run.outcome === 'done') seen.completed.push(run.scheduledMs);
    }
  }
}

test('[JOB-2] [JOB-4] [JOB-5] [JOB-7] whatever is doubled, killed, restarted or set back: one holder a token, one completion a time, and only done moves the watermark', () => {
  let [completions, takeovers, setbacks] = [0, 0, 0];
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 60 }), (steps) => {
      const seen: Seen = { record: EMPTY_RECORD, now: START, tokens: [], settled: [], completed: [] };
      for (const given of steps) {
        const { record: before, completed } = seen;
        const countBefore = completed.length;
        play(seen, given);
        const { record: after, now } = seen;
        const wasVoid = before.watermarkMs !== null && before.watermarkMs > now + CLOCK_SLACK_MS;
        if (wasVoid) setbacks += 1;
        if (completed.length === countBefore) {
          expect(after.watermarkMs).toBe(before.watermarkMs);
          expect(after.cursor).toBe(before.cursor);
        } else {
          expect(after.cursor).toBe(`by ${seen.tokens.at(-1)}`);
          if (!wasVoid) expect(after.watermarkMs).toBeGreaterThanOrEqual(before.watermarkMs ?? -Infinity);
        }
        expect(after.fence).toBe(seen.tokens.at(-1) ?? 0);
        expect(after.runs.every((run) => run.endedAtMs >= run.startedAtMs)).toBe(true);
      }
      completions += seen.completed.length;
      takeovers += seen.tokens.length - seen.settled.length;
      expect(new Set(seen.completed).size).toBe(seen.completed.length);
    }),
    { numRuns: 500, seed: 5 },
  );
  // What the property is about did happen.
  expect(Math.min(completions, takeovers, setbacks)).toBeGreaterThan(200);
});
