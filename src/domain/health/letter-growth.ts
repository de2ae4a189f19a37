// Whether a source's dead letters need people: so many came within the last hour, or they fill the room there is for all and the oldest are lost.
import { asProcessorId } from '../identity.ts';
import { RESIDUAL } from '../segment.ts';
import type { AlertSignal } from './alert-book.ts';

/** Plain JSON. */
export interface LetterGrowth {
  /** How many came in a minute, oldest first; the minute as a number since the epoch. */
  readonly arrivals: readonly (readonly [minute: number, count: number])[];
  readonly isOn: boolean;
  /** When one last had to give way; kept while that matters. */
  readonly lostAtMs?: number;
}

/** What is kept of a source after this arrival. */
export interface LetterStore {
  /** Of the room that there is for all sources, 0 to 1. */
  readonly share: number;
  /** That had to give way just now. */
  readonly lostCount: number;
}

export interface GrowthStep {
  readonly state: LetterGrowth;
  /** What just began or ended. */
  readonly signal: 'on' | 'off' | null;
  readonly store: LetterStore;
}

export const NO_GROWTH: LetterGrowth = { arrivals: [], isOn: false };

const MINUTE_MS = 60_000;
const WINDOW_MINUTES = 60;
const ON_ABOVE = 100;
/** Far below the other limit, so that a trickle around it raises one alert. */
const OFF_BELOW = 10;
const FULL_FROM_SHARE = 0.8;
const NOT_FULL_BELOW_SHARE = 0.7;
/** Where letters are lost now and then one alert says so. */
const LOSS_REMEMBERED_MS = 86_400_000;
const UNBOUNDED: LetterStore = { share: 0, lostCount: 0 };

/** `arrivedCount` may be 0: growth that is on ends by time alone, and somebody has to ask. Without a `store` only the growth counts. */
export function growth(
  state: LetterGrowth,
  arrivedCount: number,
  nowMs: number,
  store: LetterStore = UNBOUNDED,
): GrowthStep {
  // A clock that was set back must not make what came before it immortal.
  const minute = Math.floor(nowMs / MINUTE_MS);
  const recent = state.arrivals.filter(([at]) => at > minute - WINDOW_MINUTES && at <= minute);
  const last = recent.at(-1);
  const here = last?.[0] === minute ? last[1] : 0;
  const before = here === 0 ? recent : recent.slice(0, -1);
  const arrivals = here + arrivedCount === 0 ? before : [...before, [minute, here + arrivedCount] as const];
  const count = arrivals.reduce((sum, [, each]) => sum + each, 0);
  const lostAtMs = store.lostCount > 0 ? nowMs : (state.lostAtMs ?? -Infinity);
  const isLosing = nowMs - lostAtMs < LOSS_REMEMBERED_MS;
  const isGrowing = state.isOn ? count >= OFF_BELOW : count > ON_ABOVE;
  const isFull = store.share >= (state.isOn ? NOT_FULL_BELOW_SHARE : FULL_FROM_SHARE);
  const isOn = isGrowing || isFull || isLosing;
  const signal = isOn === state.isOn ? null : isOn ? 'on' : 'off';
  return { state: { arrivals, isOn, ...(isLosing && { lostAtMs }) }, signal, store };
}

export const lettersLastHour = ({ arrivals }: LetterGrowth): number =>
  arrivals.reduce((sum, [, count]) => sum + count, 0);

/** The alert book makes it an alert of this source, whoever's processors it speaks of. */
export function growthSignal(
  sourceId: string,
  { state, signal, store }: GrowthStep,
  nowMs: number,
): AlertSignal | null {
  if (signal === null) return null;
  const letters = lettersLastHour(state);
  return {
    processorId: asProcessorId('*'),
    epoch: 0,
    scope: RESIDUAL,
    kind: 'dead_letters',
    subject: sourceId,
    state: signal,
    atMs: nowMs,
    fromStatus: 'HEALTHY',
    toStatus: 'DEGRADED',
    reason:
      store.share >= FULL_FROM_SHARE || state.lostAtMs !== undefined
        ? `dead letters of ${sourceId} fill the room there is for them: the oldest give way`
        : `${letters} events of ${sourceId} became dead letters within an hour`,
    evidence: {
      letters_last_hour: letters,
      ...(store.share > 0 && { room_used_percent: Math.round(100 * store.share) }),
    },
    moneyAtRisk: null,
  };
}
