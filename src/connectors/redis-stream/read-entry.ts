// Reads one stream entry by a mapping: an event in our words, one that says nothing about an attempt, or why it cannot be understood.
// Whoever may write to the stream is trusted with what it says: Redis knows no signature, its password is the one there is.
import type { AttemptEventKind } from '../../domain/results/attempt-event.ts';
import { AMOUNT_MINOR_MAX, decimalTextOf, isKnownCurrency, toMinor } from '../../domain/results/money.ts';
import { readTimestamp } from '../../domain/results/event-time.ts';
import type { EntryReading, StreamEntry } from '../../ports/stream-port.ts';
import { attemptEvent, decisionTokenIn, methodOf } from '../told-event.ts';
import { type Found, lookUp, payloadOf } from './look-up.ts';
import type { MappedField, StreamMapping } from './stream-mapping.ts';

const KEY_CHARACTERS_MAX = 128;
/** 2001-09-09: a smaller first part of an id is a number that the producer chose. */
const ID_TIME_MIN_MS = 1_000_000_000_000;
const PER_MS = { s: 1 / 1_000, ms: 1, us: 1_000, ns: 1_000_000 } as const;

/** Thrown and caught in this file alone: the first field that cannot be read ends the reading. */
class Unreadable extends Error {
  readonly reason: string;
  readonly field: string | null;

  constructor(reason: string, field: string | null) {
    super(reason);
    this.reason = reason;
    this.field = field;
  }
}

/** Never throws. Times ahead of now, unknown connectors and methods are judged where events are recorded. */
export function readEntry(entry: StreamEntry, mapping: StreamMapping): EntryReading {
  try {
    return readPayload(entry, payloadOf(entry.fields, mapping.payloadFields), mapping);
  } catch (error) {
    if (error instanceof Unreadable) return { kind: 'unreadable', reason: error.reason, field: error.field };
    throw error;
  }
}

function readPayload(entry: StreamEntry, payload: unknown, mapping: StreamMapping): EntryReading {
  const find = (field: MappedField): Found | null => firstOf(payload, mapping.fields[field] ?? []);
  const text = (field: MappedField): string | null => textOf(find(field));
  const kindFound = find('kind');
  if (kindFound === null) throw new Unreadable('missing_field', mapping.fields.kind?.[0] ?? 'kind');
  const word = textOf(kindFound) ?? '';
  const eventType = text('eventType') ?? word;
  if (isIgnored(payload, mapping)) return { kind: 'ignored', eventType };
  const kind = Object.hasOwn(mapping.kinds, word.toLowerCase()) ? mapping.kinds[word.toLowerCase()]! : null;
  if (kind === null) throw new Unreadable('unknown_kind', kindFound.path);
  if (kind === 'ignored') return { kind: 'ignored', eventType };
  const currency = currencyOf(find('currency'));
  const declineCode = text('declineCode');
  const attemptKey = attemptKeyOf(find('attemptKey'), mapping);
  const event = attemptEvent(
    { eventType, kind: kindByCode(kind, declineCode, mapping), attemptKey },
    {
      eventId: idOf(find('eventId')) ?? entry.id,
      transactionId: idOf(find('transactionId')),
      decisionToken: decisionTokenIn(text('decisionToken')),
      connectorName: text('connectorName'),
      paymentMethod: methodOf(text('paymentMethod'), mapping, {}),
      country: countryOf(find('country'), mapping),
      amountMinor: amountOf(find('amount'), currency, mapping),
      currency,
      declineCode,
      networkDeclineCode: text('networkDeclineCode'),
      adviceCode: text('adviceCode'),
      network: text('network')?.toLowerCase() ?? null,
      eventTimeMs: timeOf(find('eventTime'), mapping) ?? idTimeOf(entry.id),
      latencyMs: durationOf(find('latencyMs')),
      feeMinor: feeOf(find('fee'), currency, mapping),
      credentialFingerprint: idOf(find('credentialFingerprint')),
      issuerCountry: text('issuerCountry')?.toUpperCase() ?? null,
    },
  );
  return { kind: 'event', event };
}

function firstOf(payload: unknown, paths: readonly string[]): Found | null {
  for (const path of paths) {
    const found = lookUp(payload, path);
    if (found !== null) return found;
  }
  return null;
}

/** A list or an object where a text is due is no text. */
function textOf(found: Found | null): string | null {
  if (found === null) return null;
  const text = plainTextOf(found.value);
  if (text === null) throw new Unreadable('not_a_text', found.path);
  return text;
}

