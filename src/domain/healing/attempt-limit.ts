// Whether a plan may begin now beside what was tried before: once per occasion, one at a time, not against a person who has just undone it, so often in a window, each later than the last.
import { type HealingPlan, type HealingAction, isOpen, trackOf } from './healing-action.ts';
import type { HealingSettings } from './healing-settings.ts';

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
  const same = before.filter((action) => trackOf(action) === track);
  if (same.some(isOpen)) return false;
  if (plan.occasion !== null && same.some(({ occasion }) => occasion === plan.occasion)) return false;
  // What the clock, set back, leaves ahead of now counts as just tried.
  const tried = same.filter(({ plannedAtMs }) => now - plannedAtMs < windowMs);
  if (tried.length >= attemptsMax) return false;
  if (tried.length === 0 || byDemand) return true;
  if (tried.some(isUndone)) return false;
  const last = Math.max(...tried.map(({ plannedAtMs }) => plannedAtMs));
  return now - last >= backoffMs * 2 ** (tried.length - 1);
}

const isUndone = ({ standing }: HealingAction): boolean => standing.state === 'ended' && standing.outcome === 'undone';
