// Whether a processor's breaker, under an operator's overrides and a table's age, lets this payment through to it.
import { maySendScout } from '../health/breaker.ts';
import { governingBreaker } from '../health/breaker-scope.ts';
import { reachesSegment, type Candidate } from './candidate.ts';
import { RESIDUAL } from '../segment.ts';
import { strongestOverride } from '../configuration/override-strength.ts';
import type { BreakerView } from '../health/status-row.ts';
import type { Exclusion, RankedProcessor } from './route-request.ts';
import type { Override } from '../configuration/configuration.ts';
import type { SegmentKey } from '../identity.ts';

/** Older tables cannot be asked about: nobody may be told of permits any more, so a little is let through without. */
export const LOCAL_PROBE_AGE_MS = 60_000;
/** Share of each processor that may be probed from an old table. */
export const LOCAL_PROBE_SHARE = 0.01;

/** A breaker that may be probed: with a permit of its object, or from an old table by a small share without one. */
export interface Probe {
  readonly scope: SegmentKey;
  readonly view: BreakerView;
  readonly local: boolean;
}

export interface Standing {
  readonly breaker: RankedProcessor['breaker'];
  /** `null`: admitted. */
  readonly exclusion: Exclusion | null;
  readonly probe: Probe | null;
}

export const ADMITTED: Standing = { breaker: 'CLOSED', exclusion: null, probe: null };
const CLOSED: BreakerView = { state: 'CLOSED' };

/** Effective state = override, else processor, else segment (truth table: SPEC.md [TAB]). */
export function standingOf(
  candidate: Candidate,
  segment: SegmentKey,
  moment: { now: number; tableAgeMs: number },
): Standing {
  if (candidate.quiet) return ADMITTED;
  const override = candidate.overrides.length === 0 ? null : strongestOverride(candidate.overrides, moment.now);
  const { row, segmentRow } = candidate;
  const { scope, view } = governingBreaker(segment, segmentRow?.breaker ?? CLOSED, row?.breaker ?? CLOSED, moment.now);
  if (override !== null) {
    const standing = overridden(candidate, override, view);
    if (standing !== null) return standing;
  }
  if (view.state === 'CLOSED') return ADMITTED;
  const isLocal = moment.tableAgeMs > LOCAL_PROBE_AGE_MS;
  const probeable =
    view.state === 'HALF_OPEN' || moment.now >= view.reopensAt || (!isLocal && maySendScout(view, moment.now));
  return {
    breaker: view.state,
    exclusion: { processorId: candidate.id, reason: 'breaker_open', by: null, detail: breakerDetail(view, scope) },
    probe: probeable ? { scope, view, local: isLocal } : null,
  };
}

function breakerDetail(view: BreakerView, scope: SegmentKey): string {
  const what = scope === RESIDUAL ? 'The processor' : `Its ${scope}`;
  return view.state === 'HALF_OPEN' ? `${what} is being probed` : `${what} is cut off by its breaker`;
}

function overridden({ id }: Candidate, override: Override, view: BreakerView): Standing | null {
  const told = `${override.why} (${override.who})`;
  switch (override.kind) {
    case 'drain':
      return {
        breaker: view.state,
        exclusion: { processorId: id, reason: 'drained', by: override.id, detail: told },
        probe: null,
      };
    case 'force_open':
      return {
        breaker: 'FORCED_OPEN',
        exclusion: { processorId: id, reason: 'forced_open', by: override.id, detail: told },
        probe: null,
      };
    case 'force_close':
      return { breaker: 'DISABLED', exclusion: null, probe: null };
    case 'metrics_only':
      return { breaker: 'METRICS_ONLY', exclusion: null, probe: null };
    case 'pin':
    case 'cap':
      return null;
  }
}

/** The pin in force for this processor, if any: it says where traffic goes, not whether the breaker lets it. */
export function pinOf({ overrides }: Candidate, now: number): Override | null {
  return overrides.find(({ kind, expiresAtMs }) => kind === 'pin' && now < expiresAtMs) ?? null;
}

/** What the caps in force leave it, 0-1. */
export function cappedShare(overrides: readonly Override[], now: number): number {
  let least = 1;
  for (const { kind, share = 1, expiresAtMs } of overrides)
    if (kind === 'cap' && now < expiresAtMs) least = Math.min(least, share);
  return least;
}

export const overridesOf = (all: readonly Override[], id: string, segment: SegmentKey): readonly Override[] =>
  all.filter((override) => override.processorId === id && reachesSegment(override.segment, segment));
