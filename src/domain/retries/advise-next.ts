// What to do after an attempt of a payment has ended: the verdict on it, the credential's past, the networks' ceilings, and the processors that are left.
// Failover within a checkout and a retry days later go through here alike: both count against the same ceilings.
import { candidateProcessors, tightestOf, type Again, type Candidates } from './candidate-processors.ts';
import { ceilingsFor, usesAt, type Ceilings } from './ceilings.ts';
import { ceilingsOf } from './network-rules.ts';
import { verdictOn } from './decline-verdict.ts';
import { transactionOf, type LedgerAttempt } from './attempt-reading.ts';
import { waitAskedUntilMs } from './issuer-advice.ts';
import { hopsAllowed, limitsAt } from './retry-policy.ts';
import { noteAsked, RESERVATIONS_MAX, type CredentialLedger } from './credential-ledger.ts';
import { paymentHistory, type PaymentHistory } from './payment-history.ts';
import { RULE_TEXTS } from './rule-texts.ts';
import type { AdviceInput, CeilingView, NextAction, RetryAdvice, RetryRuleId } from './retry-question.ts';

/** The attempt counts as noted, whether the ledger has it already or not. */
export function adviseNext(given: AdviceInput): RetryAdvice {
  const { question, policy, now, draw } = given;
  const ledger = given.ledger === null ? null : noteAsked(given.ledger, question.attempt, now);
  const input = { ...given, ledger, question: { ...question, attempt: newestTelling(ledger, question.attempt) } };
  const history = paymentHistory(input.question, ledger);
  const verdict = verdictOn(input.question, policy, now, draw);
  const ceilings = ceilingsHeld(input);
  if (verdict.verdict === 'not_now' && verdict.ruleId === 'duplicate_of_other' && history.isApproved)
    return withoutRetry(input, history, { action: 'stop', ruleId: 'already_approved' }, ceilings);
  if (verdict.verdict === 'not_now') return withoutRetry(input, history, verdict, ceilings);
  const refusal = refusalOf(input, history, verdict);
  if (refusal !== null) return withoutRetry(input, history, refusal, ceilings);
  const heldUntilMs = Math.max(0, ...(ledger?.attempts ?? []).map(waitAskedUntilMs));
  const candidates = candidateProcessors(input, verdict, history, { heldUntilMs, ceilings });
  if (candidates.allowed.length > 0) return retry(input, history, verdict, candidates);
  const rules = new Set(candidates.excluded.map(({ ruleId }) => ruleId));
  const [only] = rules.size === 1 ? rules : [];
  const stopped = withoutRetry(input, history, { action: 'stop', ruleId: only ?? 'no_processor_left' }, ceilings);
  return { ...stopped, processorsExcluded: candidates.excluded };
}

/** What came in meanwhile may know more of the attempt than the caller: a webhook that says approved ends all talk of a retry. */
export function newestTelling(
  ledger: CredentialLedger | null,
  attempt: AdviceInput['question']['attempt'],
): AdviceInput['question']['attempt'] {
  return ledger?.attempts.find(({ id }) => id === attempt.id) ?? attempt;
}

function ceilingsHeld({ question, ledger, policy, now }: AdviceInput): Ceilings | null {
  const { attempt, credential } = question;
  if (ledger === null || credential.kind === 'none' || question.isPaymentAlone) return null;
  return ceilingsFor(ledger, attempt, ceilingsOf(attempt.network), { now, useWithinMs: policy.useWithinMs });
}

export interface Refusal {
  readonly action: Exclude<NextAction, 'retry_now' | 'retry_later'>;
  readonly ruleId: RetryRuleId;
}

/** What stands against any further attempt, wherever it went. */
function refusalOf(input: AdviceInput, history: PaymentHistory, verdict: Again): Refusal | null {
  const { question, ledger } = input;
  const isCard = question.credential.kind !== 'none';
  if (ledger !== null && ledger.forbiddenAtMs !== null) return { action: 'stop', ruleId: 'credential_blocked' };
  const ofPayment = paymentRefusalOf(history, verdict);
  if (ofPayment !== null) return ofPayment;
  if (isCard && (ledger === null || question.isPaymentAlone) && verdict.how !== 'technical')
    return { action: 'stop', ruleId: 'no_credential_ledger' };
  return roomRefusalOf(input, history, verdict);
}

