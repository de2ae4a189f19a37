// APOS for Hyperswitch: success and speed in one score, a prior that the first sample replaces, and away after five failures in a row.
import { booksOf, certain, firstBest } from './best-arm.ts';
import type { Choice, Feedback, Payment, Policy, PolicyEntry, World } from '../policy.ts';

const SUCCESS_SHARE = 0.7;
const SPEED_SHARE = 0.3;
const LATENCY_LIMIT_MS = 1_000;
const PRIOR_SUCCESS = 0.8;
const FAILURES_IN_A_ROW = 5;

export interface AposRecord {
  attempts: number;
  approved: number;
  latencySumMs: number;
  failuresInARow: number;
}

/** An untested one is believed to succeed at the prior's rate and to take no time: nothing was measured against it. */
export function aposScore({ attempts, approved, latencySumMs }: AposRecord): number {
  const success = attempts === 0 ? PRIOR_SUCCESS : approved / attempts;
  const latencyMs = attempts === 0 ? 0 : latencySumMs / attempts;
  return SUCCESS_SHARE * success + SPEED_SHARE * (1 - Math.min(latencyMs / LATENCY_LIMIT_MS, 1));
}

class Apos implements Policy {
  readonly #records: readonly (readonly AposRecord[])[];

  constructor(world: World) {
    this.#records = booksOf(world, () => ({ attempts: 0, approved: 0, latencySumMs: 0, failuresInARow: 0 }));
  }

  /** One that has failed five times in a row comes after all that have not; only an approval clears it. */
  choose(payment: Payment, eligible: readonly number[]): Choice {
    const records = this.#records[payment.segment]!;
    const left = (arm: number): number => (records[arm]!.failuresInARow >= FAILURES_IN_A_ROW ? 1 : 0);
    return certain(firstBest(eligible, (arm) => aposScore(records[arm]!) - left(arm)));
  }

  learn({ payment, arm, outcome, latencyMs }: Feedback): void {
    const record = this.#records[payment.segment]![arm]!;
    record.attempts += 1;
    record.latencySumMs += latencyMs;
    if (outcome === 'approved') {
      record.approved += 1;
      record.failuresInARow = 0;
    } else record.failuresInARow += 1;
  }
}

export const apos: PolicyEntry = {
  id: 'apos',
  source: 'APOS for Hyperswitch: routing score and failover threshold of its decision engine',
  create: (world) => new Apos(world),
};
