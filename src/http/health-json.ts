// Writes a processor's health as its schema has it; apart from the schema, which whoever answers a usual call does without.
import type { z } from '@hono/zod-openapi';
import { confidenceOf, statusReason } from '../domain/health/status.ts';
import type { Override } from '../domain/configuration/configuration.ts';
import type { ToldBreaker, ToldRow, ToldSegment } from '../domain/configuration/overridden-row.ts';
import type { LatencySummary, WindowSummary } from '../domain/health/window-summary.ts';
import { segmentParts } from '../domain/segment.ts';
import { momentOf, momentOrNull } from './moments.ts';
import type { ProcessorHealth } from './schemas/health.ts';

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

const overrideInForceJson = (held: Override | null): z.output<typeof ProcessorHealth>['override'] =>
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

function segmentJson(
  row: Omit<ToldSegment, 'override'>,
): Omit<z.output<typeof ProcessorHealth>['segments'][number], 'override'> {
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

function breakerJson(breaker: ToldBreaker): z.output<typeof ProcessorHealth>['breaker'] {
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

const latencyJson = (latency: LatencySummary | null): z.output<typeof ProcessorHealth>['latency_ms'] =>
  latency && { p50: latency.p50Ms, p95: latency.p95Ms, p99: latency.p99Ms, mean: latency.meanMs };
