// Writes the answer to a routing question as its schema has it; apart from the schema, which whoever answers a usual call does without.
import type { z } from '@hono/zod-openapi';
import { type RouteAnswer, ROWS_TOLD } from '../flows/recommend-route.ts';
import type { RankedProcessor } from '../domain/routing/route-request.ts';
import { segmentParts } from '../domain/segment.ts';
import type { RouteAnswerBody } from './schemas/routing.ts';

export interface Telling {
  readonly explain: 'all' | 'top';
  readonly warnings: readonly string[];
}

export function routeJson(answer: RouteAnswer, { explain, warnings }: Telling): z.output<typeof RouteAnswerBody> {
  const { decision } = answer;
  const { paymentMethod, country } = segmentParts(decision.segment);
  const rows = explain === 'all' ? decision.ranked : decision.ranked.slice(0, ROWS_TOLD);
  return {
    recommendations: rows.map(recommendationJson),
    payment_method: paymentMethod,
    country,
    decision_id: answer.decisionId,
    processor_id: decision.chosen,
    confidence: decision.confidence,
    propensity: decision.propensity,
    deterministic: decision.deterministic,
    reasons: [...decision.reasons],
    strategy: decision.strategy,
    margin_minor: decision.marginMinor,
    source: answer.source,
    table_age_ms: answer.tableAgeMs,
    degraded: decision.degraded,
    permit: decision.permit,
    segment: decision.segment,
    settings: answer.settings === null ? null : settingsJson(answer.settings),
    experiment: decision.experiment && { ...decision.experiment },
    rule_ids: [...decision.ruleIds],
    warnings: [...warnings],
    ...(explain === 'all' && {
      exclusions: decision.exclusions.map(({ processorId, reason, by, detail }) => ({
        processor_id: processorId,
        reason,
        by,
        detail,
      })),
    }),
  };
}

const recommendationJson = (row: RankedProcessor): z.output<typeof RouteAnswerBody>['recommendations'][number] => ({
  processor_id: row.processorId,
  rank: row.rank,
  status: row.status,
  authorization_rate: row.authorizationRate,
  recommended: row.recommended,
  reason: row.reason,
  effective_status: row.effectiveStatus,
  breaker: row.breaker,
  score: row.score,
  probability: row.probability,
  approval: { ...row.approval },
  expected_fee_minor: row.expectedFeeMinor,
  net_value_minor: row.netValueMinor,
});

const settingsJson = (told: NonNullable<RouteAnswer['settings']>): z.output<typeof RouteAnswerBody>['settings'] => ({
  timeout_ms: told.timeoutMs,
  attempts_max: told.attemptsMax,
  requests_per_second: told.requestsPerSecond,
  table_max_age_ms: told.tableMaxAgeMs,
  optimization: told.trial === null ? null : { id: told.trial.id, on_trial: told.trial.isOn },
});
