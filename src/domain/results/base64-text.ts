// Digits hidden in base64, decoded once and without a platform: for looking into strings, never for reading them.

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

const valueByCode = new Uint8Array(128);
for (let value = 0; value < 64; value++) valueByCode[ALPHABET.charCodeAt(value)] = value;
valueByCode['-'.charCodeAt(0)] = 62;
valueByCode['_'.charCodeAt(0)] = 63;

/** Calls `take` with every byte of `token`: characters of either alphabet, with or without padding, in ASCII. */
function eachByte(token: string, take: (byte: number) => void): void {
  let bits = 0;
  let held = 0;
  for (let at = 0; at < token.length && token[at] !== '='; at++) {
    bits = ((bits << 6) | valueByCode[token.charCodeAt(at)]!) & 0xfff;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    take((bits >>> held) & 0xff);
  }
}

/** Ends where the bytes that are left are too few: most tokens are told apart by their first ones. */
function holdsDigits(token: string, digitsMin: number): boolean {
  const padding = token.indexOf('=');
  const size = padding < 0 ? token.length : padding;
  let missing = digitsMin;
  let bits = 0;
  let held = 0;
  for (let at = 0; at < size && missing > 0; at++) {
    bits = ((bits << 6) | valueByCode[token.charCodeAt(at)]!) & 0xfff;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    const byte = (bits >>> held) & 0xff;
    if (byte >= 48 && byte <= 57) missing -= 1;
    else if (missing * 8 > held + (size - at - 1) * 6) return false;
  }
  return missing <= 0;
}

/** The bytes of `token` as one character each, or `null` if they hold fewer than `digitsMin` ASCII digits: most are told apart by counting. */
export function decodeBase64Digits(token: string, digitsMin: number): string | null {
  if (!holdsDigits(token, digitsMin)) return null;
  const characters: string[] = [];
  eachByte(token, (byte) => characters.push(String.fromCharCode(byte)));
  return characters.join('');
}
