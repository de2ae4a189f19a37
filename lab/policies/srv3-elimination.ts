// decision-engine's SRv3 with its first elimination: a score that counts failures divides a gateway's success rate by five.
import { booksOf, drawnBest } from './best-arm.ts';
import { SRV3_SOURCE, SuccessRateRouting } from './srv3.ts';
import type { Choice, Feedback, Payment, Policy, PolicyEntry, World } from '../policy.ts';

const PENDING_FACTOR = 0.95;
const SUCCESS_FACTOR = 1.0526;
const THRESHOLD = 0.35;
const DEMOTION = 5;
const WINDOW_OUTCOMES = 125;

/** A pending status costs, a success gives it back. */
export function scoreAfter(score: number, approved: boolean): number {
  return Math.min(1, score * PENDING_FACTOR * (approved ? SUCCESS_FACTOR : 1));
}

class Elimination implements Policy {
  readonly #rates: SuccessRateRouting;
  /** By segment and arm. */
  readonly #scores: readonly { score: number }[][];

  constructor(world: World) {
    this.#rates = new SuccessRateRouting(world, 'greedy', WINDOW_OUTCOMES);
    this.#scores = booksOf(world, () => ({ score: 1 })).map((books) => [...books]);
  }

  /** There is no way back but approvals, which a demoted gateway gets only when all are demoted. */
  choose({ segment, atMs }: Payment, eligible: readonly number[], draw: () => number): Choice {
    const scores = this.#scores[segment]!;
    return drawnBest(
      eligible,
      (arm) => this.#rates.scoreOf(segment, arm, atMs) / (scores[arm]!.score < THRESHOLD ? DEMOTION : 1),
      draw,
    );
  }

  /** The pending status is counted with the result: what is in flight would otherwise pass for 30 failures at 30 results under way. */
  learn(feedback: Feedback): void {
    this.#rates.learn(feedback);
    const book = this.#scores[feedback.payment.segment]![feedback.arm]!;
    book.score = scoreAfter(book.score, feedback.outcome === 'approved');
  }
}

export const srv3Elimination: PolicyEntry = {
  id: 'srv3-elimination',
  source: SRV3_SOURCE,
  create: (world) => new Elimination(world),
};
