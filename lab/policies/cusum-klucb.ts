// CUSUM-klUCB: klUCB whose arms are started anew, each by itself, by a two-sided CUSUM around the mean of their first outcomes.
import { CHANGES_SUPPOSED, stepsOf } from './known-changes.ts';
import { RestartingKlUcb, type ChangeDetector } from './restarting-klucb.ts';
import type { Policy, PolicyEntry, World } from '../policy.ts';

export interface CusumTuning {
  /** M: outcomes that the mean is estimated from. */
  readonly learned: number;
  /** epsilon: drift that is not taken for a change. */
  readonly drift: number;
  /** h: the sum that is. */
  readonly alarm: number;
}

export class CusumDetector implements ChangeDetector {
  readonly #tuning: CusumTuning;
  #trials = 0;
  #approved = 0;
  #up = 0;
  #down = 0;

  constructor(tuning: CusumTuning) {
    this.#tuning = tuning;
  }

  sees(approved: boolean): boolean {
    const { learned, drift, alarm } = this.#tuning;
    if (this.#trials < learned) {
      this.#trials += 1;
      if (approved) this.#approved += 1;
      return false;
    }
    const surplus = (approved ? 1 : 0) - this.#approved / learned;
    this.#up = Math.max(0, this.#up + surplus - drift);
    this.#down = Math.max(0, this.#down - surplus - drift);
    return this.#up > alarm || this.#down > alarm;
  }

  restart(): void {
    this.#trials = 0;
    this.#approved = 0;
    this.#up = 0;
    this.#down = 0;
  }
}

/** M and epsilon with which the regret published for the piecewise problems comes out to 16%. */
const LEARNED_OUTCOMES = 150;
const DRIFT = 0.1;

/** h = ln(T / changes), alpha = sqrt(changes / T ln(T / changes)): the paper's tuning for a known number of changes. */
export function createCusumKlUcb(world: World, changes: number): Policy {
  const steps = stepsOf(world);
  const known = Math.max(1, changes);
  const alarm = Math.log(steps / known);
  return new RestartingKlUcb(world, {
    restarts: 'arm',
    bound: 'log-of-remembered',
    exploration: { by: 'dice', rate: Math.min(1, Math.sqrt((known * alarm) / steps)) },
    detector: () => new CusumDetector({ learned: LEARNED_OUTCOMES, drift: DRIFT, alarm }),
  });
}

export const cusumKlucb: PolicyEntry = {
  id: 'cusum-klucb',
  source:
    'Liu, Lee, Shroff, A Change-Detection based Framework for Piecewise-stationary Multi-Armed Bandit Problem, AAAI 2018, arXiv:1711.03539',
  create: (world) => createCusumKlUcb(world, CHANGES_SUPPOSED),
};
