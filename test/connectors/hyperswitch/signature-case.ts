// Hyperswitch's own way of signing, written anew here: `x-webhook-signature-512`, hex of an HMAC-SHA512 over the raw body.
import { createHmac } from 'node:crypto';
import { adapter } from '../../../src/connectors/hyperswitch/adapter.ts';
import { BODY_MUTATIONS, deliveryOf, headerMutations, type SignatureCase } from '../signature-cases.ts';
import { failure, MAPPED, outgoing } from './fixtures/events.ts';

export const HEADER = 'x-webhook-signature-512';

export const signatureCase: SignatureCase = {
  adapter,
  own: {},
  secrets: ['nQ8zV1wT4kLpR7sYxC2mB5gJ9dF3hA6uE0oI', 'payment_response_hash_key_of_last_year'],
  bodies: [
    ...MAPPED.map(({ body }) => JSON.stringify(body)),
    JSON.stringify(
      outgoing('payment_failed', 'payment_details', failure({ error_message: 'Saldo insuficiente · 🙁' })),
      null,
      2,
    ),
  ],
  sign: ({ body, secret }) => deliveryOf(body, { [HEADER]: createHmac('sha512', secret).update(body).digest('hex') }),
  mutations: [...BODY_MUTATIONS, ...headerMutations(HEADER)],
};
