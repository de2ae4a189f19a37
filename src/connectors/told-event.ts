// What every adapter says in the same words: an attempt event of which nothing is told yet, our decision token, segment and amount.
import type { AttemptEvent, AttemptEventKind } from '../domain/results/attempt-event.ts';
import { isKnownCurrency, minorDigits } from '../domain/results/currencies.ts';
import type { SegmentMapping } from '../ports/webhook-adapter.ts';

type Told = Omit<AttemptEvent, 'eventType' | 'kind' | 'attemptKey'>;

const NOTHING_TOLD: Told = {
  eventId: null,
  transactionId: null,
  decisionToken: null,
  connectorName: null,
  moneyStateSigned: true,
  paymentMethod: null,
  country: null,
  amountMinor: null,
  currency: null,
  declineCode: null,
  adviceCode: null,
  network: null,
  eventTimeMs: null,
  latencyMs: null,
  feeMinor: null,
  credentialFingerprint: null,
};

export interface Headline {
  readonly eventType: string;
  readonly kind: AttemptEventKind;
  readonly attemptKey: string;
}

export function attemptEvent(headline: Headline, told: Partial<Told>): AttemptEvent {
  return { ...NOTHING_TOLD, ...headline, ...told };
}

/** `dec_` and 60 characters: whether we signed it is for others to say. */
export function decisionTokenIn(text: string | null | undefined): string | null {
  return text !== null && text !== undefined && /^dec_[A-Za-z0-9_-]{60}$/.test(text) ? text : null;
}

export function methodOf(
  word: string | null,
  segments: SegmentMapping,
  own: Readonly<Record<string, string>>,
): string | null {
  if (word === null) return segments.paymentMethodDefault;
  const lower = word.toLowerCase();
  for (const table of [segments.paymentMethods, own]) if (Object.hasOwn(table, lower)) return table[lower]!;
  const upper = word.toUpperCase().replaceAll('-', '_');
  return /^[A-Z0-9_]{1,32}$/.test(upper) ? upper : segments.paymentMethodDefault;
}

export interface Money {
  readonly amountMinor: number | null;
  readonly currency: string | null;
}

/** `vendorDigits`: where the vendor's minor unit has other digits than that of ISO 4217. An amount that is no whole minor unit of ours is not told. */
export function moneyOf(
  amount: number | null,
  currency: string | null,
  vendorDigits: Readonly<Record<string, number>>,
): Money {
  const code = currency?.toUpperCase() ?? null;
  if (code === null || !isKnownCurrency(code)) return { amountMinor: null, currency: null };
  const [digits, theirs] = [minorDigits(code)!, vendorDigits[code] ?? minorDigits(code)!];
  const minor = amount === null ? null : (amount * 10 ** digits) / 10 ** theirs;
  return { amountMinor: minor !== null && Number.isSafeInteger(minor) && minor >= 0 ? minor : null, currency: code };
}
