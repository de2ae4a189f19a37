// What one item of Adyen's says about the attempt: by event code and success, both signed; every other word may be told and decides nothing.
import type { AttemptEvent, AttemptEventKind } from '../../domain/results/attempt-event.ts';
import type { Reading, SegmentMapping } from '../../ports/webhook-adapter.ts';
import { attemptEvent, decisionTokenIn, methodOf, moneyOf } from '../told-event.ts';
import { ignored, NOTHING, unreadable } from '../wire.ts';
import type { NotificationItem } from './wire-schema.ts';

export interface ItemContext {
  readonly segments: SegmentMapping;
  /** Whether the merchant's reference names one attempt; else the attempt goes by Adyen's. */
  readonly referenceIsTransaction: boolean;
}

interface Meaning {
  readonly kind: AttemptEventKind;
  /** `own`: the item is about the payment named by its `pspReference`; `original`: about the one it modifies. */
  readonly of: 'own' | 'original';
  /** False: the item's amount is that of a modification, such as a partial capture, and not the attempt's. */
  readonly wholeAmount: boolean;
}

const own = (kind: AttemptEventKind): Meaning => ({ kind, of: 'own', wholeAmount: true });
const original = (kind: AttemptEventKind): Meaning => ({ kind, of: 'original', wholeAmount: true });

/**
 * With `success` true. What is missing here, and every failed modification, leaves the attempt as it was. `CAPTURE_FAILED` is missing: most often
 * Adyen captures again by itself (`CAPTURE`, "Transaction Recaptured"), so that it promises nobody that the shopper is not charged. A dispute that
 * was won, withdrawn or reversed is none any more, and a request for information is none yet.
 */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  AUTHORISATION: own('authorised'),
  PENDING: own('pending'),
  OFFER_CLOSED: own('abandoned'),
  CAPTURE: { kind: 'authorised', of: 'original', wholeAmount: false },
  CANCELLATION: original('voided'),
  TECHNICAL_CANCEL: original('voided'),
  EXPIRE: original('voided'),
  REFUND: original('refunded'),
  NOTIFICATION_OF_CHARGEBACK: original('disputed'),
  CHARGEBACK: original('disputed'),
  SECOND_CHARGEBACK: original('disputed'),
  PREARBITRATION_OPEN: original('disputed'),
  PREARBITRATION_ACCEPTED: original('disputed'),
  PREARBITRATION_DECLINED: original('disputed'),
  PREARBITRATION_LOST: original('disputed'),
  SCHEME_ARBITRATION: original('disputed'),
  SCHEME_ARBITRATION_LOST: original('disputed'),
  DISPUTE_DEFENSE_PERIOD_ENDED: original('disputed'),
};

export function readItem(item: NotificationItem, context: ItemContext): Reading {
  const succeeded = item.success === 'true';
  if (item.eventCode === 'CANCEL_OR_REFUND' && succeeded) return readCancelOrRefund(item, context);
  if (item.eventCode === 'AUTHORISATION' && !succeeded) return readRefusal(item, context);
  if (!succeeded) return ignored(`${item.eventCode} (failed)`);
  const meaning = Object.hasOwn(MEANINGS, item.eventCode) ? MEANINGS[item.eventCode]! : null;
  return meaning === null ? ignored(item.eventCode) : one(item, context, meaning);
}

/** Which of the two it was stands in a field that is not signed. */
function readCancelOrRefund(item: NotificationItem, context: ItemContext): Reading {
  const action = item.additionalData?.['modification.action'];
  return one(item, context, original(action === 'refund' ? 'refunded' : 'voided'), { moneyStateSigned: false });
}

/** The refusal is signed, its reason is not: an `Acquirer Error` is a decline here, and its code says whose fault it was. */
function readRefusal(item: NotificationItem, context: ItemContext): Reading {
  const { additionalData: data, reason } = item;
  return one(item, context, own('declined'), {
    declineCode: reason === 'null' ? null : reason,
    networkDeclineCode: /^[0-9A-Z]{1,3}(?=\s*:)/.exec(data?.refusalReasonRaw ?? '')?.[0] ?? null,
    adviceCode: /^[0-9A-Z]{1,3}(?=\s*(?::|$))/.exec(data?.merchantAdviceCode ?? '')?.[0] ?? null,
  });
}

