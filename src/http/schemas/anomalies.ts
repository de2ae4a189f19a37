// Anomalies as the API tells them: what is not as usual, how grave, why, what it costs, and how well it was found.
import { z } from '@hono/zod-openapi';
import { ANOMALY_KINDS } from '../../domain/payment-anomalies/detection-limits.ts';
import { type AnomalySettings, ANOMALY_SETTINGS_DEFAULT } from '../../domain/payment-anomalies/anomaly-settings.ts';
import { anomalyText, placeOf } from '../../domain/payment-anomalies/anomaly-alert.ts';
import type { Anomaly } from '../../domain/payment-anomalies/anomaly.ts';
import type { AnomalyFigures, Precision } from '../../domain/payment-anomalies/anomaly-statistics.ts';
import type { AnomalyStanding } from '../../ports/anomaly-port.ts';
import type { Cause } from '../../domain/payment-anomalies/explain-anomaly.ts';
import { LAB_FIGURES } from '../../domain/payment-anomalies/lab-figures.ts';
import { MINUTE_MS } from '../../domain/payment-anomalies/reading-plan.ts';
import { Moment, MomentOut, momentOf, momentOrNull, NextCursor, PageQuery, Rate } from './primitives.ts';
import type { PaymentIncident } from '../../domain/payment-anomalies/incident-book.ts';
import { SEVERITIES } from '../../domain/payment-anomalies/severity.ts';

const Kind = z.enum(ANOMALY_KINDS);
const SeverityText = z.enum(SEVERITIES);
const Verdict = z.enum(['false_alarm', 'confirmed']);

export const AnomalyQuery = PageQuery.extend({
  state: z.enum(['open', 'closed']).optional(),
  kind: Kind.optional(),
  severity: SeverityText.optional(),
  since: Moment.optional().openapi({ description: 'Opened, changed or closed at or after this moment' }),
});

export const AnomalyParams = z.object({
  id: z
    .string()
    .regex(/^ano_[0-9a-f]{1,64}$/, 'must be the id of an anomaly')
    .openapi({ param: { name: 'id', in: 'path' }, example: 'ano_4f0c' }),
});

const Money = z.object({ minor_per_hour: z.number(), currency: z.string() });
const Combination = z.object({
  processor_id: z.string().nullable(),
  payment_method: z.string().nullable(),
  country: z.string().nullable(),
  bin: z.string().nullable(),
});
const Count = z.object({ attempts: z.number(), hits: z.number(), rate: Rate.nullable() });

const CauseOut = z
  .object({
    ...Combination.shape,
    also_named: z.array(Combination).openapi({ description: 'Other names of the very same attempts' }),
    measure: z
      .enum(['failure', 'decline', 'loss', 'slow'])
      .openapi({ description: 'What rose: technical failures, declines, both, or slow answers' }),
    verdict: z.enum(['processor', 'issuer', 'method', 'merchant', 'unclear', 'attack']).openapi({
      description:
        'processor: others are fine in the same slices. issuer: all processors show it for a country or BIN. method: for a method. merchant: everything, or its own doing. unclear: nobody to compare with',
    }),
    share: Rate.openapi({ description: 'Of all that rose' }),
    before: Count,
    after: Count,
    excess: z.number(),
    evidence_nats: z.number(),
    codes: z.array(
      z.object({ code: z.string(), fault: z.string(), before: z.number(), after: z.number(), share: Rate }),
    ),
    processors_risen: z.array(z.string()),
    processors_fine: z.array(z.string()),
    minor_at_risk_per_hour: z.number().nullable(),
  })
  .openapi('AnomalyCause');

const Finding = z.object({
  kind: Kind,
  scope: z
    .string()
    .openapi({ description: '`*`, `processor:<id>`, `segment:<METHOD>|<COUNTRY>` or `route:<id>|<METHOD>|<COUNTRY>`' }),
  severity: SeverityText,
  opened_at: MomentOut,
  closed_at: MomentOut.nullable(),
  evidence: z.record(z.string(), z.union([z.number(), z.string()])),
});

