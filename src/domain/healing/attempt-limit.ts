// Whether a plan may begin now beside what was tried before: once per occasion, one at a time, not against a person who has just undone it, so often in a window, each later than the last, and one a window where a whole window's came to nothing.
import {
  type HealingPlan,
  type HealingAction,
  type HealingOutcome,
  type HealingStanding,
  isOpen,
  trackOf,
} from './healing-action.ts';
import { areOfOneLife } from './processor-life.ts';
import type { HealingSettings } from './healing-settings.ts';
import { isVoid } from './no-attempt.ts';

export interface BeginMoment {
  readonly now: number;
  /** An operator asks: he need not wait out the back-off, and may not pass the bound. */
  readonly byDemand: boolean;
}

/** `before`: of all kinds, at least those of the window and all that are open. */
export function mayBegin(
  plan: HealingPlan,
  before: readonly HealingAction[],
  { attemptsMax, windowMs, backoffMs }: Pick<HealingSettings, 'attemptsMax' | 'windowMs' | 'backoffMs'>,
  { now, byDemand }: BeginMoment,
): boolean {
  const track = trackOf(plan);
  const same = before.filter((action) => trackOf(action) === track && areOfOneLife(plan, action) && !isVoid(action));
  if (same.some(isOpen)) return false;
  if (plan.occasion !== null && same.some(({ occasion }) => occasion === plan.occasion)) return false;
  // What the clock, set back, leaves ahead of now counts as just tried.
  const tried = same.filter(({ plannedAtMs }) => now - plannedAtMs < windowMs);
  if (tried.length >= attemptsMax) return false;
  if (byDemand) return true;
  if (same.some(({ standing }) => isUndone(standing) && now - standing.atMs < windowMs)) return false;
  if (tried.length === 0) return true;
  const last = Math.max(...tried.map(({ plannedAtMs }) => plannedAtMs));
  const waitMs = isHopeless(same, attemptsMax) ? windowMs : backoffMs * 2 ** (tried.length - 1);
  return now - last >= waitMs;
}

/** The newest ones, as many as a window allows, have all come to nothing. */
function isHopeless(same: readonly HealingAction[], attemptsMax: number): boolean {
  const newest = same.toSorted((left, right) => right.plannedAtMs - left.plannedAtMs).slice(0, attemptsMax);
  return newest.length === attemptsMax && newest.every(hasFailed);
}

const IN_VAIN: readonly HealingOutcome[] = ['not_recovered', 'made_worse', 'failed'];

const hasFailed = ({ standing }: HealingAction): boolean =>
  standing.state === 'ended' && IN_VAIN.includes(standing.outcome);

type Ended = Extract<HealingStanding, { readonly state: 'ended' }>;

const isUndone = (standing: HealingStanding): standing is Ended =>
  standing.state === 'ended' && standing.outcome === 'undone';
