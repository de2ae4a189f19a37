// Ids as each vendor gives them out, drawn from the published forms, and the deliveries that bear one: an approval and, where the vendor tells any, a refund.
import { seeded } from '../harness/seeded.ts';
import { authorisation, modification } from '../../tools/vendors/adyen.ts';
import { charge, event, refund as stripeRefund } from '../../tools/vendors/stripe.ts';
import { message } from '../../tools/vendors/standard-webhooks.ts';
import { paid as customPaid } from './custom-hmac/fixtures/sender.ts';
import { outgoing, payment as hyperswitchPayment, refund as hyperswitchRefund } from './hyperswitch/fixtures/events.ts';
import { notification, payment as mercadoPayment } from './mercado-pago/fixtures/payments.ts';
import { paid as mpesaPaid } from './mpesa/fixtures/callbacks.ts';
import {
  charge as paystackCharge,
  event as paystackEvent,
  refund as paystackRefund,
} from './paystack/fixtures/events.ts';
import { signed as signedMercado } from './mercado-pago/signature-case.ts';
import type { Delivery } from '../../src/ports/webhook-adapter.ts';
import type { Draw } from './signature-cases.ts';

export interface BearingDelivery {
  readonly body: string;
  /** What the vendor's own API answers when it is asked for the id. */
  readonly fetched?: object;
  /** Where the id is signed beside the body. */
  readonly signed?: (secret: string, atMs: number) => Delivery;
}

export interface VendorIds {
  /** Where the form is published. */
  readonly sources: readonly string[];
  draw(draw: Draw): string;
  approval(id: string): BearingDelivery;
  /** `null`: the vendor tells no refunds. */
  refund(id: string): BearingDelivery | null;
}

const DIGITS = '0123456789';
const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const BASE62 = `${DIGITS}${LOWER.toUpperCase()}${LOWER}`;

function text(draw: Draw, length: number, alphabet: string): string {
  return Array.from({ length }, () => alphabet[Math.floor(draw() * alphabet.length)]).join('');
}
const oneOf = <Value>(draw: Draw, values: readonly Value[]): Value => values[Math.floor(draw() * values.length)]!;
const number = (draw: Draw, length: number): string => `${1 + Math.floor(draw() * 9)}${text(draw, length - 1, DIGITS)}`;
const body = (value: object): string => JSON.stringify(value);
const bearing = (value: object): BearingDelivery => ({ body: body(value) });

/** `DDMMYYYYHHmmss`, as Safaricom writes a moment in Nairobi. */
function moment(draw: Draw): string {
  const two = (from: number, to: number): string =>
    String(from + Math.floor(draw() * (to - from + 1))).padStart(2, '0');
  return `${two(1, 31)}${two(1, 12)}${oneOf(draw, ['2025', '2026'])}${two(0, 23)}${two(0, 59)}${two(0, 59)}`;
}

const stripe: VendorIds = {
  sources: [
    'stripe-node 23.1.0, Charge.id, and the samples of its documentation: a prefix and 24 characters of base 62 (read 2026-11-21)',
  ],
  draw: (draw) => `${oneOf(draw, ['ch_3', 'ch_1', 'py_3'])}${text(draw, 23, BASE62)}`,
  approval: (id) => bearing(event('charge.succeeded', charge({ id, metadata: {} }))),
  refund: (id) => bearing(event('refund.created', stripeRefund({ charge: id, metadata: {} }))),
};

const adyen: VendorIds = {
  sources: [
    '@adyen/api-library 28.1.0, Payment.pspReference: 16 characters (read 2026-11-21); those of older accounts are all digits',
  ],
  draw: (draw) => {
    const form = draw();
    if (form < 0.3) return text(draw, 16, `${DIGITS}${LOWER.toUpperCase()}`);
    return form < 0.6 ? `${oneOf(draw, ['85', '86', '88', '79'])}${text(draw, 14, DIGITS)}` : number(draw, 16);
  },
  approval: (id) => ({ body: body([authorisation({ pspReference: id, merchantReference: '' })] as object) }),
  refund: (id) => ({
    body: body([modification('REFUND', { originalReference: id, merchantReference: '' })] as object),
  }),
};

const hyperswitch: VendorIds = {
  sources: [
    'Hyperswitch API reference v1, payment_id: 30 characters, `pay_` and 26 in its samples, or the merchant’s own (read 2026-11-21)',
  ],
  draw: (draw) =>
    draw() < 0.5
      ? `pay_${text(draw, 26, `${DIGITS}${LOWER}`)}`
      : `${oneOf(draw, ['', 'order-', 'ord_'])}${number(draw, 16)}`,
  approval: (id) => bearing(outgoing('payment_succeeded', 'payment_details', hyperswitchPayment({ payment_id: id }))),
  refund: (id) => bearing(outgoing('refund_succeeded', 'refund_details', hyperswitchRefund({ payment_id: id }))),
};

