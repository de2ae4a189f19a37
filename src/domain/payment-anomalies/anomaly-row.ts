// An anomaly, and what was said of it, as history keeps them.
import type { AnomalyRow, IncidentFeedbackRow } from '../history/kept-rows.ts';
import type { Anomaly } from './anomaly.ts';
import type { GivenFeedback } from './judge-anomaly.ts';
import { MINUTE_MS } from './reading-plan.ts';
import { placeOf } from './anomaly-alert.ts';

/** Of each kind, what was expected and what was observed, by their names in the evidence. */
const FIGURES: Readonly<Record<Anomaly['kind'], readonly [expected: string, observed: string]>> = {
  success_drop: ['usualSuccessRate', 'successRate'],
  volume_spike: ['usualPerMinute', 'attemptsPerMinute'],
  volume_drop: ['usualPerMinute', 'attemptsPerMinute'],
  latency_shift: ['usualSlowShare', 'slowShare'],
  error_mix: ['usualShare', 'share'],
  decline_mix: ['usualShare', 'share'],
  amount_shift: ['usualShare', 'share'],
  card_testing: ['usualInvalidRate', 'invalidRate'],
  velocity: ['usualPerMinute', 'triesPerMinute'],
  metric_shift: ['usual', 'observed'],
};

/** `minute`: in which it was last changed. */
export function anomalyRow(anomaly: Anomaly, minute: number): AnomalyRow {
  const { id, kind, scope, severity, openedMinute, closedMinute, atRisk, causes, symptoms } = anomaly;
  const { processorId, segment } = placeOf(anomaly);
  const lead = symptoms.find((each) => each.kind === kind && each.scope === scope);
  const figure = (name: string): number | null => numberOf(lead?.evidence[name]);
  const [expected, observed] = FIGURES[kind];
  const { closedAs, joinedTo, feedback } = anomaly;
  return {
    id,
    metric: kind,
    processorId,
    scope: segment,
    severity,
    // How sure it is: nats of a sum of evidence, deviations of a mix, or the score of a series.
    score: figure('nats') ?? figure('standardDeviations') ?? figure('score') ?? 0,
    expected: figure(expected),
    observed: figure(observed),
    openedAtMs: openedMinute * MINUTE_MS,
    updatedAtMs: minute * MINUTE_MS,
    closedAtMs: closedMinute === null ? null : closedMinute * MINUTE_MS,
    evidence: { scope, closedAs, joinedTo, feedback, symptoms },
    cause: causes.length === 0 ? null : causes,
    riskMinorPerHour: atRisk === null ? null : Math.min(Number.MAX_SAFE_INTEGER, atRisk.minorPerHour),
    riskCurrency: atRisk?.currency ?? null,
  };
}

export const feedbackRow = ({ anomalyId, ...given }: GivenFeedback): IncidentFeedbackRow => ({
  incidentId: anomalyId,
  ...given,
});

function numberOf(value: number | string | undefined): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
