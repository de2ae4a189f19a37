// A processor's health as the API tells it: the seed's fields under their names, ours beside them.
import { z } from '@hono/zod-openapi';
import { confidenceOf, statusReason } from '../../domain/health/status.ts';
import type { Override } from '../../domain/configuration/configuration.ts';
import type { ToldBreaker, ToldRow, ToldSegment } from '../../domain/configuration/overridden-row.ts';
import type { LatencySummary, WindowSummary } from '../../domain/health/window-summary.ts';
import { segmentParts } from '../../domain/segment.ts';
import { OverrideKind } from './overrides.ts';
import { ConfidenceText, MomentOut, momentOf, momentOrNull, Rate, StatusText, ToldBreakerText } from './primitives.ts';

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

export function healthJson(row: ToldRow): Omit<z.output<typeof ProcessorHealth>, 'name'> {
  return {
    ...processorJson(row),
    override: overrideInForceJson(row.override),
    segments: row.segments.map((segment) => ({
      ...segmentJson(segment),
      override: overrideInForceJson(segment.override),
    })),
  };
}

function processorJson(row: Omit<ToldRow, 'override' | 'segments'>) {
  return {
    processor_id: row.processorId,
    ...windowJson(row.window),
    effective_status: row.effectiveStatus,
    breaker: breakerJson(row.breaker),
    latency_ms: latencyJson(row.latency),
    mean_fee_minor: row.meanFeeMinor,
    health_score: row.healthScore,
    last_result_at: momentOrNull(row.lastResultAtMs),
    as_of: momentOrNull(row.publishedAtMs),
  };
}

const overrideInForceJson = (held: Override | null): z.output<typeof override> =>
  held && { id: held.id, kind: held.kind, why: held.why, who: held.who, expires_at: momentOf(held.expiresAtMs) };

function windowJson(window: WindowSummary) {
  return {
    status: window.status,
    reason: statusReason(window),
    authorization_rate: window.authorizationRate,
    error_rate: window.errorRate,
    total_transactions: window.total,
    success_count: window.approved,
    failure_count: window.declined,
    error_count: window.error + window.timeout,
    timeout_count: window.timeout,
    confidence: confidenceOf(window.total),
  };
}

function segmentJson(row: Omit<ToldSegment, 'override'>): z.output<typeof Segment> {
  const { paymentMethod, country } = segmentParts(row.segment);
  return {
    segment: row.segment,
    payment_method: paymentMethod,
    country,
    ...windowJson(row.window),
    effective_status: row.effectiveStatus,
    breaker: breakerJson(row.breaker),
    latency_ms: latencyJson(row.latency),
    mean_fee_minor: row.meanFeeMinor,
    approval: { mean: row.belief.mean, sd: row.belief.sd, baseline: row.belief.baseline },
    signals: row.signals.map(({ kind, sinceMs, baseline, recent, attempts }) => ({
      kind,
      since: momentOf(sinceMs),
      baseline,
      recent,
      attempts,
    })),
  };
}

function breakerJson(breaker: ToldBreaker): z.output<typeof Breaker> {
  switch (breaker.state) {
    case 'CLOSED':
      return { state: 'CLOSED' };
    case 'OPEN':
      return {
        state: 'OPEN',
        opened_at: momentOf(breaker.openedAt),
        reopens_at: momentOf(breaker.reopensAt),
        relapses: breaker.relapses,
      };
    case 'HALF_OPEN':
      return {
        state: 'HALF_OPEN',
        since: momentOf(breaker.since),
        permits_out: breaker.permitsOut,
        permits_max: breaker.permitsMax,
        relapses: breaker.relapses,
      };
    case 'FORCED_OPEN':
    case 'DISABLED':
    case 'METRICS_ONLY':
      return { state: breaker.state };
  }
}

const latencyJson = (latency: LatencySummary | null): z.output<typeof Latency> | null =>
  latency && { p50: latency.p50Ms, p95: latency.p95Ms, p99: latency.p99Ms, mean: latency.meanMs };
