// The specification's way of signing, written anew in tools/vendors/standard-webhooks.ts: base64 of an HMAC-SHA256 over id, time and raw body.
import { adapter } from '../../../src/connectors/standard-webhooks/adapter.ts';
import { BODY_MUTATIONS, deliveryOf, headerMutations, type SignatureCase } from '../signature-cases.ts';
import { headersOf, message, OLD_SECRET, SECRET } from '../../../tools/vendors/standard-webhooks.ts';

export const signatureCase: SignatureCase = {
  adapter,
  own: {},
  secrets: [SECRET, OLD_SECRET],
  bodies: [
    JSON.stringify(message('attempt.authorised')),
    JSON.stringify(message('attempt.declined', { decline_code: 'insufficient_funds' }), null, 1),
  ],
  sign: (toSign) => deliveryOf(toSign.body, headersOf(toSign)),
  mutations: [
    ...BODY_MUTATIONS,
    ...headerMutations('webhook-id'),
    ...headerMutations('webhook-timestamp'),
    ...headerMutations('webhook-signature'),
  ],
};
