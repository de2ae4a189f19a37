// GLR-klUCB: klUCB, started anew where splitting an arm's outcomes in two explains them much better; each arm by itself or all together.
import { countEntropies, ownLogLikelihood } from '../bernoulli.ts';
import { stepsOf } from './known-changes.ts';
import { RestartingKlUcb, type ChangeDetector } from './restarting-klucb.ts';
import type { Policy, World } from '../policy.ts';

/** The test is made at every tenth outcome of an arm and at every tenth split, as the authors do to save time. */
const CHECK_EVERY = 10;
const SPLIT_EVERY = 10;

/** Bernoulli generalised likelihood ratio: some split of the outcomes gains more than beta(n) = ln(n^1.5 / delta). */
export class GlrDetector implements ChangeDetector {
  readonly #entropies: Float64Array;
  readonly #falseAlarm: number;
  /** Approvals up to every tenth outcome. */
  #splits: number[] = [];
  #trials = 0;
  #approved = 0;

  /** `entropies` reach up to the horizon; `falseAlarm` is delta. */
  constructor(entropies: Float64Array, falseAlarm: number) {
    this.#entropies = entropies;
    this.#falseAlarm = falseAlarm;
  }

  sees(approved: boolean): boolean {
    this.#trials += 1;
    if (approved) this.#approved += 1;
    // More outcomes than payments in the horizon come of duplicates: a fresh start is all that is left.
    if (this.#trials >= this.#entropies.length - 1) return true;
    const found = this.#trials % CHECK_EVERY === 0 && this.#gain() > this.#threshold();
    if (this.#trials % SPLIT_EVERY === 0) this.#splits.push(this.#approved);
    return found;
  }

  #threshold(): number {
    return 1.5 * Math.log(this.#trials) - Math.log(this.#falseAlarm);
  }

  #gain(): number {
    const entropies = this.#entropies;
    let split = -Infinity;
    for (let i = 0; i < this.#splits.length; i++) {
      const trials = (i + 1) * SPLIT_EVERY;
      const approved = this.#splits[i]!;
      const both =
        ownLogLikelihood(entropies, approved, trials) +
        ownLogLikelihood(entropies, this.#approved - approved, this.#trials - trials);
      if (both > split) split = both;
    }
    return split - ownLogLikelihood(entropies, this.#approved, this.#trials);
  }

  restart(): void {
    this.#splits = [];
    this.#trials = 0;
    this.#approved = 0;
  }
}

/**
 * alpha_0. With the f(t) below, the one SMPyBandits documents for GLR, the regret published for local restarts comes out to 10%. With 0.05 and
 * f(t) = ln t it would be 0.56 to 0.81 of that, and about the same on the four classic scenarios.
 */
const EXPLORATION_SCALE = 0.1;

export interface GlrTuning {
  readonly restarts: 'arm' | 'all';
  /** How many changes it is told of. */
  readonly changes: number;
}

/** alpha = alpha_0 sqrt(changes A ln T / T), delta = 1 / sqrt(T), f(t) = ln t + 3 ln ln t, t counted from each arm's own restart. */
export function createGlrKlUcb(world: World, { restarts, changes }: GlrTuning): Policy {
  const steps = stepsOf(world);
  const known = Math.max(1, changes) * world.arms.length;
  const entropies = countEntropies(2 * world.transactions + 2);
  return new RestartingKlUcb(world, {
    restarts,
    bound: 'log-and-loglog-since-restart',
    exploration: { by: 'clock', rate: Math.min(1, EXPLORATION_SCALE * Math.sqrt((known * Math.log(steps)) / steps)) },
    detector: () => new GlrDetector(entropies, 1 / Math.sqrt(steps)),
  });
}

export const GLR_SOURCE =
  'Besson, Kaufmann, Maillard, Seznec, Efficient Change-Point Detection for Tackling Piecewise-Stationary Bandits, JMLR 2022, arXiv:1902.01575';
