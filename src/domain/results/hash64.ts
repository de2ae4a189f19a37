// Keyed 64-bit hashing of identifiers: HalfSipHash-2-4, so that nobody without the salt can make two ids collide.
// A plain multiply-and-xor hash was rejected: with its constants public, differences that cancel can be computed whatever its seed.
// (Aumasson and Bernstein, "SipHash: a fast short-input PRF", in its 32-bit form with 64-bit output; not for signatures.)

/** 64 bits as two unsigned 32-bit halves. */
export interface Hash64 {
  lo: number;
  hi: number;
}

/** 64 secret random bits, drawn once per object: 16 lower-case hex characters. */
export function parseSalt(hex: string): Hash64 {
  if (!/^[0-9a-f]{16}$/.test(hex)) throw new Error('a salt is 16 lower-case hex characters');
  return { hi: Number.parseInt(hex.slice(0, 8), 16), lo: Number.parseInt(hex.slice(8), 16) };
}

const BYTE_HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

const wordHex = (word: number): string =>
  BYTE_HEX[word >>> 24]! + BYTE_HEX[(word >>> 16) & 255]! + BYTE_HEX[(word >>> 8) & 255]! + BYTE_HEX[word & 255]!;

/** 16 lower-case hex characters, high half first. */
export function hashHex(hash: Hash64): string {
  return wordHex(hash.hi) + wordHex(hash.lo);
}

const BLOCK_ROUNDS = 2;
const FINAL_ROUNDS = 4;

/** Hashes the UTF-16 code units of `text`, each as two little-endian bytes, into `into`. */
export function hash64(text: string, salt: Hash64, into: Hash64): void {
  let v0 = salt.lo | 0;
  let v1 = salt.hi ^ 0xee;
  let v2 = salt.lo ^ 0x6c796765;
  let v3 = salt.hi ^ 0x74656462;
  const length = text.length;
  const blocks = length >>> 1;
  // Steps: one per pair of code units, the last unit with the length, then the two halves of the answer.
  for (let step = 0; step <= blocks + 2; step++) {
    let word = 0;
    if (step < blocks) word = text.charCodeAt(step * 2) | (text.charCodeAt(step * 2 + 1) << 16);
    else if (step === blocks) word = ((length * 2) << 24) | (length & 1 ? text.charCodeAt(length - 1) : 0);
    else if (step === blocks + 1) v2 ^= 0xee;
    else v1 ^= 0xdd;
    v3 ^= word;
    for (let round = step <= blocks ? BLOCK_ROUNDS : FINAL_ROUNDS; round > 0; round--) {
      v0 = (v0 + v1) | 0;
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
      v0 = (v0 << 16) | (v0 >>> 16);
      v2 = (v2 + v3) | 0;
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
      v2 = (v2 << 16) | (v2 >>> 16);
    }
    v0 ^= word;
    if (step === blocks + 1) into.lo = (v1 ^ v3) >>> 0;
  }
  into.hi = (v1 ^ v3) >>> 0;
}