/** Bytes that were no UTF-8 and halves of characters look alike once they are read: two ids with them could be one payment. */
function idOf(found: Found | null): string | null {
  const id = textOf(found);
  if (id !== null && /[\p{Surrogate}\ufffd]/u.test(id)) throw new Unreadable('not_a_text', found!.path);
  return id;
}

function plainTextOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  return typeof value === 'boolean' || Number.isFinite(value) ? String(value) : null;
}

function isIgnored(payload: unknown, { ignoredWhere }: StreamMapping): boolean {
  return Object.entries(ignoredWhere).some(([path, text]) => {
    const found = lookUp(payload, path);
    return found !== null && plainTextOf(found.value) === text;
  });
}

function attemptKeyOf(found: Found | null, mapping: StreamMapping): string {
  const key = idOf(found);
  if (found === null || key === null)
    throw new Unreadable('missing_field', mapping.fields.attemptKey?.[0] ?? 'attemptKey');
  if (key.length > KEY_CHARACTERS_MAX) throw new Unreadable('too_long', found.path);
  const ending = mapping.attemptKeyEnding;
  return ending !== null && key.length > ending.length && key.endsWith(ending) ? key.slice(0, -ending.length) : key;
}

/** Some producers call an attempt failed, or their connector, when nobody answered: the money may have moved all the same. */
function kindByCode(kind: AttemptEventKind, code: string | null, { failureKinds }: StreamMapping): AttemptEventKind {
  if (kind !== 'declined' && kind !== 'error') return kind;
  if (code === null || !Object.hasOwn(failureKinds, code.toLowerCase())) return kind;
  return failureKinds[code.toLowerCase()]!;
}

function countryOf(found: Found | null, mapping: StreamMapping): string | null {
  const country = (textOf(found) ?? mapping.countryDefault)?.toUpperCase() ?? null;
  if (country !== null && !/^[A-Z]{2}$/.test(country)) throw new Unreadable('bad_country', found?.path ?? null);
  return country;
}

function currencyOf(found: Found | null): string | null {
  const currency = textOf(found)?.toUpperCase() ?? null;
  if (currency !== null && !isKnownCurrency(currency)) throw new Unreadable('unknown_currency', found!.path);
  return currency;
}

function amountOf(found: Found | null, currency: string | null, { amountUnit }: StreamMapping): number | null {
  if (found === null) return null;
  if (amountUnit === 'minor') return wholeOf(found, AMOUNT_MINOR_MAX, 'bad_amount');
  const read = toMinor(decimalOf(found), currency ?? '');
  if (!read.ok) throw new Unreadable('bad_amount', found.path);
  return read.minor;
}

/** A fee of nothing is a fee. */
function feeOf(found: Found | null, currency: string | null, { amountUnit }: StreamMapping): number | null {
  if (found === null) return null;
  if (amountUnit === 'minor') return wholeOf(found, AMOUNT_MINOR_MAX, 'bad_fee');
  const read = toMinor(decimalOf(found), currency ?? '');
  if (read.ok) return read.minor;
  if (read.reason === 'zero') return 0;
  throw new Unreadable('bad_fee', found.path);
}

function decimalOf(found: Found): string {
  if (typeof found.value !== 'number') return textOf(found)!;
  const read = decimalTextOf(found.value);
  return read.ok ? read.text : '';
}

function wholeOf(found: Found, max: number, reason: string): number {
  const text = textOf(found)!;
  if (!/^\d{1,16}$/.test(text) || Number(text) > max) throw new Unreadable(reason, found.path);
  return Number(text);
}

/** A part of a millisecond is nothing we measure; a duration that makes no sense harms no result. */
function durationOf(found: Found | null): number | null {
  if (found === null) return null;
  const ms = Number(textOf(found));
  return Number.isFinite(ms) && ms >= 0 ? Math.round(ms) : null;
}

function timeOf(found: Found | null, { timeUnit }: StreamMapping): number | null {
  if (found === null) return null;
  const text = textOf(found)!;
  if (timeUnit === 'rfc3339') {
    // Whether it is too far ahead is judged by the clock of whoever records it.
    const read = readTimestamp(text, Infinity);
    if (!read.ok) throw new Unreadable('bad_time', found.path);
    return read.eventTimeMs;
  }
  const ms = /^\d{1,20}(\.\d+)?$/.test(text) ? Math.floor(Number(text) / PER_MS[timeUnit]) : Infinity;
  if (!Number.isSafeInteger(ms)) throw new Unreadable('bad_time', found.path);
  return ms;
}

/** When Redis took the entry in: stays the same however often it is read. */
function idTimeOf(id: string): number | null {
  const ms = Number(id.split('-')[0]);
  return Number.isSafeInteger(ms) && ms >= ID_TIME_MIN_MS ? ms : null;
}