/** What another attempt of the payment says, whatever it was charged to. */
export function paymentRefusalOf(history: PaymentHistory, verdict: Again): Refusal | null {
  const isOverridden = verdict.ruleId === 'unknown_overridden';
  if (history.isApproved) return { action: 'stop', ruleId: 'already_approved' };
  if (history.unknownAttempt !== null && !isOverridden) return { action: 'reconcile', ruleId: 'other_attempt_unknown' };
  return history.isAnswered ? { action: 'stop', ruleId: 'retry_already_given' } : null;
}

export function roomRefusalOf(
  { ledger, policy, now }: AdviceInput,
  history: PaymentHistory,
  verdict: Again,
): Refusal | null {
  const isFull = ledger !== null && (now < ledger.incompleteUntilMs || ledger.reservations.length >= RESERVATIONS_MAX);
  if (isFull) return { action: 'stop', ruleId: 'ledger_incomplete' };
  return verdict.how === 'technical' && history.technicalFailures > policy.technicalRetriesMax
    ? { action: 'stop', ruleId: 'technical_retries_used_up' }
    : null;
}

export function withoutRetry(
  { question, policy, now }: AdviceInput,
  history: PaymentHistory,
  { action, ruleId }: Refusal,
  ceilings: Ceilings | null,
): RetryAdvice {
  const { attempt } = question;
  const asksProcessor = action === 'reconcile' || action === 'void_then_retry';
  const open = attemptToAskOf(attempt, history, ruleId);
  const ceiling =
    ceilings === null ? null : tightestOf(usesAt(ceilings, limitsAt(policy, attempt.processorId, now), now));
  return {
    action,
    processorId: asksProcessor ? open.processorId : null,
    transactionId: asksProcessor ? transactionOf(open.id, open.processorId) : null,
    alternatives: [],
    processorsExcluded: [],
    notBeforeMs: asksProcessor ? Math.max(now, open.atMs + policy.reconcileWaitMs) : null,
    ruleId,
    ceiling,
    hops: { made: history.hopsMade, max: hopsAllowed(policy) },
    drawsOn: null,
    doubleChargeRisk: false,
    explanation: explained(ruleId, ceiling),
  };
}

/** Of which the outcome is to be found out. */
function attemptToAskOf(attempt: LedgerAttempt, history: PaymentHistory, ruleId: RetryRuleId): LedgerAttempt {
  if (ruleId === 'other_attempt_unknown') return history.unknownAttempt ?? attempt;
  return ruleId === 'duplicate_of_other' ? (history.otherSent ?? attempt) : attempt;
}

function retry(
  { question, policy, now }: AdviceInput,
  history: PaymentHistory,
  verdict: Again,
  { allowed, excluded }: Candidates,
): RetryAdvice {
  const { processorId, notBeforeMs, ruleId, ceiling } = allowed[0]!;
  return {
    action: notBeforeMs - now <= policy.checkoutWaitMaxMs ? 'retry_now' : 'retry_later',
    processorId,
    transactionId: null,
    alternatives: allowed.slice(1).map((each) => each.processorId),
    processorsExcluded: excluded,
    notBeforeMs,
    ruleId,
    ceiling,
    hops: {
      made: history.hopsMade + Number(processorId !== question.attempt.processorId),
      max: hopsAllowed(policy),
    },
    drawsOn: verdict.how === 'technical' ? processorId : null,
    doubleChargeRisk: verdict.ruleId === 'unknown_overridden',
    explanation: explained(ruleId, ceiling),
  };
}

function explained(ruleId: RetryRuleId, ceiling: CeilingView | null): string {
  if (ceiling === null) return RULE_TEXTS[ruleId];
  const { used, max, edition } = ceiling;
  const limit = ruleId === ceiling.ruleId ? '' : ` ${RULE_TEXTS[ceiling.ruleId]}`;
  return `${RULE_TEXTS[ruleId]}${limit} ${used} of ${max} are used (edition ${edition}).`;
}
