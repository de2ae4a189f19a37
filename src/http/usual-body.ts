// Reads the bodies of routing questions that are right at first sight, as their schema would read them; of all others it says nothing, for the schema alone refuses.
import { holdsCardNumber } from '../domain/results/card-number.ts';
import { holdsCardNumberInId } from '../domain/results/card-number-in-id.ts';
import { MARGIN_BPS_MAX } from '../domain/routing/net-value.ts';
import { STRATEGIES, type StrategyName } from '../domain/configuration/configuration.ts';
import { LIMITS } from '../domain/configuration/apply-change.ts';
import type { RouteBody } from './schemas/routing.ts';

const METHOD = /^[A-Za-z0-9_]{1,32}$/;
const COUNTRY = /^[A-Za-z]{2}$/;
const CURRENCY = /^[A-Za-z]{3}$/;
const BIN = /^\d{6,8}$/;
const ID = /^[a-z0-9_-]{1,64}$/;
/** Letters beyond it may change in number as they become small ones. */
const PRINTABLE = /^[\x20-\x7e]{0,32}$/;
/** Whole numbers of more digits might be card numbers. */
const BELOW_CARD_NUMBERS = 1e11;
const METADATA_MAX = 64;

type Read = { -readonly [Field in keyof RouteBody]: RouteBody[Field] };

/**
 * `null`: not so simple, whether it is right or wrong. What is given is what `RouteBody` makes of the same document, and the guard of card
 * numbers would have found nothing in it.
 */
export function usualBodyOf(sent: unknown): RouteBody | null {
  if (typeof sent !== 'object' || sent === null || Array.isArray(sent)) return null;
  const read: Partial<Read> = {};
  // Without a list for each pair: it is read for every question.
  for (const field of Object.keys(sent)) if (!takes(read, field, (sent as Record<string, unknown>)[field])) return null;
  const { payment_method: method, country } = read;
  return method === undefined || country === undefined ? null : (read as RouteBody);
}

function takes(read: Partial<Read>, field: string, value: unknown): boolean {
  if (typeof value === 'string') return !holdsCardNumber(value) && takesText(read, field, value);
  if (typeof value === 'number') return Math.abs(value) < BELOW_CARD_NUMBERS && takesNumber(read, field, value);
  switch (field) {
    case 'three_ds':
      if (typeof value !== 'boolean') return false;
      read.three_ds = value;
      return true;
    case 'metadata':
      if (!isMetadata(value)) return false;
      read.metadata = { ...value };
      return true;
    case 'eligible_processors':
      if (!isIdList(value)) return false;
      read.eligible_processors = [...value];
      return true;
    default:
      return false;
  }
}

function takesText(read: Partial<Read>, field: string, text: string): boolean {
  switch (field) {
    case 'payment_method':
      if (!METHOD.test(text)) return false;
      read.payment_method = text.toUpperCase();
      return true;
    case 'country':
      if (!COUNTRY.test(text)) return false;
      read.country = text.toUpperCase();
      return true;
    case 'currency':
      if (!CURRENCY.test(text)) return false;
      read.currency = text.toUpperCase();
      return true;
    case 'amount':
      if (text.length > 40) return false;
      read.amount = text;
      return true;
    case 'bin':
      if (!BIN.test(text)) return false;
      read.bin = text;
      return true;
    case 'network':
      if (text.length > 32) return false;
      read.network = text;
      return true;
    case 'customer_ref':
    case 'payment_id':
      if (text === '' || text.length > 128 || holdsCardNumberInId(text)) return false;
      read[field] = text;
      return true;
    case 'credential_kind':
      if (!PRINTABLE.test(text)) return false;
      read.credential_kind = text.toLowerCase();
      return true;
    case 'strategy':
      if (!isStrategy(text)) return false;
      read.strategy = text;
      return true;
    default:
      return false;
  }
}

function takesNumber(read: Partial<Read>, field: string, value: number): boolean {
  switch (field) {
    case 'amount':
      read.amount = value;
      return true;
    case 'amount_minor':
      if (!Number.isSafeInteger(value)) return false;
      read.amount_minor = value;
      return true;
    case 'margin_bps':
      if (value <= 0 || value > MARGIN_BPS_MAX) return false;
      read.margin_bps = value;
      return true;
    default:
      return false;
  }
}

const isStrategy = (text: string): text is StrategyName => (STRATEGIES as readonly string[]).includes(text);

function isMetadata(value: unknown): value is Record<string, string> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const entries = Object.entries(value);
  return entries.length <= METADATA_MAX && entries.every(([name, text]) => isMetadatum(name, text));
}

function isMetadatum(name: string, text: unknown): boolean {
  if (name === '__proto__' || name.length > 64 || holdsCardNumber(name)) return false;
  return typeof text === 'string' && text.length <= 256 && !holdsCardNumber(text);
}

function isIdList(value: unknown): value is string[] {
  if (!Array.isArray(value) || value.length > LIMITS.processors) return false;
  return value.every((id) => typeof id === 'string' && ID.test(id) && !holdsCardNumber(id));
}
