// Rows of history beside attempts and breaker changes, by the table that holds them. Times are ms since the epoch, evidence is plain JSON.
import type { AttemptRow } from './history-rows.ts';

/** Whoever owns a thing says it again when it changes: where a table is known by `id`, the last word stands, else a row is there once. */
export interface KeptRows {
  readonly decisions: DecisionRow;
  readonly statusChanges: StatusChangeRow;
  readonly alerts: AlertRow;
  readonly anomalies: AnomalyRow;
  readonly incidentFeedback: IncidentFeedbackRow;
  readonly predictions: PredictionRow;
  readonly healingActions: HealingActionRow;
  readonly tunings: TuningRow;
  readonly scalingEvents: ScalingEventRow;
  readonly modelVersions: ModelVersionRow;
  readonly audit: AuditRow;
  /** Stand in `attempts`, unless history has that stage of that attempt already. */
  readonly lateAttempts: AttemptRow;
}

export type KeptTable = keyof KeptRows;
/** Where the last word of one thing stands, and by what it is known. */
export const KNOWN_BY = {
  alerts: 'id',
  anomalies: 'id',
  predictions: 'id',
  healingActions: 'id',
  tunings: 'id',
  scalingEvents: 'id',
  modelVersions: 'version',
} as const satisfies Partial<Record<KeptTable, string>>;

/** `null`: rows of this table are only added. */
export const keyNameOf = (table: KeptTable): string | null =>
  (KNOWN_BY as Partial<Record<KeptTable, string>>)[table] ?? null;

export function keyOf(table: KeptTable, row: KeptRows[KeptTable]): string | null {
  const name = keyNameOf(table);
  return name === null ? null : String((row as unknown as Readonly<Record<string, unknown>>)[name]);
}

/** Rows for one table. */
export type KeptBatch = {
  readonly [Table in KeptTable]: { readonly table: Table; readonly rows: readonly KeptRows[Table][] };
}[KeptTable];

export interface DecisionRow {
  readonly decidedAtMs: number;
  /** 16 hex characters. */
  readonly nonce: string;
  readonly tableVersion: number;
  readonly paymentMethod: string;
  readonly country: string;
  readonly amountMinor: number | null;
  readonly currency: string | null;
  readonly processorId: string;
  readonly propensity: number;
  /** Chosen by a rule, probe or override, not by a draw: of no use to off-policy estimates. */
  readonly isDeterministic: boolean;
  /** Shadow: what the merchant does whatever was answered, and then `processorId` is the same; of an unregistered one it is not. */
  readonly actualProcessorId: string | null;
  /** 0 none, 1 the first arm, 2 the second. */
  readonly arm: number;
  readonly experimentId: string | null;
  readonly strategy: string;
  /** Processor to probability of all that could have been chosen. */
  readonly probabilities: Readonly<Record<string, number>>;
  readonly source: string;
  readonly tableAgeMs: number;
  readonly sampleRate: number;
}

export interface StatusChangeRow {
  readonly changedAtMs: number;
  readonly processorId: string;
  readonly epoch: number;
  /** `METHOD|COUNTRY`, or `*`. */
  readonly scope: string;
  readonly fromStatus: string;
  readonly toStatus: string;
  readonly reason: string;
}

export interface AlertRow {
  readonly id: string;
  readonly kind: string;
  readonly processorId: string;
  readonly scope: string;
  readonly subject: string | null;
  readonly fromStatus: string;
  readonly toStatus: string;
  readonly openedAtMs: number;
  readonly updatedAtMs: number;
  readonly closedAtMs: number | null;
  readonly acknowledgedBy: string | null;
  readonly acknowledgedAtMs: number | null;
  readonly reason: string;
  readonly evidence: unknown;
  readonly riskMinorPerHour: number | null;
  readonly riskCurrency: string | null;
}

export interface AnomalyRow {
  readonly id: string;
  readonly metric: string;
  readonly processorId: string;
  readonly scope: string;
  readonly severity: string;
  readonly score: number;
  readonly expected: number | null;
  readonly observed: number | null;
  readonly openedAtMs: number;
  readonly updatedAtMs: number;
  readonly closedAtMs: number | null;
  readonly evidence: unknown;
  readonly cause: unknown;
  readonly riskMinorPerHour: number | null;
  readonly riskCurrency: string | null;
}

export interface IncidentFeedbackRow {
  readonly incidentId: string;
  readonly givenAtMs: number;
  readonly verdict: string;
  readonly keyId: string;
  readonly note: string | null;
}

export interface PredictionRow {
  readonly id: string;
  readonly kind: string;
  readonly processorId: string;
  readonly scope: string;
  readonly madeAtMs: number;
  readonly probability: number;
  readonly windowFromMs: number;
  readonly windowToMs: number;
  readonly evidence: unknown;
  readonly recommendedAction: string;
  readonly outcome: string | null;
  readonly judgedAtMs: number | null;
}

export interface HealingActionRow {
  readonly id: string;
  readonly action: string;
  /** `*`: about no processor. */
  readonly processorId: string;
  readonly scope: string;
  readonly mode: string;
  readonly reason: string;
  readonly evidence: unknown;
  readonly firstSymptomAtMs: number;
  readonly plannedAtMs: number;
  readonly actedAtMs: number | null;
  readonly verifiedAtMs: number | null;
  readonly outcome: string | null;
  readonly undo: unknown;
  readonly undoneAtMs: number | null;
}

export interface TuningRow {
  readonly id: string;
  readonly processorId: string;
  readonly setting: string;
  readonly valueBefore: number;
  readonly valueAfter: number;
  readonly state: string;
  readonly reason: string;
  readonly evidence: unknown;
  readonly startedAtMs: number;
  readonly endedAtMs: number | null;
}

export interface ScalingEventRow {
  readonly id: string;
  readonly target: string;
  readonly direction: string;
  readonly instancesBefore: number;
  readonly instancesAfter: number;
  readonly reason: string;
  readonly evidence: unknown;
  readonly happenedAtMs: number;
}

export interface ModelVersionRow {
  readonly version: number;
  readonly trainedAtMs: number;
  readonly trainedFromMs: number;
  readonly trainedToMs: number;
  readonly judgedToMs: number;
  readonly trainedAttempts: number;
  readonly judgedAttempts: number;
  readonly model: unknown;
  readonly valueEstimate: number | null;
  readonly valueLow: number | null;
  readonly valueHigh: number | null;
  readonly state: string;
  readonly decidedAtMs: number | null;
  readonly reason: string;
}

export interface AuditRow {
  readonly id: number;
  readonly happenedAtMs: number;
  readonly keyId: string;
  readonly requestId: string;
  readonly action: string;
  readonly subject: string;
  readonly version: number;
  readonly before: string | null;
  readonly after: string | null;
}
