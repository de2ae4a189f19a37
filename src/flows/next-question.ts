// What is asked after an attempt has ended, validated in shape by HTTP; whether it makes sense is found out here.
import { asItCounts } from '../domain/results/unanswered-error.ts';
import { asProcessorId } from '../domain/identity.ts';
import { isKnownCurrency, toMinor } from '../domain/results/money.ts';
import { readTimestamp } from '../domain/results/event-time.ts';
import type { Credential } from '../domain/retries/retry-question.ts';
import type { ItemRefusal } from './record-results.ts';
import type { RegisteredProcessor } from '../domain/processor-config.ts';
import type { RouteRequest } from '../domain/routing/route-request.ts';
import type { ToldAttempt, ToldResult } from '../domain/retries/told-attempt.ts';

/** A processor's own token belongs to the processor of the attempt. */
export type AskedCredential =
  | Exclude<Credential, { readonly kind: 'processor_token' }>
  | { readonly kind: 'processor_token' };

export interface AskedNext {
  readonly processorId: string;
  readonly transactionId: string;
  readonly paymentId: string | null;
  readonly result: ToldResult;
  readonly declineCode: string | null;
  readonly networkDeclineCode: string | null;
  readonly adviceCode: string | null;
  readonly network: string | null;
  /** Whose words the codes are, e.g. `adyen`. */
  readonly family: string | null;
  /** Of the card's issuer, ISO 3166-1 alpha-2. */
  readonly issuerCountry: string | null;
  /** Exactly one of the two; `amount` as the decimal text of major units. */
  readonly amount: string | null;
  readonly amountMinor: number | null;
  readonly currency: string;
  /** RFC 3339 with zone. */
  readonly timestamp: string | null;
  readonly fingerprint: string | null;
  readonly credential: AskedCredential;
  readonly auth: { readonly portable: boolean } | null;
  readonly remedied: { readonly data: boolean; readonly customer: boolean };
  /** The one that ended included. */
  readonly attemptsMade: number;
  readonly hopsMade: number;
  readonly nextTransactionId: string | null;
  /** `null`: none was given, and every call is a question of its own. */
  readonly requestId: string | null;
  /** Insists on another attempt while the outcome is unknown. */
  readonly force: boolean;
  readonly overrideWhy: string | null;
  /** What routing needs to know of the payment. */
  readonly route: RouteRequest;
}

export function attemptTold(
  asked: AskedNext,
  processor: RegisteredProcessor | undefined,
  now: number,
): ToldAttempt | ItemRefusal {
  if (processor === undefined) return { reason: 'unknown_processor', field: 'processor_id' };
  if (!isKnownCurrency(asked.currency)) return { reason: 'unknown_currency', field: 'currency' };
  const amount = amountOf(asked);
  if (typeof amount !== 'number') return amount;
  const time = readTimestamp(asked.timestamp, now);
  if (!time.ok) return { reason: 'bad_timestamp', field: 'timestamp', detail: time.reason };
  const { transactionId, paymentId, result, declineCode, networkDeclineCode, adviceCode, network } = asked;
  const { family, issuerCountry } = asked;
  const spokenBy = { family, networkCode: networkDeclineCode, issuerCountry };
  const codes = { declineCode, networkDeclineCode, adviceCode, network, family, issuerCountry };
  return {
    ...codes,
    processorId: asProcessorId(processor.id),
    transactionId,
    paymentId,
    result: asItCounts(result, { declineCode, network, spokenBy, atMs: now }),
    amountMinor: amount,
    currency: asked.currency,
    // A sender's clock that runs ahead makes no attempt that has yet to happen.
    atMs: Math.min(now, time.eventTimeMs),
  };
}

function amountOf({ amount, amountMinor, currency }: AskedNext): number | ItemRefusal {
  if (amountMinor !== null) return amountMinor;
  const read = toMinor(amount ?? '', currency);
  return read.ok ? read.minor : { reason: 'bad_amount', field: 'amount', detail: read.reason };
}
