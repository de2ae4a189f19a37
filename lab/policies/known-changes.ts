// What the literature's tunings are told beforehand: the horizon and the number of changes.
import type { World } from '../policy.ts';

/** In the league nobody knows the number of changes; four are what two outages make. */
export const CHANGES_SUPPOSED = 4;

/** The horizon of one segment, as if all had equal shares. */
export function stepsOf(world: World): number {
  return Math.max(2, Math.ceil(world.transactions / Math.max(1, world.segments.length)));
}
