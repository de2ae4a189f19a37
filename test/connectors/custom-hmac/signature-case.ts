// Two senders that the settings describe: one signs the body, the other a time as well.
import { adapter } from '../../../src/connectors/custom-hmac/adapter.ts';
import { BODY_MUTATIONS, deliveryOf, headerMutations, type SignatureCase } from '../signature-cases.ts';
import { paid, PLAIN, plainHeaders, SECRETS, TIMED, timedHeaders } from './fixtures/sender.ts';

const bodies = [JSON.stringify(paid())];

export const plainCase: SignatureCase = {
  adapter,
  own: PLAIN,
  secrets: SECRETS,
  bodies,
  sign: (toSign) => deliveryOf(toSign.body, plainHeaders(toSign)),
  windowMs: 0,
  mutations: [...BODY_MUTATIONS, ...headerMutations('x-signature')],
};

export const timedCase: SignatureCase = {
  adapter,
  own: TIMED,
  secrets: SECRETS,
  bodies,
  sign: (toSign) => deliveryOf(toSign.body, timedHeaders(toSign)),
  windowMs: 60_000,
  mutations: [...BODY_MUTATIONS, ...headerMutations('x-sent-at'), ...headerMutations('x-hub-signature')],
};
