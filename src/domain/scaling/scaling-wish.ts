// What is asked of the number of instances, and what comes of it: to go by the load that was measured, or to be what a person says.
import type { MeasuredTraffic } from './object-load.ts';
import { decideScaling, type Forced, type ForcedScale, forceScale } from './scale-decision.ts';
import type { ScalingChange, ScalingState } from './scaling-state.ts';
import type { ScalingSettings } from './scaling-settings.ts';

export type ScalingWish =
  | { readonly kind: 'measured'; readonly traffic: MeasuredTraffic; readonly settings: ScalingSettings }
  | { readonly kind: 'forced'; readonly forced: ForcedScale; readonly settings: ScalingSettings };

export type ScalingReply =
  | { readonly ok: true; readonly state: ScalingState; readonly change: ScalingChange | null }
  | Extract<Forced, { readonly ok: false }>;

export function grantWish(wish: ScalingWish, before: ScalingState | null, now: number): ScalingReply {
  if (wish.kind === 'forced') return forceScale(before, wish.forced, wish.settings, now);
  const { state, change } = decideScaling(before, wish.traffic, wish.settings, now);
  return { ok: true, state, change };
}

/** For the audit log: what was made of it. */
export function scalingExcerpt(
  before: ScalingState | null,
  { instances, hold }: ScalingState,
  wish: ScalingWish,
): { readonly action: string; readonly subject: string; readonly before: string | null; readonly after: string } {
  const why = wish.kind === 'forced' ? wish.forced.why : null;
  const after = JSON.stringify({ instances, held_until_ms: hold?.untilMs ?? null, why });
  const former = before === null ? null : JSON.stringify({ instances: before.instances });
  return { action: 'scale', subject: 'gateways', before: former, after };
}
