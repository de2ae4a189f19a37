// Turns what callers report into canonical results, hands them to their processors' objects, and says what became of each.
import type { ApiResult } from '../domain/results/canonical-result.ts';
import type { StatusRow } from '../domain/health/status-row.ts';
import type { World } from '../ports/world.ts';

/** One item as validated in shape by HTTP; meaning (known processor, method, currency, time) is checked here. */
export interface IncomingResult {
  readonly processorId: string;
  readonly result: ApiResult;
  readonly paymentMethod: string;
  readonly country: string;
  /** Exactly one of the two; `amount` as the decimal text of major units. */
  readonly amount: string | null;
  readonly amountMinor: number | null;
  readonly currency: string;
  /** `null`: derived from the idempotency key and the item's index, else random. */
  readonly transactionId: string | null;
  readonly decisionId: string | null;
  readonly declineCode: string | null;
  readonly latencyMs: number | null;
  /** Fee in major units as decimal text. */
  readonly fee: string | null;
  /** RFC 3339 with zone. */
  readonly timestamp: string | null;
  readonly attempt: number;
}

export type ItemRefusal =
  | { readonly reason: 'unknown_processor'; readonly field: 'processor_id' }
  | { readonly reason: 'unknown_payment_method'; readonly field: 'payment_method' }
  | { readonly reason: 'unknown_country'; readonly field: 'country' }
  | { readonly reason: 'unknown_currency'; readonly field: 'currency' }
  | { readonly reason: 'bad_amount'; readonly field: 'amount' | 'amount_minor' | 'fee'; readonly detail: string }
  | { readonly reason: 'bad_timestamp'; readonly field: 'timestamp'; readonly detail: string }
  | { readonly reason: 'conflicting_body'; readonly field: 'transaction_id' };

export type ItemAnswer =
  | {
      readonly outcome: 'recorded' | 'duplicate';
      readonly transactionId: string;
      readonly row: StatusRow;
      readonly warnings: readonly ('decision_id_invalid' | 'decision_id_expired' | 'off_recommendation' | 'card_number_hashed' | 'older_than_horizon')[];
    }
  | { readonly outcome: 'refused'; readonly refusal: ItemRefusal }
  /** A good item that could not be kept: try again, nothing was counted. */
  | { readonly outcome: 'not_recorded'; readonly reason: 'overloaded' | 'unreachable' };

/** Answers in the order of the items; `null` on a cold isolate that knows no configuration: 503. */
export type RecordResults = (world: World, items: readonly IncomingResult[], idempotencyKey: string | null) => Promise<readonly ItemAnswer[] | null>;
