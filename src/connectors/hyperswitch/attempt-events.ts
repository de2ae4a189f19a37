// What Hyperswitch's event types say of an attempt, and which of its fields tell it.
import type { AttemptEvent, AttemptEventKind } from '../../domain/results/attempt-event.ts';
import type { Reading, SourceSettings } from '../../ports/webhook-adapter.ts';
import { attemptEvent, decisionTokenIn, methodOf, moneyOf } from '../told-event.ts';
import { ignored, misshapen, NOTHING } from '../wire.ts';
import { Content, DisputeObject, Envelope, PaymentObject, RefundObject, type EnvelopeFields } from './wire-schema.ts';

interface Told {
  readonly about: 'payment' | 'refund' | 'dispute';
  readonly kind: AttemptEventKind;
}

/** Not here: a refund that failed, a dispute won or withdrawn (the money is ours as before); mandates, payouts and invoices, which are no attempts. */
const EVENT_TYPES: ReadonlyMap<string, Told> = new Map<string, Told>([
  ['payment_succeeded', { about: 'payment', kind: 'authorised' }],
  ['payment_authorized', { about: 'payment', kind: 'authorised' }],
  ['payment_partially_authorized', { about: 'payment', kind: 'authorised' }],
  ['payment_captured', { about: 'payment', kind: 'authorised' }],
  ['payment_failed', { about: 'payment', kind: 'declined' }],
  ['payment_processing', { about: 'payment', kind: 'pending' }],
  ['action_required', { about: 'payment', kind: 'pending' }],
  ['payment_cancelled', { about: 'payment', kind: 'voided' }],
  ['payment_cancelled_post_capture', { about: 'payment', kind: 'voided' }],
  ['payment_expired', { about: 'payment', kind: 'abandoned' }],
  ['refund_succeeded', { about: 'refund', kind: 'refunded' }],
  // Any other stage of a dispute tells that there is one: the first may be lost on the way.
  ...['opened', 'challenged', 'accepted', 'expired', 'lost'].map(
    (stage) => [`dispute_${stage}`, { about: 'dispute', kind: 'disputed' }] as const,
  ),
]);

/** Unified codes: configuration, a fault of the processor's systems, the integration. The others are somebody's no. */
const TECHNICAL_CODES: ReadonlySet<string> = new Set(['UE_2000', 'UE_3000', 'UE_4000']);
/** Hyperswitch calls a payment failed when its connector did not answer; the connector may have charged all the same. */
const CONNECTOR_SILENT = 'TIMEOUT';

const METHODS: Readonly<Record<string, string>> = { mobile_payment: 'MOBILE_MONEY' };
/** A payment method that is no more than a family: the type below it is what people call the method. */
const FAMILIES: ReadonlySet<string> = new Set([
  'bank_transfer',
  'bank_redirect',
  'bank_debit',
  'voucher',
  'wallet',
  'pay_later',
  'real_time_payment',
  'upi',
]);

export function readEvent(body: unknown, settings: SourceSettings): Reading {
  const envelope = Envelope.safeParse(body);
  if (!envelope.success) return misshapen(envelope.error, body);
  const known = EVENT_TYPES.get(envelope.data.event_type);
  if (known === undefined) return ignored(envelope.data.event_type);
  const content = Content.safeParse(body);
  if (!content.success) return misshapen(content.error, body);
  const { object } = content.data.content;
  switch (known.about) {
    case 'payment':
      return readPayment(object, known.kind, envelope.data, settings);
    case 'refund':
      return readRefund(object, envelope.data);
    case 'dispute':
      return readDispute(object, envelope.data);
  }
}

const AT = ['content', 'object'];

