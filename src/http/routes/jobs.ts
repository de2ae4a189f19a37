// Cron jobs: how they went, and an operator's run of one now.
import type { App } from '../context.ts';
import { actorOf, idempotencyKeyOf } from '../actor.ts';
import { problem, serve } from '../endpoint.ts';
import { JobList, JobParams, jobsJson, RunAnswer, runJson } from '../schemas/jobs.ts';
import { runJobNow } from '../../flows/run-job-now.ts';

const PATH = '/api/v1/jobs';
const tag = 'Jobs';

export function mountJobs(app: App): void {
  mountJobList(app);
  mountJobRun(app);
}

function mountJobList(app: App): void {
  serve(
    app,
    {
      method: 'get',
      path: PATH,
      scope: 'read',
      tag,
      summary: 'List cron jobs and their last runs',
      description:
        'At least the last 20 runs of each, at most 5 of them skipped, and those of the last 24 hours that were asked for under an Idempotency-Key.',
      answer: { status: 200, description: 'Every job there is', schema: JobList },
    },
    async ({ world, now }) => ({ body: jobsJson(world.jobs.table, await world.jobs.book.read(), now) }),
  );
}

function mountJobRun(app: App): void {
  serve(
    app,
    {
      method: 'post',
      path: `${PATH}/{name}/run`,
      scope: 'operate',
      tag,
      summary: 'Run a cron job now',
      description:
        'Under the same lease as its crons: never two at once. A run that fails is answered as one that failed. It has 30 seconds, or the time limit of the job if that is shorter. The same Idempotency-Key within 24 hours begins no other run and answers how the first one is doing.',
      params: JobParams,
      answer: { status: 200, description: 'It has ended: what it did', schema: RunAnswer },
      responses: {
        202: {
          description: 'It takes longer than 5 seconds and goes on; GET /api/v1/jobs tells how it ends',
          content: { 'application/json': { schema: RunAnswer } },
        },
        404: problem('There is no such job; `known` names those there are'),
        409: problem('A run of this job is under way'),
      },
    },
    async (call) => {
      const { world, params } = call;
      const idempotency = idempotencyKeyOf(call.header('idempotency-key'));
      if ('refused' in idempotency) return idempotency;
      const now = await runJobNow(world, params.name, idempotency.key, actorOf(call));
      switch (now.outcome) {
        case 'unknown_job':
          return { refused: { reason: 'not_found', what: 'job', known: now.known } };
        case 'already_running':
          return { refused: { reason: now.outcome } };
        case 'ended':
          return { body: { job: params.name, run: runJson(now.run) } };
        case 'running':
          return { response: Response.json({ job: params.name, run: runJson(now.run) }, { status: 202 }) };
      }
    },
  );
}
