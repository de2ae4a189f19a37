// Stripe's own way of signing, written anew in tools/vendors/stripe.ts, and its events.
import { adapter } from '../../../src/connectors/stripe/adapter.ts';
import { BODY_MUTATIONS, deliveryOf, headerMutations, type SignatureCase } from '../signature-cases.ts';
import { chargeFailed, intentFailed, stripeSignature } from '../../../tools/vendors/stripe.ts';

export const signatureCase: SignatureCase = {
  adapter,
  own: {},
  secrets: ['whsec_N3wS3cr3tOfTheEndpoint0123456789', 'whsec_0ldS3cr3tOfTheEndpoint0123456789'],
  bodies: [chargeFailed(), intentFailed()].map((event) => JSON.stringify(event, null, 2)),
  sign: (toSign) => deliveryOf(toSign.body, { 'stripe-signature': stripeSignature(toSign) }),
  mutations: [...BODY_MUTATIONS, ...headerMutations('stripe-signature')],
};
