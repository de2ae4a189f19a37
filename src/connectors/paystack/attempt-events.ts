// What Paystack's events say of an attempt. One reference is one attempt: the merchant's own where it sent one, else Paystack's.
import type { AttemptEventKind } from '../../domain/results/attempt-event.ts';
import type { Reading, SourceSettings } from '../../ports/webhook-adapter.ts';
import { attemptEvent, decisionTokenIn, methodOf, moneyOf } from '../told-event.ts';
import { ignored, misshapen, NOTHING } from '../wire.ts';
import { ChargeEvent, DisputeEvent, Envelope, RefundEvent } from './wire-schema.ts';

/**
 * Not here, and ignored by their names: refunds on their way or failed (the money is still ours); a capture or release that failed (what
 * was reserved stays so); `bank.transfer.rejected` (names no reference, and the customer may still send the right amount); invoices and payment
 * requests (their charge has its own event); transfers, customers, accounts and subscriptions.
 */
const CHARGE_KINDS: ReadonlyMap<string, AttemptEventKind> = new Map([
  ['charge.success', 'authorised'],
  ['preauthorization.reserve.success', 'authorised'],
  ['preauthorization.capture.success', 'authorised'],
  ['preauthorization.release.success', 'voided'],
]);
const DISPUTE_EVENTS: ReadonlySet<string> = new Set([
  'charge.dispute.create',
  'charge.dispute.remind',
  'charge.dispute.resolve',
]);

/** The resolution that leaves the money with the merchant. */
const WON = 'declined';

/** Paystack counts in hundredths, also of currencies that have none. */
const VENDOR_DIGITS: Readonly<Record<string, number>> = { XOF: 2, RWF: 2 };
const METHODS: Readonly<Record<string, string>> = { preauth: 'CARD' };

export function readEvent(body: unknown, settings: SourceSettings): Reading {
  const envelope = Envelope.safeParse(body);
  if (!envelope.success) return misshapen(envelope.error, body);
  const eventType = envelope.data.event;
  const kind = CHARGE_KINDS.get(eventType);
  if (kind !== undefined) return readCharge(body, { eventType, kind }, settings);
  if (eventType === 'refund.processed') return readRefund(body, eventType);
  return DISPUTE_EVENTS.has(eventType) ? readDispute(body, eventType, settings) : ignored(eventType);
}

interface Headline {
  readonly eventType: string;
  readonly kind: AttemptEventKind;
}

function readCharge(body: unknown, headline: Headline, { segments }: SourceSettings): Reading {
  const reading = ChargeEvent.safeParse(body);
  if (!reading.success) return misshapen(reading.error, body);
  const charge = reading.data.data;
  const channel = charge.channel ?? charge.authorization?.channel ?? null;
  const isCard = channel === 'card';
  const event = attemptEvent(
    { ...headline, attemptKey: charge.reference },
    {
      ...moneyOf(charge.amount, charge.currency, VENDOR_DIGITS),
      decisionToken: decisionTokenIn(charge.metadata?.signalbox_decision),
      paymentMethod: methodOf(channel, segments, METHODS),
      country: charge.authorization?.country_code ?? segments.countryDefault,
      network: isCard ? (charge.authorization?.brand?.trim().toLowerCase() ?? null) : null,
      eventTimeMs: charge.paid_at ?? charge.captured_at,
      feeMinor: moneyOf(charge.fees, charge.currency, VENDOR_DIGITS).amountMinor,
      // Paystack's own mark of one card, the same for all customers of the merchant.
      credentialFingerprint: isCard ? (charge.authorization?.signature ?? null) : null,
    },
  );
  return { ...NOTHING, events: [event] };
}

function readRefund(body: unknown, eventType: string): Reading {
  const reading = RefundEvent.safeParse(body);
  if (!reading.success) return misshapen(reading.error, body);
  const { transaction_reference: attemptKey, amount, currency } = reading.data.data;
  const event = attemptEvent({ eventType, kind: 'refunded', attemptKey }, moneyOf(amount, currency, VENDOR_DIGITS));
  return { ...NOTHING, events: [event] };
}

function readDispute(body: unknown, eventType: string, { segments }: SourceSettings): Reading {
  const reading = DisputeEvent.safeParse(body);
  if (!reading.success) return misshapen(reading.error, body);
  const { transaction, resolution, refund_amount: amount, currency, created_at: eventTimeMs } = reading.data.data;
  if (resolution === WON) return ignored(`${eventType} (${WON})`);
  const event = attemptEvent(
    { eventType, kind: 'disputed', attemptKey: transaction.reference },
    {
      ...moneyOf(amount, currency ?? transaction.currency, VENDOR_DIGITS),
      decisionToken: decisionTokenIn(transaction.metadata?.signalbox_decision),
      paymentMethod: methodOf(transaction.channel, segments, METHODS),
      country: segments.countryDefault,
      eventTimeMs,
    },
  );
  return { ...NOTHING, events: [event] };
}
