// A keyed hash that stands in for text that must not be kept: equal texts stay equal, none can be read back.

/** `h` and 16 hex characters of HMAC-SHA256 under a key of this purpose alone; the letter keeps it from ever looking like a card number. */
export function createPseudonym(secret: string): (text: string) => Promise<string> {
  let imported: Promise<CryptoKey> | null = null;
  const encoder = new TextEncoder();
  return async (text) => {
    imported ??= crypto.subtle.importKey(
      'raw',
      encoder.encode(`pseudonym ${secret}`),
      { name: 'HMAC', hash: 'SHA-256' },
      false,
      ['sign'],
    );
    const mac = new Uint8Array(await crypto.subtle.sign('HMAC', await imported, encoder.encode(text)));
    return `h${Array.from(mac.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
  };
}
