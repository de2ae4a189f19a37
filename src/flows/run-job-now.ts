// An operator's run of a job, beside its crons and under the same lease: answered with what it did, or that it goes on.
import type { JobRun, RunStart } from '../domain/jobs/job-run.ts';
import type { Actor } from '../ports/registry-port.ts';
import { startJob } from './run-job.ts';
import type { World } from '../ports/world.ts';

/** So long the caller waits for the end. */
const ANSWER_WITHIN_MS = 5_000;
/** A Worker may work on for 30 seconds behind its answer. */
const OPERATOR_LIMIT_MS = 30_000;

export type RunNow =
  | { readonly outcome: 'ended'; readonly run: JobRun }
  | { readonly outcome: 'running'; readonly run: RunStart }
  | { readonly outcome: 'already_running' }
  | { readonly outcome: 'unknown_job'; readonly known: readonly string[] };

export async function runJobNow(
  world: Pick<World, 'jobs' | 'registry' | 'later'>,
  name: string,
  idempotencyKey: string | null,
  actor: Actor,
): Promise<RunNow> {
  const { jobs: desk, registry } = world;
  const job = desk.table.find((one) => one.name === name);
  if (job === undefined) return { outcome: 'unknown_job', known: desk.table.map((one) => one.name) };
  // Two callers may have drawn the same key.
  const requestKey = idempotencyKey === null ? null : `${actor.keyId} ${idempotencyKey}`;
  const started = await startJob(desk, job, {
    cause: { trigger: 'operator', requestKey },
    timeLimitMs: Math.min(job.timeLimitMs, OPERATOR_LIMIT_MS),
    before: async () => await registry.note('run_job', name, actor),
  });
  if (!('started' in started)) {
    if (started.reason !== 'repeated') return { outcome: 'already_running' };
    return 'outcome' in started.run ? { outcome: 'ended', run: started.run } : { outcome: 'running', run: started.run };
  }
  const { run, ended } = started;
  world.later(ended.catch(() => undefined));
  const waited = await desk.limited(ANSWER_WITHIN_MS, async () => await ended);
  if (waited.end === 'failed') throw waited.error;
  // A lease that was taken over is told by the run that took it.
  const told = waited.end === 'done' ? waited.value : null;
  return told === null ? { outcome: 'running', run } : { outcome: 'ended', run: told };
}
