// How many instances are wanted, since when and why, as it is kept between two evaluations. Deciding is scale-decision.ts.

export interface ScalingChange {
  readonly atMs: number;
  readonly from: number;
  readonly to: number;
  /** `bounds`: the least or the most that there may be was changed. */
  readonly cause: 'load' | 'bounds' | 'operator';
  /** Payments a minute by which it was decided; `null`: by none. */
  readonly perMinute: number | null;
  readonly why: string | null;
}

export interface ScalingState {
  readonly format: 1;
  readonly instances: number;
  readonly evaluatedAtMs: number;
  /** Newest first. */
  readonly changes: readonly ScalingChange[];
  /** Fewer would have been enough ever since, and this many at every time of it; `null`: they would not. */
  readonly fewer: { readonly sinceMs: number; readonly instances: number } | null;
  /** A person's number stands until then, and for how long it was to; `null`: nobody's does. */
  readonly hold: { readonly sinceMs: number; readonly untilMs: number } | null;
}

const CHANGES_MAX = 50;

/** As any version of this code has stored it. Throws on a format of newer code. */
export function readScalingState(stored: ScalingState): ScalingState {
  if (stored.format !== 1) throw new Error(`unknown scaling format ${String((stored as { format: unknown }).format)}`);
  return stored;
}

export function withChange(state: ScalingState, change: ScalingChange): ScalingState {
  if (change.to === change.from) return state;
  const changes = [change, ...state.changes].slice(0, CHANGES_MAX);
  return { ...state, instances: change.to, changes, fewer: null };
}
