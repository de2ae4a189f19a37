// What the five processors really do, which Signalbox can only find out: approvals, technical faults, and the outage.
import { chance, normalChance, type Payment, type Segment } from './payments.ts';

export type Result = 'approved' | 'declined' | 'error' | 'timeout';

export interface Attempt {
  readonly result: Result;
  readonly latencyMs: number;
}

/**
 * Probability of approval where the attempt reaches an issuer. Where two compete they are far enough apart to be told
 * apart within a phase: a processor that comes back must be given its traffic again because it is better, not by luck.
 */
const APPROVAL: Readonly<Record<Segment, Readonly<Record<string, number>>>> = {
  'PIX|BR': { processor_a: 0.9, processor_c: 0.76 },
  'CARD|BR': { processor_a: 0.84, processor_b: 0.7 },
  'CARD|MX': { processor_b: 0.71, processor_d: 0.83 },
  'OXXO|MX': { processor_d: 0.83 },
  'PSE|CO': { processor_e: 0.81 },
  'CARD|CO': { processor_b: 0.7, processor_e: 0.82 },
};
const MEDIAN_LATENCY_MS: Readonly<Record<string, number>> = {
  processor_a: 280,
  processor_b: 420,
  processor_c: 310,
  processor_d: 390,
  processor_e: 450,
};
/** What is normal: a processor without any faults does not exist. */
const ERROR_RATE = 0.008;
const TIMEOUT_RATE = 0.004;
export const OUTAGE = { processor: 'processor_a', segment: 'PIX|BR', errorRate: 0.9 } as const;

/**
 * The same payment meets the same luck everywhere: whoever approves more approves all that the other did, and a
 * comparison of two ways to route shows the routing and not the dice.
 */
export function attempt(seed: number, payment: Payment, processor: string, isOutage: boolean): Attempt {
  const isFailing = isOutage && processor === OUTAGE.processor && payment.segment === OUTAGE.segment;
  const errorRate = isFailing ? OUTAGE.errorRate : ERROR_RATE;
  const fault = chance(seed, payment.number, 11);
  const latencyMs = latencyOf(seed, payment, processor);
  if (fault < errorRate) return { result: 'error', latencyMs: Math.round(latencyMs / 2) };
  if (fault < errorRate + TIMEOUT_RATE) return { result: 'timeout', latencyMs: 5_000 };
  const approval = APPROVAL[payment.segment][processor];
  if (approval === undefined) throw new Error(`${processor} does not serve ${payment.segment}`);
  return { result: chance(seed, payment.number, 12) < approval ? 'approved' : 'declined', latencyMs };
}

function latencyOf(seed: number, payment: Payment, processor: string): number {
  const median = MEDIAN_LATENCY_MS[processor] ?? 400;
  return Math.round(median * Math.exp(0.35 * normalChance(seed, payment.number, 13)));
}

/** The strongest opponent among static routings: each segment's best processor of a normal day, always. */
export function staticChoice(segment: Segment): string {
  const best = Object.entries(APPROVAL[segment]).sort(([, a], [, b]) => b - a)[0];
  if (!best) throw new Error(`nobody serves ${segment}`);
  return best[0];
}
