import { expect, test } from 'vitest';
import { EMPTY_RECORD, type JobRecord } from '../../../src/domain/jobs/job-record.ts';
import { KEY_KEPT_MS, type KeyedRun, newlyKeyed, runUnder } from '../../../src/domain/jobs/keyed-run.ts';
import { settleRun, takeLease } from '../../../src/domain/jobs/lease.ts';

const NOW = Date.UTC(2026, 10, 21, 12);
const DONE = { outcome: 'done', counts: {}, error: null, cursor: null } as const;

function ran(before: JobRecord, requestKey: string | null, now: number): [JobRecord, readonly KeyedRun[]] {
  const { record, answer } = takeLease(before, { trigger: 'operator', requestKey, timeLimitMs: 30_000 }, null, now);
  if (!answer.taken) throw new Error(answer.reason);
  const after = settleRun(record, answer.run.token, DONE, now).record;
  return [after, [...newlyKeyed(before, record), ...newlyKeyed(record, after)]];
}

test('[JOB-10] runs with a key are handed out to be kept beside the record, which grows by none of them', () => {
  const keyed = new Map<string, KeyedRun>();
  let record = EMPTY_RECORD;
  for (let run = 0; run < 200; run += 1) {
    const [after, kept] = ran(record, run % 2 === 0 ? `k${run}` : null, NOW + run);
    record = after;
    for (const one of kept) keyed.set(one.requestKey, one);
  }
  expect(record.runs).toHaveLength(20);
  expect(keyed.size).toBe(100);
  expect(runUnder(record, 'k0', null, NOW)).toBeNull();
  for (const key of ['k0', 'k100', 'k198'])
    expect(runUnder(record, key, keyed.get(key) ?? null, NOW + KEY_KEPT_MS - 1)).toMatchObject({ requestKey: key });
  expect(runUnder(record, 'k0', keyed.get('k0') ?? null, NOW + KEY_KEPT_MS)).toBeNull();
});

test('[JOB-9] one that was cut off is handed out by whoever finds it, and is the answer to its own key', () => {
  const ask = { trigger: 'operator', requestKey: 'k', timeLimitMs: 30_000 } as const;
  const { record } = takeLease(EMPTY_RECORD, ask, null, NOW);
  expect(newlyKeyed(EMPTY_RECORD, record)).toEqual([]);
  const found = takeLease(record, ask, null, NOW + 60_000);
  expect(found.answer).toMatchObject({ reason: 'repeated', run: { outcome: 'timed_out' } });
  expect(newlyKeyed(record, found.record)).toMatchObject([{ requestKey: 'k', outcome: 'timed_out' }]);
});
