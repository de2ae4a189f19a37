// Stripe's own way of signing, written anew here: `t=<s>,v1=<hex>`, an HMAC-SHA256 over the time and the raw body.
import { createHmac } from 'node:crypto';
import { adapter } from '../../../src/connectors/stripe/adapter.ts';
import { BODY_MUTATIONS, deliveryOf, headerMutations, type SignatureCase, type ToSign } from '../signature-cases.ts';
import { chargeFailed, intentFailed } from './fixtures/events.ts';

export function stripeSignature({ body, secret, atMs }: ToSign): string {
  const seconds = Math.floor(atMs / 1000);
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;
}

export const signatureCase: SignatureCase = {
  adapter,
  own: {},
  secrets: ['whsec_N3wS3cr3tOfTheEndpoint0123456789', 'whsec_0ldS3cr3tOfTheEndpoint0123456789'],
  bodies: [chargeFailed(), intentFailed()].map((event) => JSON.stringify(event, null, 2)),
  sign: (toSign) => deliveryOf(toSign.body, { 'stripe-signature': stripeSignature(toSign) }),
  mutations: [...BODY_MUTATIONS, ...headerMutations('stripe-signature')],
};