function readPayment(
  object: unknown,
  kind: AttemptEventKind,
  envelope: EnvelopeFields,
  { segments }: SourceSettings,
): Reading {
  const reading = PaymentObject.safeParse(object);
  if (!reading.success) return misshapen(reading.error, object, AT);
  const payment = reading.data;
  const failed = kind === 'declined';
  // Cancelled before any connector was asked: there was nothing to void.
  const neverSent = kind === 'voided' && payment.connector === null;
  return one(
    attemptEvent(
      {
        eventType: envelope.event_type,
        kind: failed ? failureKind(payment) : neverSent ? 'abandoned' : kind,
        attemptKey: attemptKeyOf(payment.payment_id, payment.attempt_count ?? 1),
      },
      {
        ...moneyOf(payment.amount, payment.currency, {}),
        eventId: envelope.event_id,
        transactionId: payment.metadata?.signalbox_transaction ?? null,
        decisionToken: decisionTokenIn(payment.metadata?.signalbox_decision),
        connectorName: payment.connector,
        paymentMethod: methodOf(methodWord(payment), segments, METHODS),
        country: payment.billing?.address?.country ?? segments.countryDefault,
        // The connector's own word; Hyperswitch's for it only where there is none.
        declineCode: failed ? (payment.error_code ?? payment.unified_code) : null,
        networkDeclineCode: failed ? payment.issuer_error_code : null,
        adviceCode: payment.network_details?.network_advice_code ?? null,
        network: networkOf(payment),
        eventTimeMs: payment.updated ?? envelope.timestamp,
        credentialFingerprint: payment.fingerprint,
      },
    ),
  );
}

function failureKind(payment: PaymentObject): AttemptEventKind {
  if (payment.error_code === CONNECTOR_SILENT) return 'unknown';
  return payment.unified_code !== null && TECHNICAL_CODES.has(payment.unified_code) ? 'error' : 'declined';
}

/** Hyperswitch's names, where they are not the usual ones. */
const NETWORKS: ReadonlyMap<string, string> = new Map([
  ['americanexpress', 'amex'],
  ['dinersclub', 'diners'],
  ['cartesbancaires', 'cartes_bancaires'],
]);

function networkOf(payment: PaymentObject): string | null {
  const name = payment.payment_method_data?.card?.card_network?.toLowerCase() ?? null;
  return name === null ? null : (NETWORKS.get(name) ?? name);
}

function methodWord(payment: PaymentObject): string | null {
  const { payment_method: method, payment_method_type: type } = payment;
  return method !== null && FAMILIES.has(method) ? (type ?? method) : method;
}

function readRefund(object: unknown, envelope: EnvelopeFields): Reading {
  const reading = RefundObject.safeParse(object);
  if (!reading.success) return misshapen(reading.error, object, AT);
  const refund = reading.data;
  return one(
    attemptEvent(
      // A refund names the payment and not its attempt: told of the first one, which nearly every payment ends with.
      { eventType: envelope.event_type, kind: 'refunded', attemptKey: attemptKeyOf(refund.payment_id, 1) },
      {
        ...moneyOf(refund.amount, refund.currency, {}),
        eventId: envelope.event_id,
        transactionId: refund.metadata?.signalbox_transaction ?? null,
        decisionToken: decisionTokenIn(refund.metadata?.signalbox_decision),
        connectorName: refund.connector,
        eventTimeMs: refund.updated_at ?? envelope.timestamp,
      },
    ),
  );
}

function readDispute(object: unknown, envelope: EnvelopeFields): Reading {
  const reading = DisputeObject.safeParse(object);
  if (!reading.success) return misshapen(reading.error, object, AT);
  const dispute = reading.data;
  const isFirst = dispute.attempt_id === `${dispute.payment_id}_1`;
  return one(
    attemptEvent(
      {
        eventType: envelope.event_type,
        kind: 'disputed',
        attemptKey: isFirst ? dispute.payment_id : dispute.attempt_id,
      },
      {
        ...moneyOf(dispute.amount, dispute.currency, {}),
        eventId: envelope.event_id,
        connectorName: dispute.connector,
        eventTimeMs: dispute.created_at ?? envelope.timestamp,
      },
    ),
  );
}

/** Hyperswitch's attempt ids are `<payment_id>_<n>`; the first attempt keeps the payment's own id, which merchants know and refunds name. */
function attemptKeyOf(paymentId: string, attempt: number): string {
  return attempt <= 1 ? paymentId : `${paymentId}_${attempt}`;
}

const one = (event: AttemptEvent): Reading => ({ ...NOTHING, events: [event] });
