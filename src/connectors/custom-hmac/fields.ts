// Finds the fields of an attempt in a sender's JSON by the paths of the settings; own keys only, so that no path reaches a prototype.
import type { AttemptEvent } from '../../domain/results/attempt-event.ts';
import type { Reading, SegmentMapping } from '../../ports/webhook-adapter.ts';
import { attemptEvent, decisionTokenIn, methodOf, moneyOf } from '../told-event.ts';
import { majorMoneyOf, ToldTime } from '../told-values.ts';
import { ignored, NOTHING, unreadable } from '../wire.ts';
import type { FieldSettings } from './settings.ts';

export interface ItemContext {
  readonly segments: SegmentMapping;
  readonly fields: FieldSettings;
}

export function valueAt(root: unknown, path: readonly string[]): unknown {
  let value = root;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[key];
  }
  return value;
}

export function readItem(item: unknown, context: ItemContext): Reading {
  const { fields } = context;
  const word = textAt(item, fields.kind);
  if (word === null) return unreadable('unexpected_shape', fields.kind.path.join('.'), item);
  const kind = Object.hasOwn(fields.kind.values, word) ? fields.kind.values[word]! : null;
  if (kind === null) return ignored(word);
  const attemptKey = textAt(item, fields.attempt_key);
  if (attemptKey === null) return unreadable('unexpected_shape', fields.attempt_key.path.join('.'), item);
  const headline = { eventType: textAt(item, fields.event_type) ?? word, kind, attemptKey };
  return { ...NOTHING, events: [attemptEvent(headline, toldOf(item, context))] };
}

function toldOf(item: unknown, { segments, fields }: ItemContext): Partial<AttemptEvent> {
  const currency = wordAt(item, fields.currency)?.toUpperCase() ?? null;
  const country = wordAt(item, fields.country)?.toUpperCase() ?? '';
  const latencyMs = numberAt(item, fields.latency_ms);
  return {
    eventId: textAt(item, fields.event_id),
    transactionId: textAt(item, fields.transaction_id),
    decisionToken: decisionTokenIn(textAt(item, fields.decision_id)),
    connectorName: wordAt(item, fields.processor),
    paymentMethod: methodOf(wordAt(item, fields.payment_method), segments, {}),
    country: /^[A-Z]{2}$/.test(country) ? country : segments.countryDefault,
    ...moneyOf(minorAt(item, fields.amount, currency), currency, {}),
    declineCode: wordAt(item, fields.decline_code),
    networkDeclineCode: wordAt(item, fields.network_decline_code),
    adviceCode: wordAt(item, fields.advice_code),
    network: wordAt(item, fields.network)?.toLowerCase() ?? null,
    eventTimeMs: momentAt(item, fields.event_time),
    latencyMs: latencyMs !== null && latencyMs >= 0 ? latencyMs : null,
    feeMinor: minorAt(item, fields.fee, currency),
    credentialFingerprint: textAt(item, fields.credential_fingerprint),
  };
}

interface Place {
  readonly path: readonly string[];
}

/** Ids and codes may be numbers in JSON. */
function textAt(item: unknown, place: Place | undefined): string | null {
  const value = place === undefined ? undefined : valueAt(item, place.path);
  const text = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
  return typeof text === 'string' && text !== '' && text.length <= 128 ? text : null;
}

function wordAt(
  item: unknown,
  place: (Place & { readonly values: Readonly<Record<string, string>> }) | undefined,
): string | null {
  const word = textAt(item, place);
  if (word === null || place === undefined) return null;
  const lower = word.toLowerCase();
  return Object.hasOwn(place.values, lower) ? place.values[lower]! : word;
}

function numberAt(item: unknown, place: Place | undefined): number | null {
  const text = textAt(item, place);
  return text !== null && /^-?\d{1,15}(?:\.\d+)?$/.test(text) ? Number(text) : null;
}

function minorAt(
  item: unknown,
  place: (Place & { readonly unit: 'minor' | 'major' }) | undefined,
  currency: string | null,
): number | null {
  if (place === undefined) return null;
  if (place.unit === 'minor') {
    const minor = numberAt(item, place);
    return minor !== null && Number.isSafeInteger(minor) && minor >= 0 ? minor : null;
  }
  const value = valueAt(item, place.path);
  return typeof value === 'number' || typeof value === 'string' ? majorMoneyOf(value, currency).amountMinor : null;
}

function momentAt(item: unknown, place: FieldSettings['event_time']): number | null {
  if (place === undefined) return null;
  if (place.format === 'rfc3339') return ToldTime.parse(textAt(item, place));
  const stamp = numberAt(item, place);
  return stamp === null || stamp < 0 ? null : Math.trunc(place.format === 's' ? stamp * 1000 : stamp);
}
