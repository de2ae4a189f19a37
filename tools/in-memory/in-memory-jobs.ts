// The book of jobs in one process: the real leases over a map, and jobs that a test hands in.
import { EMPTY_RECORD, type JobRecord } from '../../src/domain/jobs/job-record.ts';
import type { Job, JobDesk, JobsKept } from '../../src/ports/job-port.ts';
import { limitedWork } from '../../src/platform/limited-work.ts';
import type { LogLine } from '../../src/domain/log-line.ts';
import { NO_UNKNOWN_CRONS, withUnknownCron } from '../../src/domain/jobs/unknown-crons.ts';
import { KEYED_MAX, newlyKeyed } from '../../src/domain/jobs/keyed-run.ts';
import { requestKeyOf, settleRun, takeLease } from '../../src/domain/jobs/lease.ts';
import type { JobRun } from '../../src/domain/jobs/job-run.ts';

export interface JobCircumstances {
  table: Job[];
  isReachable: boolean;
  /** Instead of the seconds a caller waits for. */
  answerWithinMs: number | null;
  readonly records: Map<string, JobRecord>;
  /** By job and key, the oldest first. */
  readonly keyed: Map<string, Map<string, JobRun>>;
  unknownCrons: JobsKept['unknownCrons'];
  readonly logged: LogLine[];
}

export const noJobs = (): JobCircumstances => ({
  table: [],
  isReachable: true,
  answerWithinMs: null,
  records: new Map(),
  keyed: new Map(),
  unknownCrons: NO_UNKNOWN_CRONS,
  logged: [],
});

export const jobOf = (name: string, run: Job['run'] = () => Promise.resolve(), over: Partial<Job> = {}): Job => ({
  name,
  summary: `Does ${name}.`,
  crons: ['* * * * *'],
  timeLimitMs: 30_000,
  run,
  ...over,
});

export function jobsOf(set: JobCircumstances, now: () => number): JobDesk {
  const reached = async <Value>(call: () => Value): Promise<Value> => {
    if (!set.isReachable) throw Object.assign(new Error('the book of jobs is out of reach'), { retryable: true });
    return await Promise.resolve(call());
  };
  const recordOf = (job: string): JobRecord => set.records.get(job) ?? EMPTY_RECORD;
  const keep = (job: string, record: JobRecord): void => {
    const keyed = set.keyed.get(job) ?? new Map<string, JobRun>();
    for (const run of newlyKeyed(recordOf(job), record)) {
      keyed.delete(run.requestKey);
      keyed.set(run.requestKey, run);
    }
    const tooMany = [...keyed.keys()].slice(0, Math.max(0, keyed.size - KEYED_MAX));
    for (const key of tooMany) keyed.delete(key);
    set.keyed.set(job, keyed);
    set.records.set(job, record);
  };
  return {
    get table() {
      return set.table;
    },
    book: {
      take: async (job, ask) =>
        await reached(() => {
          const keyed = set.keyed.get(job)?.get(requestKeyOf(ask) ?? '') ?? null;
          const { record, answer } = takeLease(recordOf(job), ask, keyed, now());
          keep(job, record);
          return answer;
        }),
      settle: async (job, token, end) =>
        await reached(() => {
          const { record, run } = settleRun(recordOf(job), token, end, now());
          keep(job, record);
          return run;
        }),
      refuseCron: async (cron) =>
        await reached(() => void (set.unknownCrons = withUnknownCron(set.unknownCrons, cron, now()))),
      read: async () => await reached(() => ({ records: [...set.records], unknownCrons: set.unknownCrons })),
    },
    limited: async (limitMs, work) =>
      await limitedWork(limitMs === 5_000 ? (set.answerWithinMs ?? limitMs) : limitMs, work),
    log: (line) => void set.logged.push(line),
  };
}
