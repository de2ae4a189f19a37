// Overrides as the API tells them: who forces what on which processor, why, and for how long.
import { z } from '@hono/zod-openapi';
import type { Override } from '../../domain/configuration/configuration.ts';
import { IdText, MomentOut, momentOf, SegmentText } from './primitives.ts';

export const OverrideKind = z.enum(['force_open', 'force_close', 'metrics_only', 'pin', 'drain', 'cap']).openapi({
  description:
    'force_open: no traffic (FORCED_OPEN). force_close: the breaker is ignored (DISABLED). metrics_only: it watches but stops nothing. pin: all traffic of its segments. drain: none. cap: at most `share` of it, as long as others can bear the rest.',
});
const Why = z.string().min(1).max(500).openapi({ example: 'Maintenance until 14:00, ticket 4711' });
const TtlSeconds = z.number().min(1).max(604_800).openapi({ description: '1 second to 7 days' });

export const OverrideInput = z
  .strictObject({
    processor_id: IdText,
    segment: SegmentText.nullable().default(null).openapi({ description: '`null`: the whole processor' }),
    kind: OverrideKind,
    share: z.number().min(0.001).max(1).optional().openapi({ description: 'Of a cap, and needed there' }),
    why: Why,
    ttl_seconds: TtlSeconds,
  })
  .openapi('OverrideInput');

export const ForceOpenInput = z
  .strictObject({
    segment: SegmentText.nullable().default(null),
    why: Why.default('Forced open by hand'),
    ttl_seconds: TtlSeconds.default(300),
  })
  .openapi('ForceOpenInput');
export const ResetInput = z
  .strictObject({ segment: SegmentText.nullable().default(null) })
  .openapi('BreakerResetInput');

export const OverrideAnswer = z
  .object({
    id: z.string(),
    processor_id: z.string(),
    segment: z.string().nullable(),
    kind: OverrideKind,
    share: z.number().nullable().openapi({ description: '`null`: it is no cap' }),
    who: z.string().openapi({ description: 'Id of the API key, or `self-healing`' }),
    why: z.string(),
    created_at: MomentOut,
    expires_at: MomentOut,
  })
  .openapi('Override');
export const OverrideList = z.object({ overrides: z.array(OverrideAnswer), count: z.int() }).openapi('OverrideList');
export const ResetAnswer = z
  .object({
    processor_id: z.string(),
    segment: z.string().nullable(),
    reset: z.literal(true),
    overrides: z.array(OverrideAnswer).openapi({ description: 'Still in force: a reset does not lift them' }),
  })
  .openapi('BreakerReset');

export function overrideJson(override: Override): z.output<typeof OverrideAnswer> {
  return {
    id: override.id,
    processor_id: override.processorId,
    segment: override.segment,
    kind: override.kind,
    share: override.share ?? null,
    who: override.who,
    why: override.why,
    created_at: momentOf(override.createdAtMs),
    expires_at: momentOf(override.expiresAtMs),
  };
}
