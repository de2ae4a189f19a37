// GLR-klUCB with global restarts: a change of one arm starts all of the segment anew.
import { CHANGES_SUPPOSED } from './known-changes.ts';
import { createGlrKlUcb, GLR_SOURCE } from './glr-klucb.ts';
import type { PolicyEntry } from '../policy.ts';

export const glrKlucbGlobal: PolicyEntry = {
  id: 'glr-klucb-global',
  source: GLR_SOURCE,
  create: (world) => createGlrKlUcb(world, { restarts: 'all', changes: CHANGES_SUPPOSED }),
};
