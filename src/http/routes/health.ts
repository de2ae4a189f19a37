// Health: every processor at a glance, one with its history, the service in a line, and a sign of life without a key.
import type { App } from '../context.ts';
import { findProcessor } from '../configuration-access.ts';
import { serve } from '../endpoint.ts';
import { z } from '@hono/zod-openapi';
import { HealthList, HealthWithHistory, historyJson, StatusAnswer } from '../schemas/health-answers.ts';
import { jobStates } from '../schemas/jobs.ts';
import { healthJson } from '../health-json.ts';
import { IdText, momentOf } from '../schemas/primitives.ts';
import { misconfiguredJson } from '../schemas/wrong-variables.ts';
import { breakerCounts, foundIn, scoreOf, systemInfo, systemStatus } from '../system-health.ts';
import { inForce } from './overrides.ts';
import { wrongVariablesOf } from '../wrong-variables.ts';

const tag = 'Health';
const RUNS_IN_STATUS = 3;
const HealthParams = z.object({ processorId: IdText.openapi({ param: { name: 'processorId', in: 'path' } }) });

export function mountHealth(app: App): void {
  mountAll(app);
  mountOne(app);
  mountStatus(app);
}

function mountAll(app: App): void {
  serve(
    app,
    {
      method: 'get',
      path: '/api/v1/health',
      scope: 'read',
      tag,
      summary: 'Health of all processors',
      description: 'Each is asked and recomputed now; one that is out of reach is told as it last published itself.',
      answer: { status: 200, description: 'The seed’s list and the system’s own state', schema: HealthList },
    },
    async ({ world, now }) => {
      const held = await world.tables.table(now);
      if (held === null) return { refused: { reason: 'no_table' } };
      const { processors: registered } = held.table.data.configuration;
      const found = await Promise.all(
        registered.map(async (processor) => {
          const detail = await world.processors.health(processor);
          return foundIn(held, processor, detail?.row ?? null, now);
        }),
      );
      const processors = found.map(({ processor: { name }, told }) => ({ ...healthJson(told), name }));
      return {
        body: {
          status: systemStatus(found),
          score: scoreOf(found),
          processors,
          count: processors.length,
          timestamp: momentOf(now),
          system_info: systemInfo(world, held),
        },
      };
    },
  );
}

function mountOne(app: App): void {
  serve(
    app,
    {
      method: 'get',
      path: '/api/v1/health/{processorId}',
      scope: 'read',
      tag,
      summary: 'Health of one processor, with its history',
      params: HealthParams,
      answer: {
        status: 200,
        description: 'Minute by minute, the newest results, every move of its breakers',
        schema: HealthWithHistory,
      },
    },
    async (call) => {
      const processor = await findProcessor(call, call.params.processorId);
      if ('reason' in processor) return { refused: processor };
      const detail = await call.world.processors.health(processor);
      const held = await call.world.tables.table(call.now);
      if (held === null) return { refused: { reason: 'no_table' } };
      const { told } = foundIn(held, processor, detail?.row ?? null, call.now);
      return { body: { ...healthJson(told), name: processor.name, history: detail && historyJson(detail) } };
    },
  );
}

function mountStatus(app: App): void {
  serve(
    app,
    {
      method: 'get',
      path: '/api/v1/status',
      scope: 'read',
      tag,
      summary: 'The service in a line',
      description: 'From this place’s own memory; no processor is asked, only the book of jobs.',
      answer: { status: 200, description: 'Status, score, breakers, silences', schema: StatusAnswer },
    },
    async ({ world, now }) => {
      const held = await world.tables.table(now);
      if (held === null) return { refused: { reason: 'no_table' } };
      const { data } = held.table;
      const jobs = await world.jobs.book.read().catch(() => null);
      const found = data.configuration.processors.map((processor) => foundIn(held, processor, null, now));
      return {
        body: {
          status: systemStatus(found),
          score: scoreOf(found),
          timestamp: momentOf(now),
          system_info: systemInfo(world, held),
          breakers: breakerCounts(found),
          overrides_in_force: inForce(data.configuration.overrides, now).length,
          silences: data.silences
            .filter(({ untilMs }) => now < untilMs)
            .map(({ processorId, segment, sinceMs }) => ({
              processor_id: processorId,
              segment,
              since: momentOf(sinceMs),
            })),
          jobs: jobs && jobStates(world.jobs.table, jobs, now, RUNS_IN_STATUS),
          misconfigured: misconfiguredJson(wrongVariablesOf(world)),
        },
      };
    },
  );
  serve(
    app,
    {
      method: 'get',
      path: '/healthz',
      scope: 'public',
      tag: 'Service',
      summary: 'A sign of life',
      description: 'Needs no key and tells nothing.',
      answer: { status: 200, description: 'Alive', schema: z.object({ ok: z.literal(true) }) },
    },
    () => ({ body: { ok: true as const } }),
  );
}
