// decision-engine's SRv3: the mean of a gateway's last outcomes, and three ways of looking beyond the leader.
import { AgedQueue } from './aged-queue.ts';
import { anyOf, booksOf, drawnBest } from './best-arm.ts';
import type { Choice, Feedback, Payment, Policy, World } from '../policy.ts';

const OUTCOME_AGE_MS = 600_000;
const EXPLORED_SHARE = 0.05;

export const SRV3_SOURCE =
  'juspay/decision-engine: success-rate (SRv3) routing as documented at api-reference.hyperswitch.io; rebuilt from the description alone';

/** The last outcomes, begun with ones. What is older than 10 minutes is dropped; once nothing is left the ones are back. */
export class PrefilledWindow {
  readonly #size: number;
  readonly #outcomes = new AgedQueue<{ readonly atMs: number; readonly approved: number }>();
  #ones: number;
  #approved = 0;

  constructor(size: number) {
    this.#size = size;
    this.#ones = size;
  }

  add(approved: boolean, atMs: number): void {
    this.#outcomes.push({ atMs, approved: approved ? 1 : 0 });
    this.#approved += approved ? 1 : 0;
    if (this.#ones + this.#outcomes.length <= this.#size) return;
    if (this.#ones > 0) this.#ones -= 1;
    else this.#approved -= this.#outcomes.shift()?.approved ?? 0;
  }

  scoreAt(now: number): number {
    const from = now - OUTCOME_AGE_MS;
    for (let old = this.#outcomes.shiftBefore(from); old !== null; old = this.#outcomes.shiftBefore(from))
      this.#approved -= old.approved;
    if (this.#ones + this.#outcomes.length === 0) this.#ones = this.#size;
    return (this.#ones + this.#approved) / (this.#ones + this.#outcomes.length);
  }
}

export type Srv3Mode = 'greedy' | 'random-traffic' | 'explore-exploit';

export class SuccessRateRouting implements Policy {
  readonly #mode: Srv3Mode;
  readonly #windows: readonly (readonly PrefilledWindow[])[];
  /** Attempts whose outcomes may teach in the mode that learns from explored ones only. */
  readonly #explored = new Set<string>();

  constructor(world: World, mode: Srv3Mode, size: number) {
    this.#mode = mode;
    this.#windows = booksOf(world, () => new PrefilledWindow(size));
  }

  choose(payment: Payment, eligible: readonly number[], draw: () => number): Choice {
    const windows = this.#windows[payment.segment]!;
    const leader = drawnBest(eligible, (arm) => windows[arm]!.scoreAt(payment.atMs), draw);
    if (this.#mode === 'greedy') return leader;
    const explores = draw() < EXPLORED_SHARE;
    if (this.#mode === 'random-traffic') {
      if (eligible.length === 1) return leader;
      if (!explores) return { ...leader, propensity: (1 - EXPLORED_SHARE) * leader.propensity };
      const others = eligible.filter((arm) => arm !== leader.arm);
      return { arm: anyOf(others, draw), propensity: EXPLORED_SHARE / others.length, probe: true };
    }
    const uniform = EXPLORED_SHARE / eligible.length;
    if (!explores) return { ...leader, propensity: (1 - EXPLORED_SHARE) * leader.propensity + uniform };
    this.#explored.add(attemptKey(payment));
    const arm = anyOf(eligible, draw);
    const led = arm === leader.arm;
    return { arm, propensity: uniform + (led ? (1 - EXPLORED_SHARE) * leader.propensity : 0), probe: !led };
  }

  learn({ payment, arm, outcome, reportedAtMs }: Feedback): void {
    if (this.#mode === 'explore-exploit' && !this.#explored.has(attemptKey(payment))) return;
    this.#windows[payment.segment]![arm]!.add(outcome === 'approved', reportedAtMs);
  }

  /** For the rules that are laid over it. */
  scoreOf(segment: number, arm: number, now: number): number {
    return this.#windows[segment]![arm]!.scoreAt(now);
  }
}

const attemptKey = ({ index, attempt }: Payment): string => `${index}.${attempt}`;
