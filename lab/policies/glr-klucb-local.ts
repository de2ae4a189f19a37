// GLR-klUCB with local restarts: a change starts its own arm anew.
import { CHANGES_SUPPOSED } from './known-changes.ts';
import { createGlrKlUcb, GLR_SOURCE } from './glr-klucb.ts';
import type { PolicyEntry } from '../policy.ts';

export const glrKlucbLocal: PolicyEntry = {
  id: 'glr-klucb-local',
  source: GLR_SOURCE,
  create: (world) => createGlrKlUcb(world, { restarts: 'arm', changes: CHANGES_SUPPOSED }),
};
