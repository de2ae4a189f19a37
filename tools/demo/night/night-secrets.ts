// The night demo's decision tokens and pseudonyms: the house's own formats under node's own HMAC, for hundreds of thousands of them wait for nobody.
import { createHmac } from 'node:crypto';
import {
  type DecisionSigner,
  encodeSigned,
  joinToken,
  MAC_BYTES,
  readSigned,
  splitToken,
} from '../../../src/domain/routing/decision-token.ts';

/** Whoever reads this may sign: it guards simulated payments. */
const SECRET = 'the night demo';
const KEY_ID = 1;

const macOf = (bytes: Uint8Array | string): Buffer => createHmac('sha256', SECRET).update(bytes).digest();

export const nightSigner: DecisionSigner = {
  sign: (fields) => {
    const signed = encodeSigned(fields, KEY_ID, 0);
    return Promise.resolve(joinToken(signed, macOf(signed).subarray(0, MAC_BYTES)));
  },
  verify: (text, now) => {
    const parts = splitToken(text);
    if (parts === null) return Promise.resolve({ ok: false, reason: 'malformed' });
    const isOurs = macOf(parts.signed).subarray(0, MAC_BYTES).equals(parts.mac);
    return Promise.resolve(isOurs ? readSigned(parts.signed, now) : { ok: false, reason: 'bad_signature' });
  },
};

export const nightPseudonym = (text: string): Promise<string> =>
  Promise.resolve(`h${macOf(text).toString('hex').slice(0, 16)}`);
