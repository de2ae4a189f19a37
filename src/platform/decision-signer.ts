// Signs and verifies decision ids: HMAC-SHA256 cut to 96 bits, keys by id so that they can be rotated. At once: a promise for 33 bytes costs a decision more than their hash.
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import {
  encodeSigned,
  joinToken,
  looksLikeCard,
  MAC_BYTES,
  readSigned,
  splitToken,
  type DecisionSigner,
  type Variant,
} from '../domain/routing/decision-token.ts';
import { parseKeyList } from './key-list.ts';

const VARIANTS_TRIED: readonly Variant[] = [0, 1, 2, 3];

/**
 * `secretText` is `1:<secret>,2:<secret>`: ids 0-15, each secret at least 32 bytes in hex or base64. The first one signs,
 * all of them verify: put a new key first and keep the old one for 7 days. Throws on a text that is no such list.
 */
export function createDecisionSigner(secretText: string): DecisionSigner {
  const secrets = parseKeyList(secretText, 'decision');
  const [signing] = secrets;
  if (signing === undefined) throw new Error('The decision secret is empty');
  // What a key makes of the hash's first block is the same for each token.
  const keyed = new Map(secrets.map(({ id, secret }) => [id, hmac.create(sha256, secret)]));
  // Used again for each token: to make the parts of a hash costs more than to hash so few bytes.
  const working = hmac.create(sha256, signing.secret);
  const whole = new Uint8Array(working.outputLen);
  const mac = whole.subarray(0, MAC_BYTES);
  /** Good until the next is asked for. */
  const macOf = (id: number, bytes: Uint8Array): Uint8Array => {
    keyed.get(id)!._cloneInto(working).update(bytes).digestInto(whole);
    return mac;
  };

  return {
    sign(fields) {
      for (const variant of VARIANTS_TRIED) {
        const signed = encodeSigned(fields, signing.id, variant);
        const token = joinToken(signed, macOf(signing.id, signed));
        if (!looksLikeCard(token)) return token;
      }
      throw new Error('Four masks in a row look like a card number: the masks are broken');
    },
    verify(text, now) {
      const parts = splitToken(text);
      if (parts === null) return { ok: false, reason: 'malformed' };
      if (!keyed.has(parts.keyId)) return { ok: false, reason: 'bad_signature' };
      return isSame(macOf(parts.keyId, parts.signed), parts.mac)
        ? readSigned(parts.signed, now)
        : { ok: false, reason: 'bad_signature' };
    },
  };
}

/** Takes as long for the first wrong byte as for the last. */
function isSame(left: Uint8Array, right: Uint8Array): boolean {
  let difference = left.length ^ right.length;
  for (const [index, byte] of left.entries()) difference |= byte ^ (right[index] ?? 0);
  return difference === 0;
}
