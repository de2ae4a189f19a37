// A processor's health as the API tells it: the seed's fields under their names, ours beside them.
import { z } from '@hono/zod-openapi';
import { OverrideKind } from './overrides.ts';
import { ConfidenceText, MomentOut, Rate, StatusText, ToldBreakerText } from './primitives.ts';

const Latency = z.object({ p50: z.number(), p95: z.number(), p99: z.number(), mean: z.number() }).openapi('LatencyMs');
const Breaker = z
  .object({
    state: ToldBreakerText,
    opened_at: MomentOut.optional(),
    reopens_at: MomentOut.optional().openapi({ description: 'When probes are admitted' }),
    since: MomentOut.optional(),
    permits_out: z.int().optional(),
    permits_max: z.int().optional(),
    relapses: z.int().optional(),
  })
  .openapi('Breaker');

const shared = {
  status: StatusText.openapi({ description: 'The exact table over the last 50 results of 10 minutes' }),
  reason: z.string().openapi({ description: 'Why the table says so' }),
  effective_status: StatusText.openapi({ description: 'The same, corrected by breaker, detectors and overrides' }),
  authorization_rate: Rate.nullable().openapi({ description: 'approved / (approved + declined)' }),
  error_rate: Rate.openapi({ description: '(error + timeout) / total' }),
  total_transactions: z.int(),
  success_count: z.int(),
  failure_count: z.int().openapi({ description: 'Declines' }),
  error_count: z.int().openapi({ description: 'Errors and timeouts' }),
  timeout_count: z.int(),
  confidence: ConfidenceText,
  breaker: Breaker,
  latency_ms: Latency.nullable(),
  mean_fee_minor: z.number().nullable(),
};
const Segment = z.object({
  segment: z.string(),
  payment_method: z.string(),
  country: z.string(),
  ...shared,
  approval: z.object({ mean: Rate, sd: z.number(), baseline: Rate }),
  signals: z.array(
    z.object({
      kind: z.enum(['technical', 'approval']),
      since: MomentOut,
      baseline: Rate,
      recent: Rate,
      attempts: z.int(),
    }),
  ),
});

const OverrideInForce = z
  .object({ id: z.string(), kind: OverrideKind, why: z.string(), who: z.string(), expires_at: MomentOut })
  .openapi('OverrideInForce');
const override = OverrideInForce.nullable().openapi({ description: 'What an operator forces; `null`: nothing' });

const processorFields = {
  processor_id: z.string(),
  ...shared,
  health_score: Rate,
  last_result_at: MomentOut.nullable(),
  as_of: MomentOut.nullable(),
};
export const healthFields = {
  ...processorFields,
  override,
  segments: z.array(Segment.extend({ override }).openapi('SegmentHealth')),
};
export const ProcessorHealth = z.object({ ...healthFields, name: z.string() }).openapi('ProcessorHealth');