export const AnomalyOut = z
  .object({
    id: z.string(),
    kind: Kind.openapi({ description: 'Of the finding that leads' }),
    severity: SeverityText.openapi({ description: 'The gravest it was' }),
    state: z.enum(['open', 'closed']),
    summary: z.string(),
    processor_id: z.string().openapi({ description: '`*`: several, or all' }),
    segment: z.string().openapi({ description: '`*`: several, or all' }),
    opened_at: MomentOut,
    seen_at: MomentOut.openapi({ description: 'The last minute in which it was found' }),
    closed_at: MomentOut.nullable(),
    closed_as: z
      .enum(['over', 'no_data', 'false_alarm', 'joined'])
      .nullable()
      .openapi({ description: 'joined: it was part of another' }),
    joined_to: z.string().nullable(),
    findings: z.array(Finding).openapi({ description: 'The gravest 20, and of those the first to be seen' }),
    findings_count: z.int(),
    causes: z
      .array(CauseOut)
      .openapi({ description: 'The largest first; none: not yet, or nothing rose beyond chance' }),
    causes_looked_for_at: MomentOut.nullable(),
    money_at_risk: Money.nullable().openapi({ description: 'The most it was' }),
    feedback: Verdict.nullable(),
  })
  .openapi('Anomaly');

export const AnomalyList = z
  .object({ anomalies: z.array(AnomalyOut), count: z.int(), next_cursor: NextCursor })
  .openapi('AnomalyList');

const moment = (minute: number): string => momentOf(minute * MINUTE_MS);
const momentOrNone = (minute: number | null): string | null =>
  momentOrNull(minute === null ? null : minute * MINUTE_MS);

const combinationJson = ({ processor, method, country, bin }: Cause['combination']): z.output<typeof Combination> => ({
  processor_id: processor ?? null,
  payment_method: method ?? null,
  country: country ?? null,
  bin: bin ?? null,
});

const countJson = ({ trials, hits, rate }: Cause['before']): z.output<typeof Count> => ({
  attempts: trials,
  hits,
  rate,
});

const causeJson = (cause: Cause): z.output<typeof CauseOut> => ({
  ...combinationJson(cause.combination),
  also_named: cause.alsoNamed.map(combinationJson),
  measure: cause.measure,
  verdict: cause.verdict,
  share: cause.share,
  before: countJson(cause.before),
  after: countJson(cause.after),
  excess: cause.excess,
  evidence_nats: cause.evidenceNats,
  codes: cause.codes.map((code) => ({ ...code })),
  processors_risen: [...cause.processorsRisen],
  processors_fine: [...cause.processorsFine],
  minor_at_risk_per_hour: cause.minorAtRiskPerHour,
});

const findingJson = (symptom: PaymentIncident): z.output<typeof Finding> => ({
  kind: symptom.kind,
  scope: symptom.scope,
  severity: symptom.severity,
  opened_at: moment(symptom.openedMinute),
  closed_at: momentOrNone(symptom.closedMinute),
  evidence: { ...symptom.evidence },
});

const FINDINGS_SHOWN = 20;
const graverFirst = (left: PaymentIncident, right: PaymentIncident): number =>
  SEVERITIES.indexOf(right.severity) - SEVERITIES.indexOf(left.severity) || left.openedMinute - right.openedMinute;

export function anomalyJson(anomaly: Anomaly): z.output<typeof AnomalyOut> {
  const { processorId, segment } = placeOf(anomaly);
  const { atRisk } = anomaly;
  return {
    id: anomaly.id,
    kind: anomaly.kind,
    severity: anomaly.severity,
    state: anomaly.closedMinute === null ? 'open' : 'closed',
    summary: anomalyText(anomaly),
    processor_id: processorId,
    segment,
    opened_at: moment(anomaly.openedMinute),
    seen_at: moment(anomaly.seenMinute),
    closed_at: momentOrNone(anomaly.closedMinute),
    closed_as: anomaly.closedAs,
    joined_to: anomaly.joinedTo,
    findings: anomaly.symptoms.toSorted(graverFirst).slice(0, FINDINGS_SHOWN).map(findingJson),
    findings_count: anomaly.symptoms.length,
    causes: anomaly.causes.map(causeJson),
    causes_looked_for_at: momentOrNone(anomaly.localisedMinute),
    money_at_risk: atRisk && { minor_per_hour: atRisk.minorPerHour, currency: atRisk.currency },
    feedback: anomaly.feedback,
  };
}

