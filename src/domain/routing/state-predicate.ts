// The fixed, typed predicate of a rule over what is known of one candidate.
import { expectedFeeMinor, windowOf, type Candidate } from './candidate.ts';
import type { RankedProcessor } from './route-request.ts';
import type { StatePredicate } from '../configuration/configuration.ts';

/** What is unknown (a latency nobody measured) is neither above nor below a bound. */
export function holdsFor(
  when: StatePredicate,
  candidate: Candidate,
  breaker: RankedProcessor['breaker'],
  asked: { readonly now: number; readonly amountMinor: number | null },
): boolean {
  const { belief } = candidate;
  if (when.processorId !== undefined && when.processorId !== candidate.id) return false;
  if (when.statusIn !== undefined && !when.statusIn.includes(windowOf(candidate, asked.now).status)) return false;
  if (when.breakerIn !== undefined && !when.breakerIn.some((state) => state === breaker)) return false;
  if (when.approvalBelow !== undefined && belief.mean >= when.approvalBelow) return false;
  if (when.approvalAtLeast !== undefined && belief.mean < when.approvalAtLeast) return false;
  if (when.latencyP95MsAbove !== undefined && (candidate.latency?.p95Ms ?? 0) <= when.latencyP95MsAbove) return false;
  if (
    when.costMinorAbove !== undefined &&
    (expectedFeeMinor(candidate, asked.amountMinor, belief.mean) ?? 0) <= when.costMinorAbove
  ) {
    return false;
  }
  return true;
}
