// How a person takes an act of healing back, or why nobody can: what was put in force is lifted, what was lifted is put back for the rest of its time.
import { goneOf } from './processor-life.ts';
import { breakerOf, flows, othersAble, segmentsIn } from './standing-now.ts';
import type { HealingAction, HealingOverride, Remedy } from './healing-action.ts';
import { CUT_OFF_MS } from './measure-action.ts';
import type { HouseSnapshot } from './snapshot.ts';
import type { ProcessorId, SegmentKey } from '../identity.ts';
import { RESIDUAL } from '../segment.ts';

/** Later the house is another one. */
export const UNDO_WITHIN_MS = 3_600_000;

export type Undoing =
  | { readonly ok: true; readonly remedy: Remedy }
  /** In a sentence. */
  | { readonly ok: false; readonly why: string };

const not = (why: string): Undoing => ({ ok: false, why });

/** What it would be, whether it can still be done or not; `null`: there is none. */
export function undoRemedyOf({ remedy, undo }: Pick<HealingAction, 'remedy' | 'undo'>): Remedy | null {
  return remedy.do === 'put_override' ? { do: 'lift_override', overrideId: remedy.override.id } : undo;
}

export function undoingOf(action: HealingAction, house: HouseSnapshot): Undoing {
  const { standing } = action;
  if (standing.state === 'advised') return not('It was only advised: nothing was done');
  if (standing.state === 'acting' && house.now - action.plannedAtMs < CUT_OFF_MS) return not('It is being done now');
  if (standing.state === 'ended') {
    if (standing.undone) return not('It was undone before');
    if (standing.outcome === 'failed' || standing.outcome === 'interrupted') return not('It was never done');
    if (house.now - standing.atMs > UNDO_WITHIN_MS) return not('It ended more than an hour ago');
  }
  const gone = goneOf(action, house);
  return gone === null ? undoingNow(action, house) : not(gone);
}

/** Of an act that is being undone; `reached`: it is so already, or nothing of it is left. */
export function undoingLeft(action: HealingAction, house: HouseSnapshot): Undoing | 'reached' {
  return goneOf(action, house) !== null || isReached(action, house) ? 'reached' : undoingNow(action, house);
}

function isReached({ remedy, undo, plannedAtMs, processorId }: HealingAction, house: HouseSnapshot): boolean {
  const isPut = undo?.do === 'put_override' && isInForce(house, undo.override.id);
  switch (remedy.do) {
    case 'put_override':
      return !isInForce(house, remedy.override.id);
    case 'lift_override':
      return isPut || (undo?.do === 'put_override' && house.now >= plannedAtMs + undo.override.ttlMs);
    case 'close_breaker':
      return isPut || (processorId !== null && breakerOf(house, processorId, remedy.scope).state !== 'CLOSED');
    default:
      return false;
  }
}

function undoingNow(action: HealingAction, house: HouseSnapshot): Undoing {
  const { remedy, undo } = action;
  switch (remedy.do) {
    case 'put_override':
      return isInForce(house, remedy.override.id)
        ? { ok: true, remedy: { do: 'lift_override', overrideId: remedy.override.id } }
        : not('What it put in force has ended');
    case 'lift_override':
      return undo?.do === 'put_override'
        ? puttingBack(action, undo.override, house)
        : not('There is nothing to put back');
    case 'close_breaker':
      return holdingOpen(action, remedy.scope, house);
    case 'end_override':
      return not('Its time was over: who wants it again puts it anew');
    case 'sweep_unknowns':
      return not('Only what was settled was let go, and people were told of the rest');
    case 'replay_letters':
      return not('What is recorded once is not taken back');
    case 'sweep_boards':
      return not('The boards only fetched what they had missed');
    case 'wake_reader':
    case 'rearm':
      return not('It was only woken for what it had to do');
  }
}

const isInForce = ({ configuration, now }: HouseSnapshot, overrideId: string): boolean =>
  configuration.overrides.some(({ id, expiresAtMs }) => id === overrideId && now < expiresAtMs);

function puttingBack(action: HealingAction, override: HealingOverride, house: HouseSnapshot): Undoing {
  const ttlMs = action.plannedAtMs + override.ttlMs - house.now;
  if (ttlMs <= 0) return not('The time of what it lifted is over');
  if (isInForce(house, override.id)) return not('What it lifted is in force again');
  const stops = override.kind === 'drain' || override.kind === 'force_open';
  const alone = stops ? aloneIn(house, override.processorId, override.segment ?? RESIDUAL) : null;
  if (alone !== null) return not(`Nobody else can serve ${alone}`);
  return { ok: true, remedy: { do: 'put_override', override: { ...override, ttlMs } } };
}

function holdingOpen({ processorId, undo }: HealingAction, scope: SegmentKey, house: HouseSnapshot): Undoing {
  if (processorId === null || undo === null) return not('There is nothing to hold open');
  if (breakerOf(house, processorId, scope).state !== 'CLOSED') return not('The breaker is not closed');
  const alone = aloneIn(house, processorId, scope);
  return alone === null ? { ok: true, remedy: undo } : not(`Nobody else can serve ${alone}`);
}

/** A segment that would be left to nobody; `null`: there is none. */
function aloneIn(house: HouseSnapshot, id: ProcessorId, scope: SegmentKey): SegmentKey | null {
  const processor = house.configuration.processors.find((one) => one.id === id);
  if (processor === undefined) return null;
  const segments = segmentsIn(processor, scope).filter((segment) => flows(house, id, segment));
  return segments.find((segment) => othersAble(house, id, segment).length === 0) ?? null;
}
