// Overrides: an operator forces a processor or one of its segments open, closed, pinned or drained, for a time.
import type { App } from '../context.ts';
import { type Asking, change, newId, readConfiguration } from '../configuration-access.ts';
import type { Answer } from '../endpoint.ts';
import { serve } from '../endpoint.ts';
import type { Override } from '../../domain/configuration/configuration.ts';
import { asProcessorId, type SegmentKey } from '../../domain/identity.ts';
import { IdParams } from '../schemas/primitives.ts';
import { OverrideAnswer, OverrideInput, OverrideList, overrideJson } from '../schemas/overrides.ts';

const PATH = '/api/v1/overrides';
const tag = 'Overrides';

export function mountOverrides(app: App): void {
  serve(
    app,
    {
      method: 'get',
      path: PATH,
      scope: 'read',
      tag,
      summary: 'List overrides',
      answer: { status: 200, description: 'Those in force', schema: OverrideList },
    },
    async (call) => {
      const configuration = await readConfiguration(call);
      if (configuration === null) return { refused: { reason: 'no_table' } };
      const overrides = inForce(configuration.overrides, call.now).map(overrideJson);
      return { body: { overrides, count: overrides.length }, version: configuration.version };
    },
  );
  serve(
    app,
    {
      method: 'post',
      path: PATH,
      scope: 'operate',
      tag,
      summary: 'Create an override',
      description: 'Works even while the processor’s own object is out of reach, and ends by itself.',
      body: OverrideInput,
      answer: { status: 201, description: 'In force from now on', schema: OverrideAnswer },
    },
    (call) =>
      putOverride(call, {
        processorId: call.body.processor_id,
        segment: call.body.segment,
        kind: call.body.kind,
        ...(call.body.share !== undefined && { share: call.body.share }),
        why: call.body.why,
        ttlSeconds: call.body.ttl_seconds,
      }),
  );
  serve(
    app,
    {
      method: 'delete',
      path: `${PATH}/{id}`,
      scope: 'operate',
      tag,
      summary: 'Lift an override',
      params: IdParams,
      answer: { status: 204, description: 'Lifted' },
    },
    async (call) => {
      const changed = await change(call, 'override', { op: 'delete_override', id: call.params.id });
      return 'refused' in changed ? changed : { body: undefined, version: changed.configuration.version };
    },
  );
}

export const inForce = (overrides: readonly Override[], now: number): readonly Override[] =>
  overrides.filter(({ expiresAtMs }) => now < expiresAtMs);

export interface Wanted extends Pick<Override, 'kind' | 'share' | 'why'> {
  readonly processorId: string;
  readonly segment: string | null;
  readonly ttlSeconds: number;
}

export async function putOverride(asking: Asking, wanted: Wanted): Promise<Answer<ReturnType<typeof overrideJson>>> {
  const override: Override = {
    id: newId('ovr', asking.world),
    processorId: asProcessorId(wanted.processorId),
    segment: wanted.segment as SegmentKey | null,
    kind: wanted.kind,
    ...(wanted.share !== undefined && { share: wanted.share }),
    who: asking.keyId,
    why: wanted.why,
    createdAtMs: asking.now,
    expiresAtMs: asking.now + Math.round(wanted.ttlSeconds * 1_000),
  };
  const changed = await change(asking, 'override', { op: 'put_override', override });
  if ('refused' in changed) return changed;
  // The Registry counts its life on its own clock.
  const stored = changed.configuration.overrides.find(({ id }) => id === override.id) ?? override;
  return { body: overrideJson(stored), version: changed.configuration.version };
}
