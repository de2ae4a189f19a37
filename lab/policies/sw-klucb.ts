// SW-klUCB: klUCB over the last outcomes of the segment; the window's length supposes that the number of changes is known.
import { klIndex } from './klucb.ts';
import { CHANGES_SUPPOSED, stepsOf } from './known-changes.ts';
import { WindowedIndex } from './windowed-index.ts';
import type { Policy, PolicyEntry, World } from '../policy.ts';

/** tau = 2 sqrt(T ln T / changes), Garivier and Moulines' tuning. */
export function createSlidingKlUcb(world: World, changes: number): Policy {
  const steps = stepsOf(world);
  const size = Math.max(2, Math.floor(2 * Math.sqrt((steps * Math.log(steps)) / Math.max(1, changes))));
  return new WindowedIndex(world, size, klIndex);
}

export const swKlucb: PolicyEntry = {
  id: 'sw-klucb',
  source:
    'Garivier, Moulines 2011, arXiv:0805.3415, with the index of klUCB as in Besson, Kaufmann, Maillard, Seznec, arXiv:1902.01575',
  create: (world) => createSlidingKlUcb(world, CHANGES_SUPPOSED),
};
