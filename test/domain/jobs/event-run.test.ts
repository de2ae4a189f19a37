import { describe, expect, test } from 'vitest';
import { EMPTY_RECORD, type JobRecord } from '../../../src/domain/jobs/job-record.ts';
import { type RunCause, settleRun, takeLease } from '../../../src/domain/jobs/lease.ts';

const NOW = Date.UTC(2026, 10, 21, 12);
const MINUTE_MS = 60_000;
const EVENT: RunCause = { trigger: 'event' };
const cron = (scheduledMs: number): RunCause => ({ trigger: 'cron', scheduledMs });

function taken(record: JobRecord, cause: RunCause) {
  const taking = takeLease(record, { ...cause, timeLimitMs: 30_000 }, null, NOW);
  if (!taking.answer.taken) throw new Error(taking.answer.reason);
  return { record: taking.record, token: taking.answer.run.token };
}

function done(record: JobRecord, cause: RunCause) {
  const run = taken(record, cause);
  return settleRun(run.record, run.token, { outcome: 'done', counts: {}, error: null, cursor: 'c' }, NOW);
}

describe('[JOB-18] a run that an event asks for', () => {
  test('takes the lease, and is refused while another has it', () => {
    const { record } = taken(EMPTY_RECORD, EVENT);
    for (const cause of [EVENT, cron(NOW)])
      expect(takeLease(record, { ...cause, timeLimitMs: 30_000 }, null, NOW).answer).toEqual({
        taken: false,
        reason: 'already_running',
      });
    expect(done(EMPTY_RECORD, EVENT).run).toMatchObject({ trigger: 'event', outcome: 'done', requestKey: null });
  });

  test('completes no scheduled time, and leaves the cursor to those that do', () => {
    const before = { ...done(EMPTY_RECORD, cron(NOW - MINUTE_MS)).record, cursor: 'of the cron' };
    const after = done(before, EVENT).record;
    expect(after).toMatchObject({
      lease: null,
      watermarkMs: NOW - MINUTE_MS,
      completed: [NOW - MINUTE_MS],
      cursor: 'of the cron',
    });
    expect(done(after, cron(NOW - 1)).record.watermarkMs).toBe(NOW - 1);
  });
});
