// What three vendors send about one attempt, signed as each of them signs: for whoever plays a vendor against a local Signalbox.
import { authorisation, batch, KEY, modification, refusal, signed } from './adyen.ts';
import { charge, chargeFailed, dispute, event, intent, refund, stripeSignature } from './stripe.ts';
import { headersOf, message, SECRET } from './standard-webhooks.ts';

export interface AttemptToTell {
  /** The merchant's own id of the attempt. */
  readonly transaction: string;
  /** The vendor's id of it. */
  readonly vendorId: string;
  readonly paymentMethod: 'CARD' | 'PIX';
  readonly country: string;
  readonly amountMinor: number;
  readonly currency: string;
  /** When it happened. */
  readonly atMs: number;
}

export type Telling = 'pending' | 'authorised' | 'declined' | 'voided' | 'refunded' | 'disputed';

export interface SignedWebhook {
  /** In the vendor's words. */
  readonly eventType: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Vendor {
  /** Id of the adapter that reads it. */
  readonly adapter: string;
  readonly secret: string;
  readonly own: Readonly<Record<string, unknown>>;
  webhook(telling: Telling, attempt: AttemptToTell, sentAtMs: number): SignedWebhook;
}

type Fields = Readonly<Record<string, unknown>>;

const json = { 'content-type': 'application/json' };
const secondsOf = (ms: number): number => Math.floor(ms / 1_000);

const STRIPE_SECRET = 'whsec_TheEndpointOfALocalSignalbox01';

function stripeEvent(telling: Telling, attempt: AttemptToTell): Fields {
  const { transaction, vendorId, amountMinor: amount, country, paymentMethod } = attempt;
  const currency = attempt.currency.toLowerCase();
  const metadata = { signalbox_transaction: transaction };
  const type = paymentMethod.toLowerCase();
  const over = { id: vendorId, amount, currency, metadata, billing_details: { address: { country } } };
  const paidBy = { payment_method_details: { type, ...(type === 'card' && { card: { network: 'visa' } }) } };
  switch (telling) {
    case 'pending':
      return event(
        'payment_intent.processing',
        intent({ amount, currency, metadata, latest_charge: vendorId, payment_method_types: [type] }),
      );
    case 'authorised':
      return event('charge.succeeded', charge({ ...over, ...paidBy, amount_captured: amount }));
    case 'declined':
      return chargeFailed({ reason: 'generic_decline', network_decline_code: '05' }, { ...over, ...paidBy });
    case 'voided':
      return event('charge.expired', charge({ ...over, ...paidBy, captured: false }));
    case 'refunded':
      return event('refund.created', refund({ charge: vendorId, amount, currency }));
    case 'disputed':
      return event('charge.dispute.created', { ...dispute('needs_response'), charge: vendorId, amount, currency });
  }
}

const stripe: Vendor = {
  adapter: 'stripe',
  secret: STRIPE_SECRET,
  own: {},
  webhook(telling, attempt, sentAtMs) {
    const told: Fields = { ...stripeEvent(telling, attempt), created: secondsOf(attempt.atMs) };
    const body = JSON.stringify(told, null, 2);
    const signature = stripeSignature({ body, secret: STRIPE_SECRET, atMs: sentAtMs });
    return { eventType: String(told['type']), headers: { ...json, 'stripe-signature': signature }, body };
  },
};

function adyenItem(telling: Telling, attempt: AttemptToTell): Fields {
  const { transaction, vendorId, amountMinor: value, currency, country, paymentMethod } = attempt;
  const over = {
    amount: { currency, value },
    eventDate: new Date(attempt.atMs).toISOString(),
    merchantReference: transaction,
    paymentMethod: paymentMethod === 'CARD' ? 'visa' : 'pix',
  };
  const payment = { ...over, pspReference: vendorId, additionalData: { shopperCountry: country } };
  const about = { ...over, originalReference: vendorId, additionalData: { shopperCountry: country } };
  switch (telling) {
    case 'pending':
      return authorisation({ ...payment, eventCode: 'PENDING' });
    case 'authorised':
      return authorisation(payment);
    case 'declined':
      return refusal({ ...payment, reason: 'Refused' });
    case 'voided':
      return modification('TECHNICAL_CANCEL', about);
    case 'refunded':
      return modification('REFUND', about);
    case 'disputed':
      return modification('CHARGEBACK', about);
  }
}

const adyen: Vendor = {
  adapter: 'adyen',
  secret: KEY,
  own: { transaction_from: 'merchant_reference' },
  // Nothing in it says when it was sent.
  webhook(telling, attempt) {
    const item = adyenItem(telling, attempt);
    const body = JSON.stringify(batch([signed(item, KEY)]));
    return { eventType: `${String(item['eventCode'])} ${String(item['success'])}`, headers: json, body };
  },
};

const standardWebhooks: Vendor = {
  adapter: 'standard-webhooks',
  secret: SECRET,
  own: {},
  webhook(telling, attempt, sentAtMs) {
    const { transaction, vendorId, paymentMethod, country, amountMinor, currency, atMs } = attempt;
    const eventType = `attempt.${telling}`;
    const told = message(eventType, {
      attempt_id: vendorId,
      transaction_id: transaction,
      decision_id: null,
      processor: null,
      payment_method: paymentMethod,
      country,
      amount_minor: amountMinor,
      currency,
      ...(telling === 'declined' && { decline_code: '05' }),
    });
    const body = JSON.stringify({ ...told, timestamp: new Date(atMs).toISOString() });
    const headers = headersOf({ body, secret: SECRET, atMs: sentAtMs }, `msg_${vendorId}_${telling}`);
    return { eventType, headers: { ...json, ...headers }, body };
  },
};

export const VENDORS = { stripe, adyen, 'standard-webhooks': standardWebhooks } as const satisfies Record<
  string,
  Vendor
>;
export type VendorName = keyof typeof VENDORS;

/** Registers the source under which a vendor reports for one processor; its address is `/webhooks/{source}`. */
export function sourceBody(vendor: Vendor, processor: string): Fields {
  return {
    name: `${vendor.adapter} for ${processor}`,
    adapter: vendor.adapter,
    processor_id: processor,
    own: vendor.own,
    secrets: [vendor.secret],
  };
}
