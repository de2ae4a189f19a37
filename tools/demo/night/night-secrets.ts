// The night demo's decision tokens and pseudonyms: the house's own formats under a plain hash, for hundreds of thousands of them wait for nobody.
import { hash } from 'node:crypto';
import {
  type DecisionSigner,
  encodeSigned,
  joinToken,
  MAC_BYTES,
  readSigned,
  splitToken,
} from '../../../src/domain/routing/decision-token.ts';

const KEY_ID = 1;

/** Whoever reads this may sign: it guards simulated payments. */
const macOf = (bytes: Uint8Array | string): Buffer => hash('sha256', bytes, 'buffer');

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
