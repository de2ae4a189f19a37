// What is known of one attempt when advice is asked or a result comes in: whose it is, how it ended, and how its decline reads.
import type { DeclineClass, VisaCategory } from '../results/declines/decline-record.ts';
import type { Fault } from '../results/canonical-result.ts';
import type { ProcessorId } from '../identity.ts';

/** A decline in one language; made from code, network and processor elsewhere. */
export interface DeclineReading {
  readonly class: DeclineClass;
  readonly fault: Fault;
  /** Category of Visa's response code (Visa Core Rules, Table 7-2); `null`: not a Visa decline. */
  readonly visaCategory: VisaCategory | null;
  /** Mastercard's merchant advice code, two digits. */
  readonly macCode: string | null;
  /** Not to be tried again sooner, by whoever said so; a merchant advice code that waits needs none beside it. */
  readonly waitMs: number | null;
  /** What the processor itself advises (Stripe's `advice_code`). */
  readonly processorAdvice: 'do_not_try_again' | 'try_again_later' | 'confirm_card_data' | null;
  /** The charge had been asked for before: what became of it stands with another attempt. Left out: nobody says so. */
  readonly isDuplicate?: true;
}

/**
 * `failed`: a technical failure with nothing charged for certain. `not_sent`: it never left the processor. `unknown`: sent, and nobody can say.
 * `voided`: cancelled, and the cancel is confirmed. `refunded`: approved, and all of it given back.
 */
export const ATTEMPT_OUTCOMES = [
  'not_sent',
  'unknown',
  'failed',
  'declined',
  'approved',
  'voided',
  'refunded',
] as const;
export type AttemptOutcome = (typeof ATTEMPT_OUTCOMES)[number];

/** One attempt as the ledger keeps it, from an answer, a result or a webhook. */
export interface LedgerAttempt {
  /** `attemptId(...)`; counts once, however often it is told. */
  readonly id: string;
  /** The merchant's id of the payment that it belongs to; `null`: not told. */
  readonly paymentId: string | null;
  readonly processorId: ProcessorId;
  /** The card acceptor as the networks know the merchant, the same at every processor; `main` where there is one. */
  readonly acceptor: string;
  readonly amountMinor: number;
  readonly currency: string;
  /** Card network, lower case. */
  readonly network: string | null;
  /** When it happened, not when it was told. */
  readonly atMs: number;
  readonly outcome: AttemptOutcome;
  /** `null`: approved, or nothing was said. */
  readonly reading: DeclineReading | null;
}

/** Nobody can say what became of it: no answer came, or its words leave that open. */
export function isOpen({ outcome, reading }: Pick<LedgerAttempt, 'outcome' | 'reading'>): boolean {
  return outcome === 'unknown' || (reading?.class === 'unknown' && (outcome === 'declined' || outcome === 'failed'));
}

/** A code that names the card or its holder goes before the word `error` that it came with. */
export function isTechnicalFailure({ outcome, reading }: Pick<LedgerAttempt, 'outcome' | 'reading'>): boolean {
  return reading === null ? outcome === 'failed' : reading.class === 'technical';
}

/** As it stands in a ledger. */
export interface KeptAttempt extends LedgerAttempt {
  /** A reattempt of a decline that is no longer kept. */
  readonly followsForgotten: boolean;
  /** The attempt of its payment that it was promised to follow: told by our own clock, whatever the senders' say. `null`: it took no promise. */
  readonly promisedAfter: string | null;
}

/** Transaction ids are only their processor's own. */
export const attemptId = (processorId: ProcessorId, transactionId: string): string => `${processorId}:${transactionId}`;

/** The merchant's id of an attempt, out of that. */
export const transactionOf = (id: string, processorId: ProcessorId): string => id.slice(processorId.length + 1);
