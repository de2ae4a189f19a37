// A keyed hash that stands in for text that must not be kept: equal texts stay equal, none can be read back.

/** 16 hex characters of HMAC-SHA256 under a key derived from `secret` for this purpose alone. */
export function createPseudonym(secret: string): (text: string) => Promise<string> {
  let imported: Promise<CryptoKey> | null = null;
  const encoder = new TextEncoder();
  return async (text) => {
    imported ??= crypto.subtle.importKey('raw', encoder.encode(`pseudonym ${secret}`), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
    const mac = new Uint8Array(await crypto.subtle.sign('HMAC', await imported, encoder.encode(text)));
    return Array.from(mac.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join('');
  };
}
