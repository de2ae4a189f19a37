// AegisPay: success, latency and cost weighed over the last hour; who has no data waits while another has some; a breaker that counts.
import { AegisBreaker } from './aegis-breaker.ts';
import { AgedQueue } from './aged-queue.ts';
import { booksOf, certain, firstBest } from './best-arm.ts';
import type { Alarm, Choice, Feedback, Payment, Policy, PolicyEntry, World } from '../policy.ts';

const WINDOW_AGE_MS = 3_600_000;
const LATENCY_LIMIT_MS = 5_000;
/** A cost of 1.00 in major units. */
const COST_LIMIT_MINOR = 100;

export interface AegisSums {
  readonly attempts: number;
  readonly approved: number;
  readonly latencyMs: number;
  readonly costMinor: number;
}

/** Attempts > 0. */
export function aegisScore({ attempts, approved, latencyMs, costMinor }: AegisSums): number {
  const speed = Math.max(0, 1 - latencyMs / attempts / LATENCY_LIMIT_MS);
  const thrift = Math.max(0, 1 - costMinor / attempts / COST_LIMIT_MINOR);
  return 0.5 * (approved / attempts) + 0.3 * speed + 0.2 * thrift;
}

interface Attempt {
  readonly atMs: number;
  readonly approved: number;
  readonly latencyMs: number;
  readonly costMinor: number;
}

class RollingSums {
  readonly sums = { attempts: 0, approved: 0, latencyMs: 0, costMinor: 0 };
  readonly #attempts = new AgedQueue<Attempt>();

  add(attempt: Attempt): void {
    this.#attempts.push(attempt);
    this.#count(attempt, 1);
  }

  forgetBefore(atMs: number): void {
    for (let old = this.#attempts.shiftBefore(atMs); old !== null; old = this.#attempts.shiftBefore(atMs))
      this.#count(old, -1);
  }

  #count({ approved, latencyMs, costMinor }: Attempt, sign: 1 | -1): void {
    this.sums.attempts += sign;
    this.sums.approved += sign * approved;
    this.sums.latencyMs += sign * latencyMs;
    this.sums.costMinor += sign * costMinor;
  }
}

interface Gateway {
  readonly rolling: RollingSums;
  readonly breaker: AegisBreaker;
}

class Aegis implements Policy {
  readonly #gateways: readonly (readonly Gateway[])[];
  readonly #alarms: Alarm[] = [];

  constructor(world: World) {
    this.#gateways = booksOf(world, () => ({ rolling: new RollingSums(), breaker: new AegisBreaker() }));
  }

  choose(payment: Payment, eligible: readonly number[]): Choice {
    const gateways = this.#gateways[payment.segment]!;
    const now = payment.atMs;
    const admitted = eligible.filter((arm) => gateways[arm]!.breaker.admits(now));
    // With every breaker open the document leaves it open; refusing the payment would be worse than trying.
    const candidates = admitted.length > 0 ? admitted : eligible;
    for (const arm of candidates) gateways[arm]!.rolling.forgetBefore(now - WINDOW_AGE_MS);
    const measured = candidates.filter((arm) => gateways[arm]!.rolling.sums.attempts > 0);
    const arm =
      measured.length > 0
        ? firstBest(measured, (candidate) => aegisScore(gateways[candidate]!.rolling.sums))
        : candidates[0]!;
    return { ...certain(arm), probe: gateways[arm]!.breaker.begin() };
  }

  learn({ payment, arm, outcome, reportedAtMs, latencyMs, costMinor }: Feedback): void {
    const { rolling, breaker } = this.#gateways[payment.segment]![arm]!;
    const approved = outcome === 'approved';
    rolling.add({ atMs: reportedAtMs, approved: approved ? 1 : 0, latencyMs, costMinor });
    if (breaker.record(approved, reportedAtMs))
      this.#alarms.push({ atMs: reportedAtMs, arm, segments: [payment.segment] });
  }

  alarms(): readonly Alarm[] {
    return this.#alarms;
  }
}

export const aegis: PolicyEntry = {
  id: 'aegis',
  source: 'AegisPay advanced features: intelligent routing engine and enhanced circuit breaker of its document',
  create: (world) => new Aegis(world),
};
