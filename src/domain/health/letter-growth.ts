// Whether a source's dead letters grow so fast that people should look at it, judged by how many came within the last hour.
import { asProcessorId } from '../identity.ts';
import { RESIDUAL } from '../segment.ts';
import type { AlertSignal } from './alert-book.ts';

/** Plain JSON. */
export interface LetterGrowth {
  /** How many came in a minute, oldest first; the minute as a number since the epoch. */
  readonly arrivals: readonly (readonly [minute: number, count: number])[];
  readonly isOn: boolean;
}

export interface GrowthStep {
  readonly state: LetterGrowth;
  /** What just began or ended. */
  readonly signal: 'on' | 'off' | null;
}

export const NO_GROWTH: LetterGrowth = { arrivals: [], isOn: false };

const MINUTE_MS = 60_000;
const WINDOW_MINUTES = 60;
const ON_ABOVE = 100;
/** Far below the other limit, so that a trickle around it raises one alert. */
const OFF_BELOW = 10;

/** `arrivedCount` may be 0: growth that is on ends by time alone, and somebody has to ask. */
export function growth(state: LetterGrowth, arrivedCount: number, nowMs: number): GrowthStep {
  // A clock that was set back must not make what came before it immortal.
  const minute = Math.floor(nowMs / MINUTE_MS);
  const recent = state.arrivals.filter(([at]) => at > minute - WINDOW_MINUTES && at <= minute);
  const last = recent.at(-1);
  const here = last?.[0] === minute ? last[1] : 0;
  const before = here === 0 ? recent : recent.slice(0, -1);
  const arrivals = here + arrivedCount === 0 ? before : [...before, [minute, here + arrivedCount] as const];
  const count = arrivals.reduce((sum, [, each]) => sum + each, 0);
  const isOn = state.isOn ? count >= OFF_BELOW : count > ON_ABOVE;
  const signal = isOn === state.isOn ? null : isOn ? 'on' : 'off';
  return { state: { arrivals, isOn }, signal };
}

export const lettersLastHour = ({ arrivals }: LetterGrowth): number =>
  arrivals.reduce((sum, [, count]) => sum + count, 0);

/** The alert book makes it an alert of this source, whoever's processors it speaks of. */
export function growthSignal(sourceId: string, { state, signal }: GrowthStep, nowMs: number): AlertSignal | null {
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
    reason: `${letters} events of ${sourceId} became dead letters within an hour`,
    evidence: { letters_last_hour: letters },
    moneyAtRisk: null,
  };
}
