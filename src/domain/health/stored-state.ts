// Reads a stored state of any format this code ever wrote, and brings it to the present one.
import { createTrafficMix } from './traffic-mix.ts';
import type { StoredState } from './processor-state.ts';

/** Format 1 (before money at risk) kept no traffic mix. */
type StoredState1 = Omit<StoredState, 'format' | 'mix'> & { readonly format: 1 };

/** Throws on a format of newer code: after a rollback it is better to stop than to misread. */
export function upgradeState(stored: StoredState | StoredState1): StoredState {
  switch (stored.format) {
    case 1:
      return { ...stored, format: 2, mix: createTrafficMix() };
    case 2:
      return stored;
    default:
      throw new Error(`state format ${String((stored as { format: unknown }).format)} is not known to this code`);
  }
}
