// SW-UCB: UCB over the last W outcomes of the segment.
import { WindowedIndex } from './windowed-index.ts';
import type { Policy, World } from '../policy.ts';

export const GARIVIER_MOULINES =
  'Garivier, Moulines, On Upper-Confidence Bound Policies for Switching Bandit Problems, ALT 2011, arXiv:0805.3415';

/** Index: mean + sqrt(xi ln min(t, W) / n). */
export function createSlidingWindowUcb(world: World, size: number, confidence: number): Policy {
  return new WindowedIndex(world, size, ({ trials, approved }, logSeen) =>
    trials === 0 ? Infinity : approved / trials + Math.sqrt((confidence * logSeen) / trials),
  );
}
