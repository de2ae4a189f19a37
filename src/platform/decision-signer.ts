// Signs and verifies decision ids with WebCrypto: HMAC-SHA256 cut to 96 bits, keys by id so that they can be rotated.
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
const ALGORITHM = { name: 'HMAC', hash: 'SHA-256' };

/**
 * `secretText` is `1:<secret>,2:<secret>`: ids 0-15, each secret at least 32 bytes in hex or base64. The first one signs,
 * all of them verify: put a new key first and keep the old one for 7 days. Throws on a text that is no such list.
 */
export function createDecisionSigner(secretText: string): DecisionSigner {
  const secrets = parseKeyList(secretText, 'decision');
  const [signing] = secrets;
  if (signing === undefined) throw new Error('The decision secret is empty');
  // At first use (a Worker's global scope may not import), and the key, not its promise: a promise of one request
  // may never settle for another.
  const keys = new Map<number, CryptoKey>();
  const keyOf = async (id: number, secret: Uint8Array<ArrayBuffer>): Promise<CryptoKey> => {
    const known = keys.get(id);
    if (known !== undefined) return known;
    const imported = await crypto.subtle.importKey('raw', secret, ALGORITHM, false, ['sign']);
    keys.set(id, imported);
    return imported;
  };
  const macOf = async (
    id: number,
    secret: Uint8Array<ArrayBuffer>,
    bytes: Uint8Array<ArrayBuffer>,
  ): Promise<Uint8Array> =>
    new Uint8Array(await crypto.subtle.sign(ALGORITHM, await keyOf(id, secret), bytes)).slice(0, MAC_BYTES);

  return {
    async sign(fields) {
      for (const variant of VARIANTS_TRIED) {
        const signed = encodeSigned(fields, signing.id, variant);
        const token = joinToken(signed, await macOf(signing.id, signing.secret, signed));
        if (!looksLikeCard(token)) return token;
      }
      throw new Error('Four masks in a row look like a card number: the masks are broken');
    },
    async verify(text, now) {
      const parts = splitToken(text);
      if (parts === null) return { ok: false, reason: 'malformed' };
      const key = secrets.find(({ id }) => id === parts.keyId);
      if (key === undefined) return { ok: false, reason: 'bad_signature' };
      const expected = await macOf(key.id, key.secret, parts.signed);
      return isSame(expected, parts.mac) ? readSigned(parts.signed, now) : { ok: false, reason: 'bad_signature' };
    },
  };
}

/** Takes as long for the first wrong byte as for the last. */
function isSame(left: Uint8Array, right: Uint8Array): boolean {
  let difference = left.length ^ right.length;
  for (const [index, byte] of left.entries()) difference |= byte ^ (right[index] ?? 0);
  return difference === 0;
}
