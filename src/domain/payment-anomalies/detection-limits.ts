// How much evidence each kind of anomaly is asked for, from how often a false alarm may come.

export const ANOMALY_KINDS = [
  'success_drop',
  'volume_spike',
  'volume_drop',
  'latency_shift',
  'error_mix',
  'decline_mix',
  'amount_shift',
  'card_testing',
  'velocity',
  'metric_shift',
] as const;
export type AnomalyKind = (typeof ANOMALY_KINDS)[number];

export interface DetectionSettings {
  /** 0 to 1: asks each kind for a mean time between false alarms of 900, 30 (at 0.5) or 1 day in a scope. */
  readonly sensitivity: number;
  /** Findings that were called false alarms lately, by kind: each asks for ten times as long, and allows half as much sway again. */
  readonly falseAlarms: Readonly<Partial<Record<AnomalyKind, number>>>;
}

export const DEFAULT_SENSITIVITY = 0.5;
const DAYS_AT_DEFAULT = 30;
const MINUTES_PER_DAY = 1_440;
/** Mixes are judged once in five minutes at most. */
const WINDOWS_PER_DAY = 288;
const FALSE_ALARMS_MAX = 4;
const DAYS_PER_FALSE_ALARM = 10;
const ALLOWED_PER_FALSE_ALARM = 1.5;

export interface Limits {
  /** Of a sum of log likelihood ratios, in nats. */
  readonly nats: number;
  /** Of a window's statistic, in standard deviations. */
  readonly z: number;
  /** Times the sway that is no change. */
  readonly allowed: number;
  /** Of a series' score: score / (1 - score). */
  readonly odds: number;
}

export function limitsOf({ sensitivity, falseAlarms }: DetectionSettings, kind: AnomalyKind): Limits {
  const asked = sensitivity >= 0 && sensitivity <= 1 ? sensitivity : DEFAULT_SENSITIVITY;
  const raised = Math.min(FALSE_ALARMS_MAX, Math.max(0, Math.floor(falseAlarms[kind] ?? 0)));
  const days = DAYS_AT_DEFAULT ** (2 - 2 * asked) * DAYS_PER_FALSE_ALARM ** raised;
  return {
    nats: Math.log(MINUTES_PER_DAY * days),
    // The tail beyond z is at most exp(-z^2 / 2) / 2.
    z: Math.sqrt(2 * Math.log((WINDOWS_PER_DAY * days) / 2)),
    allowed: ALLOWED_PER_FALSE_ALARM ** raised,
    odds: Math.exp(1 - 2 * asked) * ALLOWED_PER_FALSE_ALARM ** raised,
  };
}
