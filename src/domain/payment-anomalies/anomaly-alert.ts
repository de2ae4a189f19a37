// An anomaly as people are told of it: the alert that opens, changes and closes with it.
import { causeText } from './explain-anomaly.ts';
import { RESIDUAL, segmentKey } from '../segment.ts';
import { scopeParts, type ScopeParts } from './scope-name.ts';
import type { Anomaly } from './anomaly.ts';
import type { AnomalyKind } from './detection-limits.ts';
import { asProcessorId } from '../identity.ts';
import { MINUTE_MS } from './reading-plan.ts';
import type { ToldAlert } from '../notifications/told-alert.ts';

export type AnomalyAlert = ToldAlert & { readonly kind: 'anomaly' };

const WORDS: Readonly<Record<AnomalyKind, string>> = {
  success_drop: 'Approvals have dropped',
  volume_spike: 'Volume has risen',
  volume_drop: 'Volume has dropped',
  latency_shift: 'Answers have become slow',
  error_mix: 'The mix of errors has changed',
  decline_mix: 'The mix of decline codes has changed',
  amount_shift: 'Amounts have changed',
  card_testing: 'Somebody tries out cards',
  velocity: 'One card or BIN is tried again and again',
  metric_shift: 'A metric is not what it is at this time of other days',
};

const VERDICTS = {
  processor: 'the processor is at fault',
  issuer: 'issuer-wide: all processors show it',
  method: 'all of the method shows it',
  merchant: "the merchant's own doing, or everything",
  unclear: 'nobody else had traffic to compare',
  attack: 'an attack',
} as const;

/** Where it is, by its largest cause, else by where it was found. */
export function placeOf({ causes, scope }: Pick<Anomaly, 'causes' | 'scope'>): ScopeParts {
  const [cause] = causes;
  if (cause === undefined) return scopeParts(scope);
  const { processor, method, country } = cause.combination;
  const segment = method === undefined || country === undefined ? RESIDUAL : segmentKey(method, country);
  return { processorId: processor ?? '*', segment };
}

/** `Approvals have dropped (processor_b, CARD in BR, BIN 411111: the processor is at fault)` */
export function anomalyText({ kind, causes, scope }: Pick<Anomaly, 'kind' | 'causes' | 'scope'>): string {
  if (causes.length === 0) return `${WORDS[kind]} (${scope === '*' ? 'everywhere' : scope.replace(':', ' ')})`;
  const named = causes.slice(0, 3).map(({ combination, verdict }) => `${causeText(combination)}: ${VERDICTS[verdict]}`);
  return `${WORDS[kind]} (${named.join('; ')})`;
}

/** `null`: nobody need know. */
export function alertOf(anomaly: Anomaly): AnomalyAlert | null {
  const { id, severity, openedMinute, seenMinute, closedMinute, closedAs, joinedTo, symptoms, scope, kind } = anomaly;
  if (severity === 'info') return null;
  const { processorId, segment } = placeOf(anomaly);
  const lead = symptoms.find((each) => each.kind === kind && each.scope === scope);
  return {
    id: `alt_${id}`,
    processorId: processorId === '*' ? '*' : asProcessorId(processorId),
    segment,
    kind: 'anomaly',
    fromStatus: 'HEALTHY',
    toStatus: severity === 'critical' ? 'DOWN' : 'DEGRADED',
    openedAtMs: openedMinute * MINUTE_MS,
    updatedAtMs: (closedMinute ?? seenMinute) * MINUTE_MS,
    closedAtMs: closedMinute === null ? null : closedMinute * MINUTE_MS,
    reason: closedAs === 'joined' ? `Part of alt_${joinedTo}` : anomalyText(anomaly),
    evidence: { anomaly: id, revision: anomaly.revision, kind, severity, findings: symptoms.length, ...lead?.evidence },
    moneyAtRisk: anomaly.atRisk,
  };
}

/** What was heard before changes nothing, and what was over before it was ever told wakes nobody. */
export function isNews(alert: AnomalyAlert, former: Pick<ToldAlert, 'evidence'> | null): boolean {
  if (former === null) return alert.closedAtMs === null;
  return Number(alert.evidence['revision']) > Number(former.evidence['revision'] ?? -1);
}
