// What is told of an attempt beside its result: whose payment it is of, which ledger remembers it, and the words of its decline.
import { holdsCardNumberInId } from '../results/card-number-in-id.ts';

export interface AttemptTelling {
  /** Of the credential that was charged; `null`: nobody told. */
  readonly fingerprint: string | null;
  readonly paymentId: string | null;
  /** Another id under which the vendor speaks of it. */
  readonly alias: string | null;
  readonly network: string | null;
  readonly networkDeclineCode: string | null;
  readonly adviceCode: string | null;
  readonly family: string | null;
  /** False: neither the words of its decline nor its time are covered by the sender's signature; the ledgers are told the outcome alone. */
  readonly detailsSigned?: false;
  /** By whoever asks what to do next: his word that nobody can say goes before his earlier word of a failure. */
  readonly isAsked?: true;
}

export const NOTHING_TOLD: AttemptTelling = {
  fingerprint: null,
  paymentId: null,
  alias: null,
  network: null,
  networkDeclineCode: null,
  adviceCode: null,
  family: null,
};

const PAYMENT = 'payment ';

/** A payment is remembered by itself, whatever it is charged to: a change of the card is no new payment. */
export const paymentKeyOf = (paymentId: string): string => `${PAYMENT}${paymentId}`;

export const isPaymentKey = (ledgerKey: string): boolean => ledgerKey.startsWith(PAYMENT);

/** The ledgers that an attempt is noted in: its credential's first, then its payment's. No fingerprint is taken for a payment's key. */
export function ledgerKeysOf({
  fingerprint,
  paymentId,
}: Pick<AttemptTelling, 'fingerprint' | 'paymentId'>): readonly string[] {
  const card = fingerprint !== null && isPaymentKey(fingerprint) ? `card ${fingerprint}` : fingerprint;
  const keys = [card, paymentId === null ? null : paymentKeyOf(paymentId)];
  return keys.filter((key) => key !== null && !isCardNumberKey(key)) as string[];
}

/** The ledgers refuse such a key; nobody is to be told there again and again. */
export const isCardNumberKey = (ledgerKey: string): boolean => holdsCardNumberInId(ledgerKey);

/** `null` where nothing is told: most results say no more than themselves. What holds a card number is no key and is not kept. */
export function tellingOf(given: Partial<AttemptTelling>): AttemptTelling | null {
  const told = { ...NOTHING_TOLD, ...given };
  const fingerprint = told.fingerprint === null || isCardNumberKey(told.fingerprint) ? null : told.fingerprint;
  const fit = { ...told, fingerprint };
  return Object.values(fit).every((value) => value === null) ? null : fit;
}
