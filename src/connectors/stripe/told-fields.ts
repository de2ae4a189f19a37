// What Stripe's objects have in common: failure, advice, metadata, amount, card, method and country.
import type { AttemptEvent } from '../../domain/results/attempt-event.ts';
import type { SegmentMapping } from '../../ports/webhook-adapter.ts';
import { decisionTokenIn, methodOf, moneyOf, type Money } from '../told-event.ts';

/** An event's envelope, read; `told` and `headline` are what it says of whatever its object is. */
export interface StripeEvent {
  readonly type: string;
  readonly object: unknown;
  readonly headline: { readonly eventType: string };
  readonly told: { readonly eventId: string; readonly eventTimeMs: number };
  readonly segments: SegmentMapping;
}

/** Types of a charge's outcome and of an intent's error under which no issuer was asked in earnest: the call was wrong, or Stripe itself broke. */
const TECHNICAL_TYPES = ['invalid', 'api_error', 'invalid_request_error', 'idempotency_error'];
const TECHNICAL_CODES = ['processing_error'];

export function kindOfFailure(type: string | null, codes: readonly (string | null)[]): 'declined' | 'error' {
  const technical =
    (type !== null && TECHNICAL_TYPES.includes(type)) || codes.some((code) => TECHNICAL_CODES.includes(code ?? ''));
  return technical ? 'error' : 'declined';
}

interface Advice {
  readonly network_advice_code: string | null;
  readonly advice_code: string | null;
}

/** The network's own advice is the finer one; Stripe's is made from it. */
export function advice(advices: Advice | null): string | null {
  return advices?.network_advice_code ?? advices?.advice_code ?? null;
}

interface JoinMetadata {
  readonly signalbox_decision: string | null;
  readonly signalbox_transaction: string | null;
}

export function joinOf(metadata: JoinMetadata | null): Pick<AttemptEvent, 'decisionToken' | 'transactionId'> {
  return {
    decisionToken: decisionTokenIn(metadata?.signalbox_decision),
    transactionId: metadata?.signalbox_transaction ?? null,
  };
}

/** Stripe writes ISK and UGX with two decimals, which must be zeros, and MGA with none (docs.stripe.com/currencies, read 2026-11). */
const DIGITS = { ISK: 2, UGX: 2, MGA: 0 };

export function moneyIn(amount: number | null, currency: string | null): Money {
  return moneyOf(amount, currency, DIGITS);
}

/** Stripe's types that have another name here; the others go by their own, in upper case. */
const METHODS = {
  card_present: 'CARD',
  interac_present: 'CARD',
  kr_card: 'CARD',
  customer_balance: 'BANK_TRANSFER',
  us_bank_account: 'BANK_DEBIT',
  ach_debit: 'BANK_DEBIT',
  sepa_debit: 'BANK_DEBIT',
  bacs_debit: 'BANK_DEBIT',
};
/** Methods of one country only. */
const COUNTRIES: ReadonlyMap<string, string> = new Map([
  ['pix', 'BR'],
  ['boleto', 'BR'],
  ['oxxo', 'MX'],
  ['konbini', 'JP'],
  ['blik', 'PL'],
]);

interface Payer {
  readonly card: {
    readonly brand: string | null;
    readonly network: string | null;
    readonly country: string | null;
    readonly fingerprint: string | null;
  } | null;
  readonly billing: { readonly address: { readonly country: string | null } | null } | null;
}

export function segmentIn(
  segments: SegmentMapping,
  type: string | null,
  { card, billing }: Payer,
): Pick<AttemptEvent, 'paymentMethod' | 'country' | 'network' | 'credentialFingerprint' | 'issuerCountry'> {
  return {
    paymentMethod: methodOf(type, segments, METHODS),
    country: COUNTRIES.get(type ?? '') ?? billing?.address?.country ?? card?.country ?? segments.countryDefault,
    network: (card?.network ?? card?.brand)?.toLowerCase() ?? null,
    credentialFingerprint: card?.fingerprint ?? null,
    issuerCountry: card?.country ?? null,
  };
}
