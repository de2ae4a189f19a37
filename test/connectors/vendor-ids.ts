// Ids as each vendor gives them out, drawn from the forms that it publishes or that are seen in published examples, and the deliveries that bear one:
// an approval and, where the vendor tells any, a refund.
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
  /** What publishes the form, or an example of it; a vendor that says nothing of the form may give out others. */
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
    'docs.stripe.com/api/charges/object: a unique identifier, nothing said of its form (read 2026-11-21)',
    'Form seen in examples: ch_3MmlLrLkdIwHu7ix0snN0B15 in copies of that page’s sample; ch_1Mcd6UJITzLVzkSmp1XIBHoW and py_NWOVg9IZfr7zTN in stripe/openapi at f6c2a48, 2026-08-21, fixtures3.beta.json (read 2026-11-21)',
  ],
  draw: (draw) =>
    draw() < 0.2 ? `py_${text(draw, 14, BASE62)}` : `${oneOf(draw, ['ch_3', 'ch_1', 'py_3'])}${text(draw, 23, BASE62)}`,
  approval: (id) => bearing(event('charge.succeeded', charge({ id, metadata: {} }))),
  refund: (id) => bearing(event('refund.created', stripeRefund({ charge: id, metadata: {} }))),
};

const adyen: VendorIds = {
  sources: [
    '@adyen/api-library 28.1.0, NotificationRequestItem.pspReference and Payment.pspReference: 16 characters, unique (read 2026-11-21)',
    'Form seen in examples: JVBXGSDM53RZNN82, 863620292981235B, 8535296650153317 in Adyen/adyen-node-api-library at 3b84a18, 2026-08-21; 9913140798220028 and QFQTPCQ8HXSKGK82 in Adyen/adyen-openapi at aa014f0, 2026-07-01 (read 2026-11-21)',
  ],
  draw: (draw) => {
    const form = draw();
    if (form < 0.3) return text(draw, 16, `${DIGITS}${LOWER.toUpperCase()}`);
    if (form < 0.4) return number(draw, 15) + text(draw, 1, LOWER.toUpperCase());
    return form < 0.7 ? `${oneOf(draw, ['83', '85', '86', '88', '99'])}${text(draw, 14, DIGITS)}` : number(draw, 16);
  },
  approval: (id) => ({ body: body([authorisation({ pspReference: id, merchantReference: '' })] as object) }),
  refund: (id) => ({
    body: body([modification('REFUND', { originalReference: id, merchantReference: '' })] as object),
  }),
};

const hyperswitch: VendorIds = {
  sources: [
    'juspay/hyperswitch, crates/common_utils/src: id_type/payment.rs at 05adaef (`pay` before a generated id) and consts.rs at 0240e63 (20 characters of base 62; a merchant’s own has 1 to 64); as pay_GPnTPs4e56yZ8FKAcj0K in juspay/hyperswitch-docs at 6d81693, 2026-08-20 (read 2026-11-21)',
    'Form seen in examples: pay_mbabizu24mvu3mela5njyhpit4, which the schema of RefundRequest.payment_id gives with 30 characters, in public copies of Hyperswitch’s api_models (read 2026-11-21)',
  ],
  draw: (draw) => {
    const form = draw();
    if (form < 0.3) return `pay_${text(draw, 20, BASE62)}`;
    if (form < 0.5) return `pay_${text(draw, 26, `${DIGITS}${LOWER}`)}`;
    return `${oneOf(draw, ['', 'order-', 'ord_'])}${number(draw, 16)}`;
  },
  approval: (id) => bearing(outgoing('payment_succeeded', 'payment_details', hyperswitchPayment({ payment_id: id }))),
  refund: (id) => bearing(outgoing('refund_succeeded', 'refund_details', hyperswitchRefund({ payment_id: id }))),
};

const paystack: VendorIds = {
  sources: [
    'PaystackOSS/openapi at 9678dea, 2025-10-24, reference: the merchant’s own, of letters, digits and -.= (read 2026-11-21)',
    'Form seen in examples: T685312322670591, re4lyvq3s3, 5bwib5v6anhe9xa, and 4286263136406 as an offline_reference, in PaystackOSS/doc-code-snippets at 94af513, 2026-02-23 (read 2026-11-21)',
  ],
  draw: (draw) => {
    const form = draw();
    if (form < 0.3) return `T${number(draw, 15)}`;
    if (form < 0.5) return text(draw, oneOf(draw, [10, 15]), `${DIGITS}${LOWER}`);
    if (form < 0.6) return number(draw, 13);
    return form < 0.75 ? String(1_763_000_000_000 + Math.floor(draw() * 1e10)) : number(draw, 16);
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
    'mercadopago.com.br/developers, reference of payments, id: a number that Mercado Pago gives out, nothing said of its form (read 2026-11-21)',
    'Form seen in examples: 19951521071 in mercadopago/sdk-nodejs at 4339894, 2026-08-04; notifications in public logs of merchants bear 8 digits in 2020, 11 in 2024 and 12 in 2025 and 2026, such as 143845427326 (read 2026-11-21). 13 are to come',
  ],
  draw: (draw) => number(draw, oneOf(draw, [10, 11, 12, 12, 13])),
  approval: (id) => mercado(id, {}),
  refund: (id) => mercado(id, { status: 'refunded', status_detail: 'refunded', transaction_amount_refunded: 150.5 }),
};

const mpesa: VendorIds = {
  sources: [
    'M-Pesa Express, CheckoutRequestID: a globally unique identifier, nothing said of its form (as l00pinfinity/ExpressAPI tells the documentation, read 2026-11-21)',
    'Form seen in examples: ws_CO_22112022152650652748458100 (moment, milliseconds, the telephone number’s last nine) there, in PatrickNthiwa/Daraja_mpesa_api_C2B and in paidtag.com/docs; ws_CO_191220191020363925 (moment and four digits) and ws_CO_DMZ_370754209_06062019172849964 of older ones in public repositories (read 2026-11-21)',
  ],
  draw: (draw) => {
    const form = draw();
    if (form < 0.2) return `ws_CO_${moment(draw)}${text(draw, 4, DIGITS)}`;
    if (form < 0.4) return `ws_CO_DMZ_${number(draw, oneOf(draw, [8, 9]))}_${moment(draw)}${text(draw, 3, DIGITS)}`;
    return `ws_CO_${moment(draw)}${text(draw, 3, DIGITS)}${oneOf(draw, ['1', '7'])}${text(draw, 8, DIGITS)}`;
  },
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
  sources: ['The merchant’s own ids, which no vendor publishes: the forms are ours'],
  draw: ofMerchants,
  approval: (id) => bearing(message('attempt.authorised', { attempt_id: id, transaction_id: null, decision_id: null })),
  refund: (id) => bearing(message('attempt.refunded', { attempt_id: id, transaction_id: null, decision_id: null })),
};

const custom = (id: string, kind: string): BearingDelivery =>
  bearing({ ...customPaid({ id, reference: null, metadata: {}, method: 'card' }), event: kind });

const customHmac: VendorIds = {
  sources: ['The merchant’s own ids, which no vendor publishes: the forms are ours'],
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
