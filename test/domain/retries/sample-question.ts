// Attempts, readings and questions for the tests of retry advice: a soft Visa decline at processor_a unless something else is given.
import { adviseNext } from '../../../src/domain/retries/advise-next.ts';
import { asProcessorId } from '../../../src/domain/identity.ts';
import { DEFAULT_RETRY_POLICY, type RetryPolicy } from '../../../src/domain/retries/retry-policy.ts';
import { EMPTY_LEDGER, noteAttempt, type CredentialLedger } from '../../../src/domain/retries/credential-ledger.ts';
import { FRESH_BUDGET } from '../../../src/domain/retries/retry-budget.ts';
import type { AdviceInput, RetryAdvice, RetryQuestion } from '../../../src/domain/retries/retry-question.ts';
import type { DeclineReading, LedgerAttempt } from '../../../src/domain/retries/attempt-reading.ts';
import type { ReserveInput } from '../../../src/domain/retries/reserve-next.ts';

export const NOW = Date.UTC(2026, 10, 21, 12);
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
export const A = asProcessorId('processor_a');
export const B = asProcessorId('processor_b');
export const C = asProcessorId('processor_c');

export function readingOf(given: Partial<DeclineReading> = {}): DeclineReading {
  return {
    class: 'later',
    fault: 'issuer',
    visaCategory: null,
    macCode: null,
    waitMs: null,
    processorAdvice: null,
    ...given,
  };
}

export const SOFT = readingOf({ visaCategory: 2 });
export const TECHNICAL = readingOf({ class: 'technical', fault: 'processor' });

export function attemptOf(given: Partial<LedgerAttempt> = {}): LedgerAttempt {
  const outcome = given.outcome ?? 'declined';
  return {
    id: 'processor_a:txn_1',
    paymentId: 'pay_1',
    processorId: A,
    acceptor: 'main',
    amountMinor: 5_000,
    currency: 'EUR',
    network: 'visa',
    atMs: NOW,
    outcome,
    reading: outcome === 'declined' ? SOFT : null,
    ...given,
  };
}

export function questionOf(attempt: LedgerAttempt, given: Partial<RetryQuestion> = {}): RetryQuestion {
  return {
    attempt,
    attemptsMade: 1,
    hopsMade: 0,
    credential: { kind: 'card' },
    auth: null,
    eligibleProcessors: [A, B, C],
    remedied: { data: false, customer: false },
    override: null,
    ...given,
  };
}

export const BUDGETS = { [A]: FRESH_BUDGET, [B]: FRESH_BUDGET, [C]: FRESH_BUDGET };

export function inputOf(question: RetryQuestion, given: Partial<AdviceInput> = {}): AdviceInput {
  return {
    question,
    ledger: EMPTY_LEDGER,
    budgets: BUDGETS,
    policy: DEFAULT_RETRY_POLICY,
    now: NOW,
    draw: 0,
    ...given,
  };
}

export function reserveInputOf(question: RetryQuestion, given: Partial<ReserveInput> = {}): ReserveInput {
  return { ...inputOf(question), requestId: 'req_1', nextTransactionId: null, fingerprint: null, ...given };
}

export const policyOf = (given: Partial<RetryPolicy>): RetryPolicy => ({ ...DEFAULT_RETRY_POLICY, ...given });

/** Advice on an attempt, with what else the ledger knows. */
export function adviceOn(
  attempt: LedgerAttempt,
  given: { question?: Partial<RetryQuestion>; input?: Partial<AdviceInput>; past?: readonly LedgerAttempt[] } = {},
): RetryAdvice {
  const ledger = ledgerOf(given.past ?? []);
  return adviseNext(inputOf(questionOf(attempt, given.question), { ledger, ...given.input }));
}

export const ledgerOf = (attempts: readonly LedgerAttempt[], now: number = NOW): CredentialLedger =>
  attempts.reduce((ledger, attempt) => noteAttempt(ledger, attempt, now), EMPTY_LEDGER);
