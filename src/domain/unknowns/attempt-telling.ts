// What is told of an attempt beside its result: whose payment it is of, which ledger remembers it, and the words of its decline.
import { holdsCardNumberInId } from '../results/card-number-in-id.ts';

export interface AttemptTelling {
  /** As `ledgerKeyOf` makes it; `null`: nobody told. */
  readonly ledgerKey: string | null;
  readonly paymentId: string | null;
  /** Another id under which the vendor speaks of it. */
  readonly alias: string | null;
  readonly network: string | null;
  readonly networkDeclineCode: string | null;
  readonly adviceCode: string | null;
  readonly family: string | null;
  /** False: neither the words of its decline nor its time are covered by the sender's signature; the ledgers are told the outcome alone. */
  readonly detailsSigned?: false;
}

export const NOTHING_TOLD: AttemptTelling = {
  ledgerKey: null,
  paymentId: null,
  alias: null,
  network: null,
  networkDeclineCode: null,
  adviceCode: null,
  family: null,
};

/** Where a payment is remembered: with its credential, or by itself where none is told. `null`: nowhere. */
export function ledgerKeyOf(fingerprint: string | null, paymentId: string | null): string | null {
  if (fingerprint !== null) return fingerprint;
  return paymentId === null ? null : `payment ${paymentId}`;
}

/** The ledgers refuse such a key; nobody is to be told there again and again. */
export const isCardNumberKey = (ledgerKey: string): boolean => holdsCardNumberInId(ledgerKey);

/** `null` where nothing is told: most results say no more than themselves. What holds a card number is no key and is not kept. */
export function tellingOf(given: Partial<AttemptTelling>): AttemptTelling | null {
  const told = { ...NOTHING_TOLD, ...given };
  const ledgerKey = told.ledgerKey === null || isCardNumberKey(told.ledgerKey) ? null : told.ledgerKey;
  const fit = { ...told, ledgerKey };
  return Object.values(fit).every((value) => value === null) ? null : fit;
}
