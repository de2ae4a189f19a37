// How grave an anomaly is, from what it takes: shares of what is usual, never from how certain it is.

export const SEVERITIES = ['info', 'minor', 'major', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Steps from `info` to `minor`, `major`, `critical`; infinite: never. */
type Steps = readonly [minor: number, major: number, critical: number];

const STEPS = {
  /** Share of the usual approvals that is missing. */
  success_drop: [0.05, 0.2, 0.5],
  /** Times the usual volume: more customers are seldom a disaster. */
  volume_spike: [2, 4, Infinity],
  /** Share of the usual volume that is missing. */
  volume_drop: [0.3, 0.6, 0.9],
  /** Times the usual share of slow answers. */
  latency_shift: [2, 5, 9],
  /** Jensen and Shannon's divergence, bits. */
  error_mix: [0.05, 0.2, 0.6],
  decline_mix: [0.05, 0.2, 0.6],
  amount_shift: [0.05, 0.2, Infinity],
  /** Share of the attempts declined for invalid data. */
  card_testing: [0, 0.25, 0.6],
  /** Times the usual tries of one card or BIN. */
  velocity: [0, 8, 40],
  /** Times as bad as usual: what is grave the counts see, too. */
  metric_shift: [1.25, 5, Infinity],
} as const satisfies Record<string, Steps>;

export function severityOf(kind: keyof typeof STEPS, effect: number): Severity {
  const steps: Steps = STEPS[kind];
  if (effect >= steps[2]) return 'critical';
  if (effect >= steps[1]) return 'major';
  return effect >= steps[0] ? 'minor' : 'info';
}

export function graver(left: Severity, right: Severity): Severity {
  return SEVERITIES.indexOf(left) >= SEVERITIES.indexOf(right) ? left : right;
}
