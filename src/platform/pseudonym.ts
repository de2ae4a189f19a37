// A keyed hash that stands in for text that must not be kept: equal texts stay equal, none can be read back.

/** `h` and 64 bits of HMAC-SHA256 under a key of this purpose alone, as 16 letters a-p: hex has runs of digits, and some of them read as a card number. */
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
    return `h${Array.from(mac.subarray(0, 8), (byte) => letterOf(byte >> 4) + letterOf(byte & 15)).join('')}`;
  };
}

const letterOf = (nibble: number): string => String.fromCharCode(97 + nibble);
