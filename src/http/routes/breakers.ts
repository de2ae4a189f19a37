// A processor's breaker by hand: closed again after a repair, or held open for a while.
import type { App } from '../context.ts';
import { actorOf } from '../actor.ts';
import { findProcessor } from '../configuration-access.ts';
import { serve } from '../endpoint.ts';
import type { SegmentKey } from '../../domain/identity.ts';
import { IdParams } from '../schemas/primitives.ts';
import { ForceOpenInput, OverrideAnswer, overrideJson, ResetAnswer, ResetInput } from '../schemas/overrides.ts';
import { inForce, putOverride } from './overrides.ts';

const tag = 'Processors';

export function mountBreakers(app: App): void {
  serve(
    app,
    {
      method: 'post',
      path: '/api/v1/processors/{id}/breaker/reset',
      scope: 'operate',
      tag,
      summary: 'Close a breaker',
      description: 'All breakers of the processor, or the one of a segment. What failed before no longer counts.',
      params: IdParams,
      body: ResetInput,
      bodyOptional: true,
      answer: { status: 200, description: 'Closed', schema: ResetAnswer },
    },
    async (call) => {
      const processor = await findProcessor(call, call.params.id);
      if ('reason' in processor) return { refused: processor };
      const segment = call.body.segment ?? null;
      if (!(await call.world.processors.resetBreaker(processor, segment as SegmentKey | null))) {
        return { refused: { reason: 'processor_unreachable' } };
      }
      await call.world.registry.note(
        'reset_breaker',
        segment === null ? processor.id : `${processor.id} ${segment}`,
        actorOf(call),
      );
      await call.world.tables.refresh(call.now);
      const held = await call.world.tables.table(call.now);
      const overrides = held?.table.data.configuration.overrides ?? [];
      const own = inForce(overrides, call.now).filter(({ processorId }) => processorId === processor.id);
      return { body: { processor_id: processor.id, segment, reset: true as const, overrides: own.map(overrideJson) } };
    },
  );
  serve(
    app,
    {
      method: 'post',
      path: '/api/v1/processors/{id}/breaker/force-open',
      scope: 'operate',
      tag,
      summary: 'Hold a breaker open',
      description: 'An override with a time to live: FORCED_OPEN until it ends or is lifted.',
      params: IdParams,
      body: ForceOpenInput,
      bodyOptional: true,
      answer: { status: 201, description: 'Held open', schema: OverrideAnswer },
    },
    async (call) => {
      const processor = await findProcessor(call, call.params.id);
      if ('reason' in processor) return { refused: processor };
      // A body that was left out is not read by the schema, so neither are its defaults.
      const { segment, why, ttl_seconds: ttlSeconds } = ForceOpenInput.parse(call.body);
      return putOverride(call, { processorId: processor.id, segment, kind: 'force_open', why, ttlSeconds });
    },
  );
}
