// SW-UCB: UCB over the last W outcomes of the segment, W = 200 and 2,000.
import { WindowedIndex } from './windowed-index.ts';
import type { PolicyEntry } from '../policy.ts';

const SOURCE =
  'Garivier, Moulines, On Upper-Confidence Bound Policies for Switching Bandit Problems, ALT 2011, arXiv:0805.3415';

/** xi of the paper. Its own 0.6 was measured too and loses more on all four classic scenarios. */
const CONFIDENCE = 0.05;

/** Index: mean + sqrt(xi ln min(t, W) / n). */
function slidingWindowUcb(id: string, size: number): PolicyEntry {
  return {
    id,
    source: SOURCE,
    create: (world) =>
      new WindowedIndex(world, size, ({ trials, approved }, logSeen) =>
        trials === 0 ? Infinity : approved / trials + Math.sqrt((CONFIDENCE * logSeen) / trials),
      ),
  };
}

export const swUcb200 = slidingWindowUcb('sw-ucb-200', 200);
export const swUcb2000 = slidingWindowUcb('sw-ucb-2000', 2_000);
