// How much of what is raised is a fault, and how much of the faults is found, as `node lab/payment-anomalies/precision.ts 3 --out lab/payment-anomalies/precision.json` measured it on 2026-11-21; a test holds them together.

/** 12 kinds of faults, each once in three simulated houses of 40 attempts a minute; two quiet days come before them. docs/anomalies.md says more. */
export const LAB_FIGURES = {
  source: 'lab/payment-anomalies/precision.ts',
  precision: 1,
  /** 95% interval (Wilson). */
  low: 0.904,
  high: 1,
  raised: 36,
  trueAlarms: 36,
  faults: 36,
  found: 36,
  /** Of those that a name could be found for, exactly. */
  causesNamed: 23,
  causesNameable: 27,
  medianMinutesToFind: 3,
} as const;
