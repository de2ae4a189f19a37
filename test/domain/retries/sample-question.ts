// Attempts, readings and questions for the tests of retry advice: a soft Visa decline at processor_a unless something else is given.
import { adviseNext } from '../../../src/domain/retries/advise-next.ts';
import { asProcessorId } from '../../../src/domain/identity.ts';
import { DEFAULT_RETRY_POLICY, type RetryPolicy } from '../../../src/domain/retries/retry-policy.ts';
import { EMPTY_LEDGER, noteAttempt, type CredentialLedger } from '../../../src/domain/retries/credential-ledger.ts';
import { FRESH_BUDGET } from '../../../src/domain/retries/retry-budget.ts';
import type { AdviceInput, RetryAdvice, RetryQuestion } from '../../../src/domain/retries/retry-question.ts';
import type { DeclineReading, LedgerAttempt } from '../../../src/domain/retries/attempt-reading.ts';
import type { ReserveInput } from '../../../src/domain/retries/reserve-next.ts';
import type { ReserveRequest } from '../../../src/ports/credential-port.ts';

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

/**
 * The `index`th of several callers whose payments are charged to one card. Where ceilings are counted `atMs` is one moment for all: where the first
 * reattempt leaves the window, in 30 days, is in reach of an attempt that was a millisecond later.
 */
export function reserveRequestOf(index: number, atMs: number): ReserveRequest {
  const reading = readingOf({ visaCategory: 4 });
  return {
    question: questionOf(attemptOf({ id: `a:${index}`, paymentId: `pay_${index}`, atMs, reading })),
    budgets: BUDGETS,
    policy: policyOf({ ceilings: { visa_reattempts_30d: 12 }, laterWaitMs: 0, laterSpreadMs: 0 }),
    draw: 0,
    requestId: `req_${index}`,
    nextTransactionId: null,
    fingerprint: null,
  };
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
