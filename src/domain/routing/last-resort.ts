// Whom a payment is given to when nobody is admitted: the last eligible processor is never removed.
import type { Candidate } from './candidate.ts';
import type { Contest } from './contest.ts';
import type { Exclusion } from './route-request.ts';
import type { SharePlan } from './segment-plan.ts';

/** An operator's word first, then how near the breaker is to letting payments through; of equals the best recent one. */
export function lastResortOf(contest: Contest, plan: SharePlan): Candidate | null {
  let best: Candidate | null = null;
  for (const candidate of plan.order) {
    if (!contest.isEligible(candidate.index)) continue;
    if (best === null || isBetter(contest, plan, candidate, best)) best = candidate;
  }
  return best;
}

function isBetter(contest: Contest, plan: SharePlan, one: Candidate, other: Candidate): boolean {
  const difference = remoteness(contest, one.index) - remoteness(contest, other.index);
  if (difference !== 0) return difference < 0;
  return (plan.beliefs[one.index]?.mean ?? 0) > (plan.beliefs[other.index]?.mean ?? 0);
}

const BY_OPERATOR: ReadonlySet<Exclusion['reason'] | undefined> = new Set(['drained', 'forced_open']);

function remoteness(contest: Contest, index: number): number {
  if (BY_OPERATOR.has(contest.exclusions[index]?.reason)) return 3;
  if (contest.standings[index]?.breaker === 'HALF_OPEN') return 0;
  return contest.probes[index] === null ? 2 : 1;
}
