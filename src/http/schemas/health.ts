// A processor's health as the API tells it: the seed's fields under their names, ours beside them.
import { z } from '@hono/zod-openapi';
import { confidenceOf, statusReason, summarize } from '../../domain/health/status.ts';
import type { BreakerView, SegmentRow, StatusRow } from '../../domain/health/status-row.ts';
import type { LatencySummary, WindowSummary } from '../../domain/health/window-summary.ts';
import { segmentParts } from '../../domain/segment.ts';
import { BreakerText, ConfidenceText, MomentOut, momentOf, momentOrNull, Rate, StatusText } from './primitives.ts';

const Latency = z.object({ p50: z.number(), p95: z.number(), p99: z.number(), mean: z.number() }).openapi('LatencyMs');
const Breaker = z
  .object({
    state: BreakerText,
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
  effective_status: StatusText.openapi({ description: 'The same, corrected by breaker and detectors' }),
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
const Segment = z
  .object({
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
  })
  .openapi('SegmentHealth');

export const healthFields = {
  processor_id: z.string(),
  ...shared,
  health_score: Rate,
  last_result_at: MomentOut.nullable(),
  as_of: MomentOut.nullable(),
  segments: z.array(Segment),
};
export const ProcessorHealth = z.object({ ...healthFields, name: z.string() }).openapi('ProcessorHealth');

export function healthJson(row: StatusRow): Omit<z.output<typeof ProcessorHealth>, 'name'> {
  return {
    processor_id: row.processorId,
    ...windowJson(row.window),
    effective_status: row.effectiveStatus,
    breaker: breakerJson(row.breaker),
    latency_ms: latencyJson(row.latency),
    mean_fee_minor: row.meanFeeMinor,
    health_score: row.healthScore,
    last_result_at: momentOrNull(row.lastResultAtMs),
    as_of: momentOf(row.publishedAtMs),
    segments: row.segments.map(segmentJson),
  };
}

/** A processor that has never reported: HEALTHY, and the confidence says what that is worth. */
export function untestedHealthJson(processorId: string): Omit<z.output<typeof ProcessorHealth>, 'name'> {
  return {
    processor_id: processorId,
    ...windowJson(summarize([])),
    effective_status: 'HEALTHY',
    breaker: { state: 'CLOSED' },
    latency_ms: null,
    mean_fee_minor: null,
    health_score: 1,
    last_result_at: null,
    as_of: null,
    segments: [],
  };
}

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

function segmentJson(row: SegmentRow): z.output<typeof Segment> {
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

function breakerJson(breaker: BreakerView): z.output<typeof Breaker> {
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
  }
}

const latencyJson = (latency: LatencySummary | null): z.output<typeof Latency> | null =>
  latency && { p50: latency.p50Ms, p95: latency.p95Ms, p99: latency.p99Ms, mean: latency.meanMs };
