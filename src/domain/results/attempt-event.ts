// What a connector understood of one attempt, before it is known which of our processors and segments it belongs to.

/**
 * `authorised`: the money is or will be ours. `declined`: somebody said no. `error`: it failed technically and nothing was charged for
 * certain. `unknown`: sent, and nobody can say. `pending`: waiting for the customer or the bank, says nothing yet. `abandoned`: never paid, by
 * the customer's doing. `refunded`, `disputed`, `voided`: after a final.
 */
export const ATTEMPT_EVENT_KINDS = [
  'authorised',
  'declined',
  'error',
  'unknown',
  'pending',
  'abandoned',
  'refunded',
  'disputed',
  'voided',
] as const;
export type AttemptEventKind = (typeof ATTEMPT_EVENT_KINDS)[number];

export interface AttemptEvent {
  /** The vendor's id of this event; `null`: it has none. */
  readonly eventId: string | null;
  readonly eventType: string;
  readonly kind: AttemptEventKind;
  /** One text for one attempt over all its event types; our transaction id where no `transactionId` is told. */
  readonly attemptKey: string;
  /** The merchant's own id of the attempt, from the vendor's reference or metadata. */
  readonly transactionId: string | null;
  /** Our decision token, from the vendor's reference or metadata. */
  readonly decisionToken: string | null;
  /** Whom the vendor says it went to, where a source reports for several processors; `null`: the source's own. */
  readonly connectorName: string | null;
  /** False: a field that the signature does not cover decided this; it may be told, and moves no money state. */
  readonly moneyStateSigned: boolean;
  /** Ours, upper case; `null`: not told. */
  readonly paymentMethod: string | null;
  /** ISO 3166-1 alpha-2, upper case. */
  readonly country: string | null;
  readonly amountMinor: number | null;
  readonly currency: string | null;
  readonly declineCode: string | null;
  /** Merchant advice or network advice code as it came, e.g. Mastercard MAC `03`. */
  readonly adviceCode: string | null;
  /** Card network, lower case. */
  readonly network: string | null;
  /** When it happened at the vendor; `null`: not told. */
  readonly eventTimeMs: number | null;
  readonly latencyMs: number | null;
  readonly feeMinor: number | null;
  readonly credentialFingerprint: string | null;
  /** What the card network answered, where the vendor tells it beside a word of its own in `declineCode`, e.g. `51`. */
  readonly networkDeclineCode?: string | null;
  /** Of the card's issuer, ISO 3166-1 alpha-2, upper case; `null`: not told. */
  readonly issuerCountry?: string | null;
}
