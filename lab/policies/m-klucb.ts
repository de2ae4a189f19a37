// M-klUCB: klUCB, all arms started anew when the two halves of an arm's last outcomes differ too much.
import { CHANGES_SUPPOSED, stepsOf } from './known-changes.ts';
import { RestartingKlUcb, type ChangeDetector } from './restarting-klucb.ts';
import type { Policy, PolicyEntry, World } from '../policy.ts';

export class HalvesDetector implements ChangeDetector {
  readonly #ring: Uint8Array;
  readonly #alarm: number;
  #trials = 0;
  #older = 0;
  #newer = 0;

  /** `size` outcomes, even; `alarm` is the difference of approvals that is taken for a change. */
  constructor(size: number, alarm: number) {
    this.#ring = new Uint8Array(size);
    this.#alarm = alarm;
  }

  sees(approved: boolean): boolean {
    const size = this.#ring.length;
    const half = size / 2;
    const place = this.#trials % size;
    const ageing = this.#trials >= half ? this.#ring[(place + half) % size]! : 0;
    const leaving = this.#trials >= size ? this.#ring[place]! : 0;
    this.#ring[place] = approved ? 1 : 0;
    this.#newer += (approved ? 1 : 0) - ageing;
    this.#older += ageing - leaving;
    this.#trials += 1;
    return this.#trials >= size && Math.abs(this.#newer - this.#older) > this.#alarm;
  }

  restart(): void {
    this.#trials = 0;
    this.#older = 0;
    this.#newer = 0;
  }
}

/** With this w and half the paper's gamma the regret published for the piecewise problems comes out to 5%; of 50 to 200 it fits best. */
const WINDOW_OUTCOMES = 150;
/** The documentation of SMPyBandits, too, calls the paper's gamma too large. */
const EXPLORATION_SCALE = 0.5;

/** w, b = sqrt(w / 2 ln(2 A T^2)) and gamma = sqrt(changes A (2b + 3 sqrt w) / 2T) of the paper, gamma halved. */
export function createMKlUcb(world: World, changes: number): Policy {
  const steps = stepsOf(world);
  const arms = world.arms.length;
  const alarm = Math.sqrt((WINDOW_OUTCOMES / 2) * Math.log(2 * arms * steps * steps));
  const rate =
    EXPLORATION_SCALE *
    Math.sqrt((Math.max(1, changes) * arms * (2 * alarm + 3 * Math.sqrt(WINDOW_OUTCOMES))) / (2 * steps));
  return new RestartingKlUcb(world, {
    restarts: 'all',
    bound: 'log-since-restart',
    exploration: { by: 'clock', rate: Math.min(1, rate) },
    detector: () => new HalvesDetector(WINDOW_OUTCOMES, alarm),
  });
}

export const mKlucb: PolicyEntry = {
  id: 'm-klucb',
  source:
    'Cao, Wen, Kveton, Xie, Nearly Optimal Adaptive Procedure with Change Detection for Piecewise-Stationary Bandit, AISTATS 2019, arXiv:1802.03692',
  create: (world) => createMKlUcb(world, CHANGES_SUPPOSED),
};
