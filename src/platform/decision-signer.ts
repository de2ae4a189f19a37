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

const VARIANTS_TRIED: readonly Variant[] = [0, 1, 2, 3];
const SECRET_BYTES_MIN = 32;
const ALGORITHM = { name: 'HMAC', hash: 'SHA-256' };

/**
 * `secretText` is `1:<secret>,2:<secret>`: ids 0-15, each secret at least 32 bytes in hex or base64. The first one signs,
 * all of them verify: put a new key first and keep the old one for 7 days. Throws on a text that is no such list.
 */
export function createDecisionSigner(secretText: string): DecisionSigner {
  const secrets = parseSecrets(secretText);
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

interface Secret {
  readonly id: number;
  readonly secret: Uint8Array<ArrayBuffer>;
}

/** The errors name the place, never the secret. */
function parseSecrets(text: string): readonly Secret[] {
  const secrets = text.split(',').map((entry, index): Secret => {
    const place = `The decision secret's entry ${index + 1}`;
    const parts = /^(\d{1,2}):(.+)$/.exec(entry.trim());
    const id = Number(parts?.[1] ?? Number.NaN);
    if (parts?.[2] === undefined || id > 15) throw new Error(`${place} is not <id 0-15>:<secret>`);
    const secret = bytesOf(parts[2]);
    if (secret === null) throw new Error(`${place} is neither hex nor base64`);
    if (secret.length < SECRET_BYTES_MIN) throw new Error(`${place} is shorter than ${SECRET_BYTES_MIN} bytes`);
    return { id, secret };
  });
  if (new Set(secrets.map(({ id }) => id)).size !== secrets.length)
    throw new Error('The decision secret names an id twice');
  return secrets;
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> | null {
  if (/^(?:[0-9a-f]{2})+$/i.test(text)) {
    return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  }
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(text)) return null;
  try {
    return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) =>
      character.charCodeAt(0),
    );
  } catch {
    return null;
  }
}