export const FeedbackBody = z
  .strictObject({
    verdict: Verdict,
    note: z
      .string()
      .max(500)
      .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'must be one line of text')
      .optional(),
  })
  .openapi('AnomalyFeedback');

const PrecisionOut = z.object({
  judged: z.int(),
  confirmed: z.int(),
  precision: Rate.nullable().openapi({ description: '`null`: nobody has judged any' }),
  low: Rate.nullable().openapi({ description: '95% interval' }),
  high: Rate.nullable(),
});

export const AnomalyStats = z
  .object({
    total: z.int().openapi({ description: 'Of those that are kept, the last 2,000' }),
    open: z.int(),
    severities: z.record(SeverityText, z.int()),
    kinds: z.array(z.object({ kind: Kind, total: z.int(), open: z.int(), ...PrecisionOut.shape })),
    precision_from_feedback: PrecisionOut,
    precision_from_lab: z.object({
      precision: Rate,
      low: Rate,
      high: Rate,
      raised: z.int(),
      true_alarms: z.int(),
      faults: z.int(),
      found: z.int(),
      causes_named: z.int().openapi({ description: 'Exactly, of `causes_nameable`' }),
      causes_nameable: z.int(),
      median_minutes_to_find: z.number(),
      source: z.string().openapi({ description: 'What measured it, on simulated traffic whose faults are known' }),
    }),
    learned_through: MomentOut.nullable().openapi({ description: 'The end of the latest minute; `null`: none yet' }),
    scopes: z.int(),
  })
  .openapi('AnomalyStats');

const precisionJson = ({ judged, confirmed, precision, low, high }: Precision): z.output<typeof PrecisionOut> => ({
  judged,
  confirmed,
  precision,
  low,
  high,
});

export const anomalyStatsJson = (
  { total, open, severities, kinds, all }: AnomalyFigures,
  { throughMinute, scopes }: AnomalyStanding,
): z.output<typeof AnomalyStats> => ({
  total,
  open,
  severities: { ...severities },
  kinds: kinds.map((each) => ({ kind: each.kind, total: each.total, open: each.open, ...precisionJson(each) })),
  precision_from_feedback: precisionJson(all),
  precision_from_lab: {
    precision: LAB_FIGURES.precision,
    low: LAB_FIGURES.low,
    high: LAB_FIGURES.high,
    raised: LAB_FIGURES.raised,
    true_alarms: LAB_FIGURES.trueAlarms,
    faults: LAB_FIGURES.faults,
    found: LAB_FIGURES.found,
    causes_named: LAB_FIGURES.causesNamed,
    causes_nameable: LAB_FIGURES.causesNameable,
    median_minutes_to_find: LAB_FIGURES.medianMinutesToFind,
    source: LAB_FIGURES.source,
  },
  learned_through: momentOrNone(throughMinute === null ? null : throughMinute + 1),
  scopes,
});

export const AnomalySettingsInput = z
  .strictObject({
    enabled: z.boolean().default(ANOMALY_SETTINGS_DEFAULT.enabled),
    sensitivity: z.number().min(0).max(1).default(ANOMALY_SETTINGS_DEFAULT.sensitivity).openapi({
      description: '0: a false alarm of each kind in each scope in 900 days; 0.5: in 30; 1: in one',
    }),
    enable_fraud_detection: z
      .boolean()
      .default(ANOMALY_SETTINGS_DEFAULT.enableFraudDetection)
      .openapi({ description: 'Card testing and velocity' }),
  })
  .openapi('AnomalySettingsInput');

export const AnomalySettingsAnswer = z
  .object({ enabled: z.boolean(), sensitivity: z.number(), enable_fraud_detection: z.boolean() })
  .openapi('AnomalySettings');

export const anomalySettingsOf = (input: z.output<typeof AnomalySettingsInput>): AnomalySettings => ({
  enabled: input.enabled,
  sensitivity: input.sensitivity,
  enableFraudDetection: input.enable_fraud_detection,
});

export const anomalySettingsJson = (settings: AnomalySettings): z.output<typeof AnomalySettingsAnswer> => ({
  enabled: settings.enabled,
  sensitivity: settings.sensitivity,
  enable_fraud_detection: settings.enableFraudDetection,
});
