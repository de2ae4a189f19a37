// Which of several overrides on one processor or segment holds.
import type { Override } from './configuration.ts';

/** What stops traffic wins over what lets it pass. */
const STRENGTH: Readonly<Record<Override['kind'], number>> = {
  drain: 4,
  force_open: 3,
  force_close: 2,
  metrics_only: 1,
  pin: 0,
  cap: 0,
};

/** Of those whose time is not over; of equals the first. */
export function strongestOverride(overrides: readonly Override[], now: number): Override | null {
  let found: Override | null = null;
  for (const override of overrides) {
    if (now >= override.expiresAtMs) continue;
    if (found === null || STRENGTH[override.kind] > STRENGTH[found.kind]) found = override;
  }
  return found;
}
