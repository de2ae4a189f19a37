// How many instances the merchant's own gateways should have now: reactive, between two thresholds, slow to let go. Rules: SPEC.md [SCL].
import type { MeasuredTraffic } from './object-load.ts';
import type { ScalingSettings } from './scaling-settings.ts';
import { type ScalingChange, type ScalingState, withChange } from './scaling-state.ts';

/** Evaluations further apart than this say nothing of the time between them. */
export const EVALUATION_GAP_MS = 180_000;
export const HOLD_MAX_MS = 86_400_000;
/** A number older than this is not given out: whoever asks for it has a fallback of their own. */
const FRESH_MS = 300_000;

export const isFresh = ({ evaluatedAtMs }: ScalingState, now: number): boolean => now - evaluatedAtMs <= FRESH_MS;

export type ScalingReason =
  /** Nothing was wanted before. */
  | 'first'
  | 'bounds'
  | 'load_high'
  | 'load_low'
  | 'load_fits'
  /** Another number is wanted, and has to wait: for the end of the cooldown, until the load was low for long enough, or until the load is known as a whole. */
  | 'cooldown'
  | 'low_too_briefly'
  | 'load_unknown'
  /** A person's number stands. */
  | 'held'
  | 'off';

export interface ScalingDecision {
  readonly reason: ScalingReason;
  readonly instances: number;
  /** Of the instances wanted before, 0 and more. */
  readonly utilisation: number;
  /** So few are needed, and so many are enough, by the load alone. */
  readonly instancesLeast: number;
  readonly instancesMost: number;
  readonly change: ScalingChange | null;
  readonly state: ScalingState;
}

/** Throws on a load that is no number: it was counted by ourselves. */
export function decideScaling(
  before: ScalingState | null,
  traffic: MeasuredTraffic,
  settings: ScalingSettings,
  now: number,
): ScalingDecision {
  const { perMinute, isComplete } = traffic;
  if (!(perMinute >= 0 && Number.isFinite(perMinute))) throw new Error(`${perMinute} is no load`);
  const within = (instances: number): number =>
    Math.min(Math.max(instances, settings.instancesMin), settings.instancesMax);
  const enough = (share: number): number => within(Math.ceil(perMinute / (settings.perMinutePerInstance * share)));
  const [least, most] = [enough(settings.upAt), enough(settings.downAt)];
  const known = before ?? { ...FIRST, instances: least };
  const { state, reason, to } =
    before === null
      ? { state: known, reason: 'first' as const, to: least }
      : chosen(before, { least, most, isComplete, bounded: within(before.instances) }, settings, now);
  const cause = reason === 'bounds' ? ('bounds' as const) : ('load' as const);
  const change = { atMs: now, from: known.instances, to, cause, perMinute, why: null };
  return {
    reason,
    instances: to,
    utilisation: perMinute / (settings.perMinutePerInstance * known.instances),
    instancesLeast: least,
    instancesMost: most,
    change: change.to === change.from ? null : change,
    state: withChange({ ...state, evaluatedAtMs: now }, change),
  };
}

const FIRST: Omit<ScalingState, 'instances'> = { format: 1, evaluatedAtMs: 0, changes: [], fewer: null, hold: null };

interface Wanted {
  readonly least: number;
  readonly most: number;
  readonly isComplete: boolean;
  /** What there is, within what there may be. */
  readonly bounded: number;
}

interface Chosen {
  readonly state: ScalingState;
  readonly reason: ScalingReason;
  readonly to: number;
}

function chosen(before: ScalingState, wanted: Wanted, settings: ScalingSettings, now: number): Chosen {
  const { least, most, isComplete, bounded } = wanted;
  const instances = before.instances;
  const state = { ...before, hold: livingHold(before, now), fewer: lowSince(before, wanted, now) };
  // What may not be does not wait for a cooldown, and no person's number stands against it.
  if (bounded !== instances) return { state, reason: 'bounds', to: bounded };
  if (state.hold !== null) return { state, reason: 'held', to: instances };
  if (!settings.isOn) return { state, reason: 'off', to: instances };
  if (least > instances) {
    const mayRise = restedMs(before, now) >= settings.upCooldownMs;
    return mayRise ? { state, reason: 'load_high', to: least } : { state, reason: 'cooldown', to: instances };
  }
  if (!isComplete && most < instances) return { state, reason: 'load_unknown', to: instances };
  if (state.fewer === null) return { state, reason: 'load_fits', to: instances };
  if (restedMs(before, now) < settings.downCooldownMs) return { state, reason: 'cooldown', to: instances };
  if (now - state.fewer.sinceMs < settings.downCooldownMs) return { state, reason: 'low_too_briefly', to: instances };
  return { state, reason: 'load_low', to: state.fewer.instances };
}

/** A last change that lies ahead was made by a clock that has been set back: it would last for as long as that was wrong. */
function restedMs({ changes: [last] }: ScalingState, now: number): number {
  return last === undefined || last.atMs > now ? Infinity : now - last.atMs;
}

function livingHold({ hold }: ScalingState, now: number): ScalingState['hold'] {
  return hold !== null && hold.sinceMs <= now && now < hold.untilMs ? hold : null;
}

function lowSince(before: ScalingState, { most, isComplete }: Wanted, now: number): ScalingState['fewer'] {
  if (!isComplete || most >= before.instances) return null;
  const { fewer, evaluatedAtMs } = before;
  const isUnbroken = fewer !== null && evaluatedAtMs <= now && now - evaluatedAtMs <= EVALUATION_GAP_MS;
  if (!isUnbroken) return { sinceMs: now, instances: most };
  return { sinceMs: fewer.sinceMs, instances: Math.max(fewer.instances, most) };
}

export interface ForcedScale {
  readonly instances: number;
  readonly holdMs: number;
  readonly why: string | null;
}

export type Forced =
  | { readonly ok: true; readonly state: ScalingState; readonly change: ScalingChange | null }
  /** It may not be so many, or so few. */
  | { readonly ok: false; readonly reason: 'out_of_bounds'; readonly min: number; readonly max: number };

/** A person's number: at once, and let alone until the hold is over. */
export function forceScale(
  before: ScalingState | null,
  { instances, holdMs, why }: ForcedScale,
  settings: ScalingSettings,
  now: number,
): Forced {
  const { instancesMin: min, instancesMax: max } = settings;
  if (!(Number.isInteger(instances) && instances >= min && instances <= max))
    return { ok: false, reason: 'out_of_bounds', min, max };
  const known = before ?? { ...FIRST, instances };
  const change = { atMs: now, from: known.instances, to: instances, cause: 'operator' as const, perMinute: null, why };
  const hold = holdMs > 0 ? { sinceMs: now, untilMs: now + holdMs } : null;
  const state = withChange({ ...known, evaluatedAtMs: now, fewer: null, hold }, change);
  return { ok: true, state, change: change.to === change.from ? null : change };
}
