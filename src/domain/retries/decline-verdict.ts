// What one ended attempt asks for by itself: an end, somebody's deed first, or another attempt, and from when on. Ceilings and processors come after.
import { adviceOf, DAY_MS } from './network-rules.ts';
import { forbidsCredential, waitAskedUntilMs } from './issuer-advice.ts';
import type { AuditedOverride, NextAction, RetryQuestion, RetryRuleId } from './retry-question.ts';
import { hasReliableCancel, type RetryPolicy } from './retry-policy.ts';
import { isOpen, isTechnicalFailure, type DeclineReading, type LedgerAttempt } from './attempt-reading.ts';

export type Verdict =
  | {
      readonly verdict: 'not_now';
      readonly action: Exclude<NextAction, 'retry_now' | 'retry_later'>;
      readonly ruleId: RetryRuleId;
    }
  /** `technical`: draws on the budget, and another processor goes before the one that failed. `elsewhere`: only another one, at once; else after the wait. */
  | {
      readonly verdict: 'again';
      readonly how: 'technical' | 'elsewhere' | 'after_wait';
      readonly ruleId: RetryRuleId;
      readonly notBeforeMs: number;
    };

/** Older ones belong to a payment that nobody waits for, and to a past that the ledger is about to forget. */
export const ATTEMPT_AGE_MAX_MS = 30 * DAY_MS;

export function verdictOn(question: RetryQuestion, policy: RetryPolicy, now: number, draw: number): Verdict {
  const verdict = verdictOnAttempt(question, policy, now, draw);
  return verdict.verdict === 'again' && isCryptogramUsed(question) ? onUsedCryptogram(question) : verdict;
}

function verdictOnAttempt(question: RetryQuestion, policy: RetryPolicy, now: number, draw: number): Verdict {
  const { attempt, override } = question;
  const { outcome, reading } = attempt;
  if (outcome === 'approved' || outcome === 'refunded') return notNow('stop', 'already_approved');
  if (isOpen(attempt)) return onUnknown(attempt, override, policy, now);
  const ends = endOf(attempt);
  if (ends !== null) return ends;
  if (now - attempt.atMs > ATTEMPT_AGE_MAX_MS) return notNow('stop', 'attempt_too_old');
  if (outcome === 'not_sent') return again('technical', 'not_sent', now);
  if (outcome === 'voided') return again('technical', 'voided', now);
  if (isTechnicalFailure(attempt)) return again('technical', 'technical_failure', now);
  if (reading === null) return notNow('stop', 'no_advice');
  return onDecline(question, reading, policy, { now, draw });
}

function endOf(attempt: LedgerAttempt): Verdict | null {
  const { reading } = attempt;
  if (reading === null) return null;
  if (forbidsCredential(attempt) || reading.class === 'never') return notNow('stop', 'issuer_said_never');
  return reading.processorAdvice === 'do_not_try_again' ? notNow('stop', 'processor_said_never') : null;
}

/** Nothing is sent anywhere while a first attempt may still be approved. */
function onUnknown(
  attempt: LedgerAttempt,
  override: AuditedOverride | null,
  policy: RetryPolicy,
  now: number,
): Verdict {
  const isAudited =
    override !== null && [override.by, override.reason, override.auditId].every((text) => text.trim() !== '');
  if (isAudited) return again('technical', 'unknown_overridden', now);
  // A cancel of this one leaves the other, which is the one that may be paid.
  if (attempt.reading?.isDuplicate) return notNow('reconcile', 'duplicate_of_other');
  return notNow(hasReliableCancel(policy, attempt.processorId) ? 'void_then_retry' : 'reconcile', 'outcome_unknown');
}

function onDecline(
  { attempt, remedied }: RetryQuestion,
  reading: DeclineReading,
  policy: RetryPolicy,
  { now, draw }: { readonly now: number; readonly draw: number },
): Verdict {
  const advice = adviceOf(reading.macCode);
  if (advice?.asks === 'tells' && advice.of !== 'multi_use') return notNow('customer_action', 'card_will_not_do');
  const asksData =
    advice?.asks === 'new_data' || reading.visaCategory === 3 || reading.processorAdvice === 'confirm_card_data';
  if (asksData || reading.class === 'fix_data')
    return remedied.data ? again('after_wait', 'remedied', now) : notNow('fix_data', 'correct_data_first');
  if (reading.class === 'customer_action')
    return remedied.customer || remedied.data
      ? again('after_wait', 'remedied', now)
      : notNow('customer_action', 'customer_first');
  if (!isAdvised(reading) && !policy.retriesWithoutAdvice) return notNow('stop', 'no_advice');
  const spreadMs = Math.floor(draw * policy.laterSpreadMs);
  const askedMs = waitAskedUntilMs(attempt);
  if (askedMs > 0) return again('after_wait', 'issuer_said_wait', Math.max(now, askedMs + spreadMs));
  const laterMs = Math.max(now, attempt.atMs + policy.laterWaitMs + spreadMs);
  return reading.visaCategory === 4
    ? again('elsewhere', 'generic_decline', laterMs)
    : again('after_wait', 'soft_decline', laterMs);
}

/** CyberSource docs, merchantAdviceCode (read 2026-11): without one the default is not to retry. Visa's advice is the category of its code. */
function isAdvised(reading: DeclineReading): boolean {
  const advice = adviceOf(reading.macCode);
  const isSaid = advice !== null && advice.asks !== 'tells';
  const isAskedToWait = reading.waitMs !== null;
  return isSaid || isAskedToWait || reading.visaCategory !== null || reading.processorAdvice === 'try_again_later';
}

const isCryptogramUsed = ({ credential }: RetryQuestion): boolean =>
  'cryptogram' in credential && credential.cryptogram === 'used';

function onUsedCryptogram({ credential }: RetryQuestion): Verdict {
  return notNow(credential.kind === 'device_token' ? 'customer_action' : 'fix_data', 'cryptogram_used');
}

const notNow = (action: Exclude<NextAction, 'retry_now' | 'retry_later'>, ruleId: RetryRuleId): Verdict => ({
  verdict: 'not_now',
  action,
  ruleId,
});

const again = (how: 'technical' | 'elsewhere' | 'after_wait', ruleId: RetryRuleId, notBeforeMs: number): Verdict => ({
  verdict: 'again',
  how,
  ruleId,
  notBeforeMs,
});
