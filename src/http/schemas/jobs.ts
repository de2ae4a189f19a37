// Cron jobs as the API tells them: what each is, who runs it now, and how its last runs went.
import { z } from '@hono/zod-openapi';
import { EMPTY_RECORD, type JobRecord, livingLease, RUNS_SHOWN } from '../../domain/jobs/job-record.ts';
import type { JobRun, RunStart } from '../../domain/jobs/job-run.ts';
import { withoutDeadLease } from '../../domain/jobs/lease.ts';
import type { JobSheet, JobsKept } from '../../ports/job-port.ts';
import { MomentOut, momentOf, momentOrNull } from './primitives.ts';

/** A name that is none is told which there are, whatever it looks like. */
export const JobParams = z.object({
  name: z
    .string()
    .max(64)
    .openapi({ param: { name: 'name', in: 'path' }, example: 'sweep-boards' }),
});

const startFields = {
  token: z.int().nullable().openapi({ description: 'Rises with every run that begins; `null`: this one never did' }),
  trigger: z.enum(['cron', 'operator', 'event']),
  scheduled_at: MomentOut,
  started_at: MomentOut,
};

const JobRunOut = z
  .object({
    ...startFields,
    ended_at: MomentOut.nullable().openapi({ description: '`null`: it is running' }),
    duration_ms: z.int().nullable(),
    outcome: z.enum(['running', 'done', 'failed', 'timed_out', 'skipped']),
    skip_reason: z
      .enum(['already_running', 'already_done', 'ahead', 'too_late'])
      .nullable()
      .openapi({ description: 'Why it never began' }),
    counts: z.record(z.string(), z.number()).openapi({ description: 'What it did' }),
    error: z.string().nullable().openapi({ description: 'What went wrong, in a line' }),
  })
  .openapi('JobRun');

export const JobState = z
  .object({
    name: z.string(),
    summary: z.string(),
    crons: z.array(z.string()).openapi({ description: 'UTC' }),
    time_limit_seconds: z.number(),
    running: JobRunOut.nullable(),
    watermark: MomentOut.nullable().openapi({ description: 'The latest scheduled time that was completed' }),
    runs: z.array(JobRunOut).openapi({ description: 'Newest first' }),
  })
  .openapi('Job');

export const JobList = z
  .object({
    jobs: z.array(JobState),
    count: z.int(),
    unknown_crons: z
      .object({ count: z.int(), last_cron: z.string().nullable(), last_at: MomentOut.nullable() })
      .openapi({ description: 'Cron triggers that fired and have no job' }),
  })
  .openapi('JobList');

export const RunAnswer = z.object({ job: z.string(), run: JobRunOut }).openapi('JobRunAnswer');

export function jobStates(
  table: readonly JobSheet[],
  { records }: JobsKept,
  now: number,
  runsMax: number = RUNS_SHOWN,
): z.output<typeof JobState>[] {
  const kept = new Map(records);
  return table.map((sheet) => {
    const record: JobRecord = withoutDeadLease(kept.get(sheet.name) ?? EMPTY_RECORD, now);
    const lease = livingLease(record, now);
    return {
      name: sheet.name,
      summary: sheet.summary,
      crons: [...sheet.crons],
      time_limit_seconds: sheet.timeLimitMs / 1_000,
      running: lease === null || lease.isTold ? null : runJson(lease),
      watermark: momentOrNull(record.watermarkMs),
      runs: record.runs.slice(0, runsMax).map(runJson),
    };
  });
}

export function jobsJson(table: readonly JobSheet[], kept: JobsKept, now: number): z.output<typeof JobList> {
  const jobs = jobStates(table, kept, now);
  const { count, last } = kept.unknownCrons;
  const unknown = { count, last_cron: last?.cron ?? null, last_at: momentOrNull(last?.atMs ?? null) };
  return { jobs, count: jobs.length, unknown_crons: unknown };
}

export function runJson(run: JobRun | RunStart): z.output<typeof JobRunOut> {
  const { token, trigger, scheduledMs, startedAtMs } = run;
  const end = 'outcome' in run ? run : null;
  return {
    token,
    trigger,
    scheduled_at: scheduledText(scheduledMs),
    started_at: momentOf(startedAtMs),
    ended_at: momentOrNull(end?.endedAtMs ?? null),
    duration_ms: end === null ? null : end.endedAtMs - startedAtMs,
    outcome: end?.outcome ?? 'running',
    skip_reason: end?.skipReason ?? null,
    counts: { ...end?.counts },
    error: end?.error ?? null,
  };
}

/** The platform's scheduled time is skipped if it is none, and shown all the same. */
const MOMENT_MAX_MS = 8_640_000_000_000_000;
const scheduledText = (ms: number): string =>
  momentOf(Math.min(Math.max(Number.isFinite(ms) ? Math.trunc(ms) : 0, -MOMENT_MAX_MS), MOMENT_MAX_MS));
