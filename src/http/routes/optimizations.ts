// Tuning: what was tried on each processor, why, and what came of it; and to take one of them back.
import { actorOf } from '../actor.ts';
import type { App } from '../context.ts';
import { IdParams, PageQuery } from '../schemas/primitives.ts';
import { isTrying, type TuningShelf, valuesOf } from '../../domain/tuning/tuning-shelf.ts';
import type { Optimization } from '../../domain/tuning/optimization.ts';
import {
  OptimizationList,
  optimizationJson,
  RevertAnswer,
  revertedJson,
  tunedJson,
  type TunedNow,
} from '../schemas/optimizations.ts';
import type { Page } from '../../ports/registry-port.ts';
import { readConfiguration } from '../configuration-access.ts';
import { revertOptimization } from '../../flows/revert-optimization.ts';
import { serve } from '../endpoint.ts';
import type { RegisteredProcessor } from '../../domain/processor-config.ts';
import { tuningModeOf, tuningSettingsFrom } from '../../domain/tuning/tuning-settings.ts';

const tag = 'Tuning';

export function mountOptimizations(app: App): void {
  // As the Operations module writes it, too.
  for (const path of ['/api/v1/autonomous/optimizations', '/autonomous/optimizations']) {
    mountList(app, path);
    mountRevert(app, `${path}/{id}/revert`);
  }
}

function mountList(app: App, path: string): void {
  serve(
    app,
    {
      method: 'get',
      path,
      scope: 'read',
      tag,
      summary: 'List optimizations',
      description:
        'What was advised, tried, kept or reverted, why, and what was measured; and of each processor what holds (docs/tuning.md).',
      query: PageQuery,
      answer: { status: 200, description: 'Newest first', schema: OptimizationList },
    },
    async (call) => {
      const { world, query } = call;
      const configuration = await readConfiguration(call);
      if (configuration === null) return { refused: { reason: 'no_table' } };
      const settings = tuningSettingsFrom(world.settings.tuning);
      const shelf = await world.tuning.book.read();
      const { items, nextCursor } = pageOf(shelf.optimizations, query.cursor ?? null, query.limit);
      return {
        body: {
          optimizations: items.map(optimizationJson),
          count: items.length,
          next_cursor: nextCursor,
          mode: tuningModeOf(settings),
          interval_seconds: settings.intervalMs / 1_000,
          processors: configuration.processors.map((processor) => tunedJson(tunedNow(shelf, processor))),
        },
      };
    },
  );
}

const tunedNow = (shelf: TuningShelf, processor: RegisteredProcessor): TunedNow => ({
  processor,
  values: valuesOf(shelf, processor.id, processor.epoch),
  trialId: shelf.optimizations.find((one) => one.processorId === processor.id && isTrying(one))?.id ?? null,
  look: shelf.looks.find(({ processorId }) => processorId === processor.id) ?? null,
});

/** The cursor is the number of the last one shown, counted from the oldest: new ones do not shift a page. */
function pageOf(newestFirst: readonly Optimization[], cursor: string | null, limit: number): Page<Optimization> {
  const from = cursor === null ? 0 : Math.max(0, newestFirst.length - Number(cursor) + 1);
  const items = newestFirst.slice(from, from + limit);
  const left = newestFirst.length - from - items.length;
  return { items, nextCursor: left > 0 ? String(left + 1) : null };
}

function mountRevert(app: App, path: string): void {
  serve(
    app,
    {
      method: 'post',
      path,
      scope: 'operate',
      tag,
      summary: 'Revert an optimization',
      description:
        'A trial ends; what was kept gives its place to what was before. Isolates hear of it within half a minute. Asked again, it does nothing twice.',
      params: IdParams,
      answer: { status: 200, description: 'As it is now', schema: RevertAnswer },
    },
    async (call) => {
      const reverted = await revertOptimization(call.world, call.params.id, actorOf(call));
      if (reverted === null) return { refused: { reason: 'not_found', what: 'optimization' } };
      return { body: revertedJson(reverted) };
    },
  );
}
