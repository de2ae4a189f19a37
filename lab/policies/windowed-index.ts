// An index policy over the last outcomes of a segment: the frame that SW-UCB and SW-klUCB fill.
import { drawnBest } from './best-arm.ts';
import { SegmentWindow } from './segment-window.ts';
import type { Tally } from './klucb.ts';
import type { Choice, Feedback, Payment, Policy, World } from '../policy.ts';

/** Of an arm in the window; `logSeen` is the logarithm of the outcomes in the window, all arms together. */
export type WindowIndex = (tally: Tally, logSeen: number) => number;

export class WindowedIndex implements Policy {
  readonly #windows: readonly SegmentWindow[];
  readonly #index: WindowIndex;

  constructor(world: World, size: number, index: WindowIndex) {
    this.#windows = world.segments.map(() => new SegmentWindow(world.arms.length, size));
    this.#index = index;
  }

  choose(payment: Payment, eligible: readonly number[], draw: () => number): Choice {
    const window = this.#windows[payment.segment]!;
    const logSeen = Math.log(Math.max(1, window.length));
    return drawnBest(eligible, (arm) => this.#index(window.tallies[arm]!, logSeen), draw);
  }

  learn({ payment, arm, outcome }: Feedback): void {
    this.#windows[payment.segment]!.add(arm, outcome === 'approved');
  }
}
