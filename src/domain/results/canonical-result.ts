// One result of one attempt in our own words, whatever source it came from.
import type { ProcessorId, SegmentKey, TransactionId } from '../identity.ts';

/** What a caller may report. `timeout` means unknown, never failed. */
export const API_RESULTS = ['approved', 'declined', 'error', 'timeout'] as const;
export type ApiResult = (typeof API_RESULTS)[number];
/** What connectors may report beside it, after the final. */
export type ResultKind = ApiResult | 'refunded' | 'disputed';

/** A stage is entered once per attempt; the dedupe key is (processor, transaction, stage). Precedence: SPEC.md [LED]. */
export type Stage = 'unknown' | 'final' | 'refunded' | 'disputed';

/** Who is to blame: only `processor` and `merchant_config` reach a breaker (payment-rules: issuer declines never). */
export type Fault = 'none' | 'processor' | 'network' | 'issuer' | 'user' | 'merchant_config';

/** The decision this result belongs to, read from a verified token. */
export interface JoinedDecision {
  /** 16 hex characters; one learning join per nonce. */
  readonly nonce: string;
  readonly decidedAtMs: number;
  readonly propensity: number;
  /** 0 none, 1 the first arm of its experiment, 2 the second. */
  readonly arm: number;
  /** The run of that experiment (experiment-run.ts); left out: none, or it was over when the result came. */
  readonly run?: string;
  /** The result is of another processor than the one decided. */
  readonly offRecommendation: boolean;
  /** The decision held a half-open permit. */
  readonly permit: boolean;
}

export interface CanonicalResult {
  readonly processorId: ProcessorId;
  readonly transactionId: TransactionId;
  readonly result: ResultKind;
  readonly fault: Fault;
  readonly segment: SegmentKey;
  readonly declineCode: string | null;
  readonly amountMinor: number;
  readonly currency: string;
  /** When it happened (ms since the epoch); at most 5 min ahead of arrival. */
  readonly eventTimeMs: number;
  /** False when the source gave no time of its own and `eventTimeMs` is the arrival. */
  readonly hasOwnEventTime: boolean;
  readonly latencyMs: number | null;
  readonly feeMinor: number | null;
  /** 1 for the first attempt of a payment, more for retries. */
  readonly attempt: number;
  readonly decision: JoinedDecision | null;
  /** Several events of the sender tell one attempt in different words: a repeat is known by its result alone. */
  readonly comparedBy?: 'result';
  /** False: the source tells successes only, so that an approval says nothing of how often there is one; or a decline that would be the same on every route. */
  readonly teachesApproval?: false;
  /** Nothing that is signed dates the delivery it came in: a captured one can be sent again after the ledger forgot it. No part of what is compared. */
  readonly isReplayable?: true;
}

/** True where the attempt says the processor (or our configuration with it) is broken: the only thing a breaker counts. */
export function isTechnicalFailure(result: Pick<CanonicalResult, 'result' | 'fault'>): boolean {
  if (result.result === 'error' || result.result === 'timeout')
    return result.fault !== 'issuer' && result.fault !== 'user';
  return result.result === 'declined' && (result.fault === 'processor' || result.fault === 'merchant_config');
}

export type RecordOutcome =
  | { readonly outcome: 'recorded' }
  /** The same (processor, transaction, stage) with the same body, or a timeout after its final. */
  | { readonly outcome: 'duplicate' }
  | { readonly outcome: 'refused'; readonly reason: 'conflicting_body' };