/** Modifications name the payment they are about; `EXPIRE` may be sent under the payment's own reference. */
function attemptKeyOf(item: NotificationItem, meaning: Meaning): string | null {
  if (meaning.of === 'own') return item.pspReference;
  if (item.originalReference !== '') return item.originalReference;
  return item.eventCode === 'EXPIRE' ? item.pspReference : null;
}

function one(
  item: NotificationItem,
  context: ItemContext,
  meaning: Meaning,
  told: Partial<AttemptEvent> = {},
): Reading {
  const attemptKey = attemptKeyOf(item, meaning);
  if (attemptKey === null) return unreadable('unexpected_shape', 'originalReference', item);
  const money = moneyOf(item.amount.value, item.amount.currency, DIGITS);
  const event = attemptEvent(
    { eventType: item.eventCode, kind: meaning.kind, attemptKey },
    {
      ...joinOf(item, context),
      ...segmentOf(item, context.segments),
      ...(meaning.wholeAmount ? money : { ...money, amountMinor: null }),
      // Of a capture the time is its own, days after the attempt's.
      eventTimeMs: meaning.wholeAmount ? item.eventDate : null,
      ...told,
    },
  );
  return { ...NOTHING, events: [event] };
}

/** The transaction is taken from the signed reference only: an unsigned one would let an old item settle another attempt. */
function joinOf(
  item: NotificationItem,
  { referenceIsTransaction }: ItemContext,
): Pick<AttemptEvent, 'decisionToken' | 'transactionId'> {
  const token = decisionTokenIn(item.merchantReference);
  const isTransaction = token === null && referenceIsTransaction && /^.{1,128}$/.test(item.merchantReference);
  return {
    decisionToken: token ?? decisionTokenIn(item.additionalData?.['metadata.signalbox_decision']),
    transactionId: isTransaction ? item.merchantReference : null,
  };
}

/** Adyen's decimals that differ from ISO 4217 (docs.adyen.com/development-resources/currency-codes, read 2026-11). */
const DIGITS = { CLP: 2, CVE: 0, IDR: 0, ISK: 2 };

const NETWORKS: Readonly<Record<string, string>> = {
  visa: 'visa',
  mc: 'mastercard',
  amex: 'amex',
  discover: 'discover',
  diners: 'diners',
  jcb: 'jcb',
  cup: 'unionpay',
  maestro: 'maestro',
  elo: 'elo',
  hipercard: 'hipercard',
  cartebancaire: 'cartes_bancaires',
  troy: 'troy',
  rupay: 'rupay',
};
const CARDS_WITHOUT_NETWORK = ['scheme', 'card', 'bcmc', 'dankort', 'carnet', 'eftpos_australia'];

/** `visa_applepay` is a Visa card. */
function segmentOf(
  item: NotificationItem,
  segments: SegmentMapping,
): Pick<AttemptEvent, 'paymentMethod' | 'country' | 'network' | 'credentialFingerprint' | 'issuerCountry'> {
  const { additionalData: data, paymentMethod } = item;
  const word = paymentMethod?.toLowerCase().split('_')[0] ?? null;
  const network = word !== null && Object.hasOwn(NETWORKS, word) ? NETWORKS[word]! : null;
  const isCard = network !== null || CARDS_WITHOUT_NETWORK.includes(word ?? '');
  const mapped = paymentMethod !== null && Object.hasOwn(segments.paymentMethods, paymentMethod.toLowerCase());
  return {
    paymentMethod: methodOf(isCard && !mapped ? 'card' : paymentMethod, segments, {}),
    country:
      data?.shopperCountry ??
      data?.countryCode ??
      data?.issuerCountry ??
      data?.cardIssuingCountry ??
      segments.countryDefault,
    network,
    credentialFingerprint: data?.PaymentAccountReference ?? data?.alias ?? null,
    issuerCountry: data?.issuerCountry ?? data?.cardIssuingCountry ?? null,
  };
}
