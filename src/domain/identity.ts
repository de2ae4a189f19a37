// Branded identifiers: a processor id cannot be passed where a transaction id is meant.

declare const brand: unique symbol;
export type Branded<Base, Name extends string> = Base & { readonly [brand]: Name };

/** `[a-z0-9_-]{1,64}`, chosen by the merchant, e.g. `processor_a`. */
export type ProcessorId = Branded<string, 'ProcessorId'>;
/** The merchant's or the processor's id of one attempt, 1-128 characters. */
export type TransactionId = Branded<string, 'TransactionId'>;
/** `METHOD|COUNTRY`, both upper case, e.g. `PIX|BR`; see segment.ts. */
export type SegmentKey = Branded<string, 'SegmentKey'>;
/** `dec_` and 60 base64url characters: the signed token of routing/decision-token.ts. */
export type DecisionId = Branded<string, 'DecisionId'>;

export const asProcessorId = (text: string): ProcessorId => text as ProcessorId;
export const asTransactionId = (text: string): TransactionId => text as TransactionId;
