// Where another attempt may go: which processors are left out and why, and from when on each of the others may be used.
import { allowsRetry } from './retry-budget.ts';
import { ATTEMPT_AGE_MAX_MS, type Verdict } from './decline-verdict.ts';
import { earliestSlotMs, usesAt, type Ceilings } from './ceilings.ts';
import { fullJitterMs } from './backoff.ts';
import { hopsAllowed, limitsAt, vendorRetriesMax } from './retry-policy.ts';
import type { AdviceInput, CeilingView, ExcludedProcessor, RetryRuleId } from './retry-question.ts';
import type { PaymentHistory } from './payment-history.ts';
import type { ProcessorId } from '../identity.ts';

export type Again = Extract<Verdict, { readonly verdict: 'again' }>;

export interface Candidate {
  readonly processorId: ProcessorId;
  readonly notBeforeMs: number;
  readonly ruleId: RetryRuleId;
  readonly ceiling: CeilingView | null;
}

export interface Candidates {
  /** The soonest first; at the same time as routing ranks them, with the one that failed technically behind the others. */
  readonly allowed: readonly Candidate[];
  readonly excluded: readonly ExcludedProcessor[];
}

/** `heldUntilMs`: an issuer asked for it on any attempt with this credential. `ceilings`: `null` where none holds. */
export function candidateProcessors(
  input: AdviceInput,
  verdict: Again,
  history: PaymentHistory,
  held: { readonly heldUntilMs: number; readonly ceilings: Ceilings | null },
): Candidates {
  const { eligibleProcessors, attempt } = input.question;
  const isFailed = (processorId: ProcessorId): boolean =>
    verdict.how === 'technical' && processorId === attempt.processorId;
  const ranked = [...eligibleProcessors].sort((one, other) => Number(isFailed(one)) - Number(isFailed(other)));
  const allowed: Candidate[] = [];
  const excluded: ExcludedProcessor[] = [];
  for (const processorId of ranked) {
    const ruleId = exclusionOf(input, verdict, history, processorId);
    const found = ruleId ?? slotAt(input, verdict, history, { ...held, processorId });
    if (typeof found === 'string') excluded.push({ processorId, ruleId: found });
    else allowed.push(found);
  }
  return { allowed: allowed.sort((one, other) => one.notBeforeMs - other.notBeforeMs), excluded };
}

/** Why it is left out; `null`: it is not. */
export function exclusionOf(
  { question, budgets, policy }: AdviceInput,
  { how }: Again,
  history: PaymentHistory,
  processorId: ProcessorId,
): RetryRuleId | null {
  const { attempt, auth, credential } = question;
  if (processorId !== attempt.processorId) {
    if (auth !== null && !auth.portable) return 'auth_not_portable';
    if (history.hopsMade >= hopsAllowed(policy)) return 'hops_used_up';
  } else if (attempt.reading?.fault === 'merchant_config') return 'merchant_config_not_mended';
  if (credential.kind === 'processor_token' && credential.processorId !== processorId) return 'token_of_one_processor';
  const retriesMax = vendorRetriesMax(policy, processorId);
  if (retriesMax !== null && history.attemptsAt(processorId) > retriesMax) return 'vendor_retries_used_up';
  const budget = Object.hasOwn(budgets, processorId) ? budgets[processorId] : undefined;
  const isPaid = how !== 'technical' || (budget !== undefined && allowsRetry(budget));
  return isPaid ? null : 'retry_budget_empty';
}

/** The first moment that verdict, issuers and ceilings leave to this processor, or what leaves none while the attempt is worth repeating. */
function slotAt(
  { question, policy, now, draw }: AdviceInput,
  verdict: Again,
  history: PaymentHistory,
  held: { readonly heldUntilMs: number; readonly ceilings: Ceilings | null; readonly processorId: ProcessorId },
): Candidate | RetryRuleId {
  const { processorId, heldUntilMs, ceilings } = held;
  const isSame = processorId === question.attempt.processorId;
  const backoffMs =
    isSame && verdict.how === 'technical' ? fullJitterMs(history.technicalFailures, policy.backoff, draw) : 0;
  const ownMs = verdict.how === 'elsewhere' && !isSame ? now : verdict.notBeforeMs + backoffMs;
  const fromMs = Math.max(ownMs, heldUntilMs);
  const ownRule = heldUntilMs > ownMs ? 'issuer_said_wait' : verdict.ruleId;
  const latestMs = question.attempt.atMs + ATTEMPT_AGE_MAX_MS;
  if (ceilings === null)
    return fromMs > latestMs ? 'attempt_too_old' : { processorId, notBeforeMs: fromMs, ruleId: ownRule, ceiling: null };
  const limits = limitsAt(policy, processorId, now);
  const slot = earliestSlotMs(ceilings, limits, fromMs);
  if (slot === null) return usesAt(ceilings, limits, fromMs).find(({ max }) => max <= 0)!.id;
  if (slot.atMs > latestMs) return slot.heldBy ?? 'attempt_too_old';
  const ceiling = tightestOf(usesAt(ceilings, limits, slot.atMs));
  return { processorId, notBeforeMs: slot.atMs, ruleId: slot.heldBy ?? ownRule, ceiling };
}

/** The one that leaves the least room, before this attempt is counted. */
export function tightestOf(uses: ReturnType<typeof usesAt>): CeilingView | null {
  const views = uses.map(({ id, edition, windowMs, max, used }): CeilingView => {
    return { ruleId: id, edition, windowMs, max, used, left: Math.max(0, max - used) };
  });
  return views.sort((one, other) => one.left - other.left)[0] ?? null;
}
