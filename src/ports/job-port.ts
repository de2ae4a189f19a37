// What cron jobs are, and what flows need to run one: the book that hands out leases, and a limit on time.
import type { Counts, JobRun } from '../domain/jobs/job-run.ts';
import type { JobRecord } from '../domain/jobs/job-record.ts';
import type { LeaseAnswer, LeaseAsk, RunEnd } from '../domain/jobs/lease.ts';
import type { LogLine } from '../domain/log-line.ts';
import type { UnknownCrons } from '../domain/jobs/unknown-crons.ts';

export interface JobSheet {
  /** e.g. `sweep-boards`. */
  readonly name: string;
  /** In a sentence. */
  readonly summary: string;
  /** Lines of wrangler.toml; UTC. */
  readonly crons: readonly string[];
  /** Up to 15 minutes; a job that runs every minute has at most 40 seconds, so that its lease is over before it is due again. */
  readonly timeLimitMs: number;
}

/** What a run is given. */
export interface Shift {
  /** Fencing token: a store that has seen a greater one of this job refuses this. */
  readonly token: number;
  readonly scheduledMs: number;
  /** The latest scheduled time that was completed; `null`: none was yet. */
  readonly watermarkMs: number | null;
  /** As the last run that was done left it. */
  readonly cursor: string | null;
  /** Told when the time is over: whoever works on after that works against the next run. */
  readonly signal: AbortSignal;
  /** What was done so far; counts of the same name replace each other. Told of a run that fails, too. */
  readonly count: (counts: Counts) => void;
}

export interface Job extends JobSheet {
  /** Throws when it failed. The text is its new cursor, kept only if the run is done within its time. */
  run(shift: Shift): Promise<string | void>;
}

export interface JobBookPort {
  take(job: string, ask: LeaseAsk): Promise<LeaseAnswer>;
  /** `null`: somebody else has taken the lease since. */
  settle(job: string, token: number, end: RunEnd): Promise<JobRun | null>;
  refuseCron(cron: string): Promise<void>;
  read(): Promise<JobsKept>;
}

export interface JobsKept {
  readonly records: readonly (readonly [job: string, record: JobRecord])[];
  readonly unknownCrons: UnknownCrons;
}

export type Limited<Value> =
  | { readonly end: 'done'; readonly value: Value }
  | { readonly end: 'failed'; readonly error: unknown }
  | { readonly end: 'timed_out' };

export interface JobDesk {
  readonly table: readonly Job[];
  readonly book: JobBookPort;
  /** Never throws. The signal is told when the time is over. */
  limited<Value>(limitMs: number, work: (signal: AbortSignal) => Promise<Value>): Promise<Limited<Value>>;
  log(line: LogLine): void;
}
