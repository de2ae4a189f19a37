// Reads reported results that are right at first sight, as their schema would read them; of all others it says nothing, for the schema alone refuses.
import { API_RESULTS, type ApiResult } from '../domain/results/canonical-result.ts';
import { AMOUNT_MINOR_MAX, decimalTextOf } from '../domain/results/money.ts';
import { holdsCardNumber } from '../domain/results/card-number.ts';
import { holdsCardNumberInId } from '../domain/results/card-number-in-id.ts';
import type { IncomingResult } from '../flows/record-results.ts';
import { LATENCY_MS_MAX } from './input-bounds.ts';

const METHOD = /^[A-Za-z0-9_]{1,32}$/;
const COUNTRY = /^[A-Za-z]{2}$/;
const CURRENCY = /^[A-Za-z]{3}$/;
const BIN = /^\d{6,8}$/;
/** Whole numbers of more digits might be card numbers. */
const BELOW_CARD_NUMBERS = 1e11;
const ATTEMPT_MAX = 1_000;

type Read = { -readonly [Field in keyof IncomingResult]: IncomingResult[Field] };

/**
 * `null`: not so simple, whether it is right or wrong. What is given is what `TransactionInput` makes of the same document, and the guard of
 * card numbers would have found nothing in it. `position`: its place in the caller's list.
 */
export function usualResultOf(sent: unknown, position: number): IncomingResult | null {
  if (typeof sent !== 'object' || sent === null || Array.isArray(sent)) return null;
  const read = unread(position);
  for (const field in sent) if (!takes(read, field, (sent as Readonly<Record<string, unknown>>)[field])) return null;
  const isWhole = read.processorId !== '' && read.paymentMethod !== '' && read.country !== '' && read.currency !== '';
  if (!isWhole || (read.result as string) === '') return null;
  return (read.amount === null) === (read.amountMinor === null) ? null : read;
}

/** As if nothing but what must be sent were missing; no text that may be sent there is empty. */
const unread = (position: number): Read => ({
  processorId: '',
  result: '' as ApiResult,
  paymentMethod: '',
  country: '',
  amount: null,
  amountMinor: null,
  currency: '',
  transactionId: null,
  decisionId: null,
  declineCode: null,
  latencyMs: null,
  fee: null,
  timestamp: null,
  attempt: 1,
  network: null,
  networkDeclineCode: null,
  adviceCode: null,
  family: null,
  issuerCountry: null,
  paymentId: null,
  credentialFingerprint: null,
  customerRef: null,
  bin: null,
  initiator: null,
  threeDs: null,
  position,
});

function takes(read: Read, field: string, value: unknown): boolean {
  if (typeof value === 'string') return !holdsCardNumber(value) && takesText(read, field, value);
  if (typeof value === 'number') return Math.abs(value) < BELOW_CARD_NUMBERS && takesNumber(read, field, value);
  if (field !== 'three_ds' || typeof value !== 'boolean') return false;
  read.threeDs = value;
  return true;
}

function takesText(read: Read, field: string, text: string): boolean {
  switch (field) {
    case 'processor_id':
      read.processorId = text;
      return text.length <= 64;
    case 'result':
      read.result = text as ApiResult;
      return (API_RESULTS as readonly string[]).includes(text);
    case 'payment_method':
      read.paymentMethod = text.toUpperCase();
      return METHOD.test(text);
    case 'country':
      read.country = text.toUpperCase();
      return COUNTRY.test(text);
    case 'currency':
      read.currency = text.toUpperCase();
      return CURRENCY.test(text);
    case 'amount':
    case 'fee':
      read[field] = text;
      return text.length <= 40;
    case 'decision_id':
      read.decisionId = text;
      return true;
    case 'timestamp':
      read.timestamp = text;
      return text.length <= 64;
    case 'bin':
      read.bin = text;
      return BIN.test(text);
    case 'issuer_country':
      read.issuerCountry = text.toUpperCase();
      return COUNTRY.test(text);
    case 'initiator':
      if (text !== 'customer' && text !== 'merchant') return false;
      read.initiator = text;
      return true;
    default:
      return takesCode(read, field, text) || takesId(read, field, text);
  }
}

function takesCode(read: Read, field: string, text: string): boolean {
  switch (field) {
    case 'decline_code':
      read.declineCode = text;
      return text.length <= 64;
    case 'network':
      read.network = text;
      return text.length <= 32;
    case 'network_decline_code':
      read.networkDeclineCode = text;
      return text.length <= 64;
    case 'advice_code':
      read.adviceCode = text;
      return text.length <= 64;
    case 'processor_family':
      read.family = text;
      return text.length <= 32;
    default:
      return false;
  }
}

/** A card number in an id gives way to its hash, which is not done here. */
function takesId(read: Read, field: string, text: string): boolean {
  if (text === '' || text.length > 128 || holdsCardNumberInId(text)) return false;
  switch (field) {
    case 'transaction_id':
      read.transactionId = text;
      return true;
    case 'payment_id':
      read.paymentId = text;
      return true;
    case 'credential_fingerprint':
      read.credentialFingerprint = text;
      return true;
    case 'customer_ref':
      read.customerRef = text;
      return true;
    default:
      return false;
  }
}

function takesNumber(read: Read, field: string, value: number): boolean {
  switch (field) {
    case 'amount':
    case 'fee': {
      const decimal = decimalTextOf(value);
      if (decimal.ok) read[field] = decimal.text;
      return decimal.ok;
    }
    case 'amount_minor':
      read.amountMinor = value;
      return Number.isSafeInteger(value) && value > 0 && value <= AMOUNT_MINOR_MAX;
    case 'latency_ms':
      read.latencyMs = value;
      return value >= 0 && value <= LATENCY_MS_MAX;
    case 'attempt':
      read.attempt = value;
      return Number.isSafeInteger(value) && value >= 1 && value <= ATTEMPT_MAX;
    default:
      return false;
  }
}
