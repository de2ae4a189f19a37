// The second look before a promise: what the payment itself has been through, whichever cards it was charged to. Ceilings and waits are the credential's; a payment is
// paid once. Rules: SPEC.md [RTY].
import { type Again, exclusionOf } from './candidate-processors.ts';
import { newestTelling, paymentRefusalOf, type Refusal, roomRefusalOf, withoutRetry } from './advise-next.ts';
import {
  type CredentialLedger,
  noteAsked,
  releaseReservation,
  type Reservation,
  withReservation,
} from './credential-ledger.ts';
import { paymentHistory, type PaymentHistory } from './payment-history.ts';
import { verdictOn } from './decline-verdict.ts';
import type { AdviceInput, RetryAdvice } from './retry-question.ts';

export interface GuardInput extends Omit<AdviceInput, 'ledger' | 'budgets'> {
  /** Of the payment. */
  readonly ledger: CredentialLedger;
  /** As the credential's ledger holds it. */
  readonly promise: Reservation;
  readonly fingerprint: string;
}

export interface Guarded {
  readonly ledger: CredentialLedger;
  /** What to do instead; `null`: the promise stands, and the payment's ledger holds it, too. */
  readonly refusal: RetryAdvice | null;
}

/** Asked again about a promise that is held already it looks anew: something may have come in. */
export function guardPayment({ promise, fingerprint, ...asked }: GuardInput): Guarded {
  const { policy, now, draw } = asked;
  const noted = noteAsked(asked.ledger, asked.question.attempt, now);
  const held = noted.reservations.find(({ id }) => id === promise.id);
  const ledger = releaseReservation(noted, promise.id);
  const attempt = newestTelling(ledger, asked.question.attempt);
  // What the card itself forbids has been judged where the card is known.
  const question = { ...asked.question, attempt, credential: { kind: 'none' } as const, auth: null };
  const input = { question, ledger, budgets: {}, policy, now, draw };
  const history = paymentHistory(question, ledger);
  const verdict = verdictOn(question, policy, now, draw);
  const refusal = verdict.verdict === 'not_now' ? verdict : refusalOf(input, history, verdict, promise);
  if (refusal === null) return { ledger: withReservation(ledger, { ...promise, fingerprint }), refusal: null };
  // Its attempt may be under way, whatever is said now.
  const kept = held?.isDue === true ? withReservation(ledger, held) : ledger;
  return { ledger: kept, refusal: withoutRetry(input, history, refusal, null) };
}

function refusalOf(input: AdviceInput, history: PaymentHistory, verdict: Again, promise: Reservation): Refusal | null {
  const ofPayment = paymentRefusalOf(history, verdict) ?? roomRefusalOf(input, history, verdict);
  if (ofPayment !== null) return ofPayment;
  // Its budget is drawn on once both ledgers hold the promise.
  const excluded = exclusionOf(input, { ...verdict, how: 'after_wait' }, history, promise.processorId);
  return excluded === null ? null : { action: 'stop', ruleId: excluded };
}
