// TechCart's rule: the authorization rate of the last 50 results of the last 10 minutes, marked down by the status table; the best score wins.
import { statusOf } from '../../src/domain/health/status.ts';
import { AgedQueue } from './aged-queue.ts';
import { booksOf, certain, firstBest } from './best-arm.ts';
import type { Choice, Feedback, Payment, Policy, PolicyEntry, World } from '../policy.ts';

const WINDOW_RESULTS = 50;
const WINDOW_AGE_MS = 600_000;
const UNTESTED_SCORE = 100;
const CONFIDENT_OVER = 30;
const CONFIDENCE_BONUS = 5;

type Outcome = Feedback['outcome'];
export type ResultCounts = Readonly<Record<Outcome, number>>;

export function techcartScore(counts: ResultCounts): number {
  const decided = counts.approved + counts.declined;
  const total = decided + counts.error + counts.timeout;
  if (total === 0) return UNTESTED_SCORE;
  const status = statusOf(counts);
  if (status === 'DOWN') return total > CONFIDENT_OVER ? CONFIDENCE_BONUS : 0;
  const rate = decided === 0 ? 0 : counts.approved / decided;
  return rate * 100 * (status === 'DEGRADED' ? 0.5 : 1) + (total > CONFIDENT_OVER ? CONFIDENCE_BONUS : 0);
}

class ResultWindow {
  readonly counts = { approved: 0, declined: 0, error: 0, timeout: 0 };
  readonly #results = new AgedQueue<{ readonly atMs: number; readonly outcome: Outcome }>();

  add(outcome: Outcome, atMs: number): void {
    this.#results.push({ atMs, outcome });
    this.counts[outcome] += 1;
    if (this.#results.length > WINDOW_RESULTS) this.#leave(this.#results.shift());
  }

  /** The score as it reads now: what is too old counts no more. */
  scoreAt(now: number): number {
    while (this.#leave(this.#results.shiftBefore(now - WINDOW_AGE_MS)));
    return techcartScore(this.counts);
  }

  #leave(result: { readonly outcome: Outcome } | null): boolean {
    if (result !== null) this.counts[result.outcome] -= 1;
    return result !== null;
  }
}

class TechCart implements Policy {
  readonly #windows: readonly (readonly ResultWindow[])[];

  constructor(world: World) {
    this.#windows = booksOf(world, () => new ResultWindow());
  }

  choose(payment: Payment, eligible: readonly number[]): Choice {
    const windows = this.#windows[payment.segment]!;
    return certain(firstBest(eligible, (arm) => windows[arm]!.scoreAt(payment.atMs)));
  }

  learn({ payment, arm, outcome, reportedAtMs }: Feedback): void {
    this.#windows[payment.segment]![arm]!.add(outcome, reportedAtMs);
  }
}

export const techcart: PolicyEntry = {
  id: 'techcart',
  source: 'TechCart Failover Intelligence API: rolling window, status table and routing score of its document',
  create: (world) => new TechCart(world),
};
