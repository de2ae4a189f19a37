// Checks a keyed hash as senders write it. WebCrypto compares, in constant time, in workerd and Node alike.

export const HMAC_ALGORITHMS = ['sha256', 'sha512', 'sha1'] as const;
export type HmacAlgorithm = (typeof HMAC_ALGORITHMS)[number];
export type Bytes = Uint8Array<ArrayBuffer>;

const HASH_NAMES: Readonly<Record<HmacAlgorithm, string>> = { sha256: 'SHA-256', sha512: 'SHA-512', sha1: 'SHA-1' };

const SPACE = 0x20;

export interface SignedMessage {
  readonly algorithm: HmacAlgorithm;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

/** True if one of `keys` made the signature. All of them are tried, so that the time does not tell which; a blank key makes none. */
export async function hmacHolds(signed: SignedMessage, keys: readonly Uint8Array[]): Promise<boolean> {
  const algorithm = { name: 'HMAC', hash: HASH_NAMES[signed.algorithm] };
  // Copies: WebCrypto takes no view of memory that might be shared.
  const [message, signature] = [joined([signed.message]), joined([signed.signature])];
  let holds = false;
  for (const bytes of keys) {
    if (bytes.every((byte) => byte <= SPACE)) continue;
    const key = await crypto.subtle.importKey('raw', joined([bytes]), algorithm, false, ['verify']);
    const matches = await crypto.subtle.verify('HMAC', key, signature, message);
    holds ||= matches;
  }
  return holds;
}

/** `null` for anything but pairs of hex digits, all in one case: one signature has one text. */
export function fromHex(text: string): Bytes | null {
  if (text.length % 2 !== 0 || !/^(?:[0-9a-f]+|[0-9A-F]+)$/.test(text)) return null;
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** Padded base64 of the usual alphabet; `null` for any text that is not the one its bytes are written as. */
export function fromBase64(text: string): Bytes | null {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text) || text.length % 4 !== 0) return null;
  const binary = atob(text);
  return btoa(binary) === text ? Uint8Array.from(binary, (character) => character.charCodeAt(0)) : null;
}

export function fromText(text: string): Bytes {
  return joined([new TextEncoder().encode(text)]);
}

export function joined(parts: readonly Uint8Array[]): Bytes {
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Two texts of secret meaning, such as a path secret: as long for the first wrong character as for the last. */
export function isSameText(left: string, right: string): boolean {
  const [one, other] = [fromText(left), fromText(right)];
  let difference = one.length ^ other.length;
  for (const [at, byte] of one.entries()) difference |= byte ^ (other[at] ?? 0);
  return difference === 0;
}