const paystack: VendorIds = {
  sources: [
    'Paystack documentation, reference: the merchant’s own, often a moment or a number, else `T` and 15 digits or 10 letters and digits (read 2026-11-21)',
  ],
  draw: (draw) => {
    const form = draw();
    if (form < 0.3) return `T${number(draw, 15)}`;
    if (form < 0.5) return text(draw, 10, `${DIGITS}${LOWER}`);
    return form < 0.7 ? String(1_763_000_000_000 + Math.floor(draw() * 1e10)) : number(draw, 16);
  },
  approval: (id) => bearing(paystackEvent('charge.success', paystackCharge({ reference: id, id: 4_099_260_516 }))),
  refund: (id) => bearing(paystackEvent('refund.processed', paystackRefund({ transaction_reference: id }))),
};

function mercado(id: string, over: object): BearingDelivery {
  const told = body(notification({ data: { id } }));
  return {
    body: told,
    fetched: mercadoPayment({ id: Number(id), external_reference: null, ...over }),
    signed: (secret, atMs) => signedMercado(told, { secret, time: String(Math.floor(atMs / 1_000)), id }),
  };
}

const mercadoPago: VendorIds = {
  sources: [
    'Mercado Pago, GET /v1/payments/{id}, id: a whole number, of 10 to 12 digits in its samples (read 2026-11-21)',
  ],
  draw: (draw) => number(draw, oneOf(draw, [10, 11, 12, 12, 13])),
  approval: (id) => mercado(id, {}),
  refund: (id) => mercado(id, { status: 'refunded', status_detail: 'refunded', transaction_amount_refunded: 150.5 }),
};

const mpesa: VendorIds = {
  sources: [
    'Samples of M-Pesa Express, CheckoutRequestID: ws_CO_191220191020363925 (a moment and four digits), ws_CO_22112022152650652748458100 (a moment, milliseconds, the telephone number) (read 2026-11-21)',
  ],
  draw: (draw) => `ws_CO_${moment(draw)}${text(draw, oneOf(draw, [4, 12]), DIGITS)}`,
  approval: (id) => {
    const callback = mpesaPaid() as { readonly Body: { readonly stkCallback: object } };
    return bearing({ Body: { stkCallback: { ...callback.Body.stkCallback, CheckoutRequestID: id } } });
  },
  refund: () => null,
};

/** Ids that merchants choose themselves. */
const ofMerchants = (draw: Draw): string => {
  const form = draw();
  if (form < 0.2) return `att_${text(draw, 22, BASE62)}`;
  if (form < 0.5) return `${oneOf(draw, ['ORD-', 'inv', '2026-', ''])}${number(draw, 16)}`;
  return form < 0.7 ? text(draw, 26, '0123456789ABCDEFGHJKMNPQRSTVWXYZ') : number(draw, oneOf(draw, [13, 14, 15, 18]));
};

const standardWebhooks: VendorIds = {
  sources: ['the merchant’s own ids'],
  draw: ofMerchants,
  approval: (id) => bearing(message('attempt.authorised', { attempt_id: id, transaction_id: null, decision_id: null })),
  refund: (id) => bearing(message('attempt.refunded', { attempt_id: id, transaction_id: null, decision_id: null })),
};

const custom = (id: string, kind: string): BearingDelivery =>
  bearing({ ...customPaid({ id, reference: null, metadata: {}, method: 'card' }), event: kind });

const customHmac: VendorIds = {
  sources: ['the merchant’s own ids'],
  draw: ofMerchants,
  approval: (id) => custom(id, 'payment.paid'),
  refund: (id) => custom(id, 'payment.refunded'),
};

/** By signature case. */
export const VENDOR_IDS: Readonly<Record<string, VendorIds>> = {
  stripe,
  adyen,
  hyperswitch,
  paystack,
  'mercado-pago': mercadoPago,
  mpesa,
  'standard-webhooks': standardWebhooks,
  'custom-hmac': customHmac,
};

/** No two alike. */
export function drawIds(vendor: VendorIds, count: number, seed: number): readonly string[] {
  const random = seeded(seed);
  const ids = new Set<string>();
  while (ids.size < count) ids.add(vendor.draw(random));
  return [...ids];
}
