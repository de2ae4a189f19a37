// The hash against the published vectors of HalfSipHash-2-4, and what the ledger asks of it.
import { describe, expect, test } from 'vitest';
import { hash64, hashHex, parseSalt } from '../../../src/domain/results/hash64.ts';
import { seeded } from '../../harness/seeded.ts';
import { randomText } from './random-text.ts';

/** The reference implementation's vectors (64-bit output, key 00..07, input 00 01 02 ...): bytes of input, low half, high half. */
const VECTORS: readonly (readonly [bytes: number, low: string, high: string])[] = [
  [0, '591f8d21', 'c83cb8b9'],
  [2, 'ef394f06', '57eb507c'],
  [4, '178ae7d5', 'a12ee55b'],
  [6, '35913ece', '25bca28a'],
  [8, '20e8feed', '8c85e4bc'],
  [14, '70a8b13b', '58e6e8ea'],
  [62, 'b53a0bf9', '9366d472'],
];

const hexOf = (text: string, salt: string): string => {
  const hash = { lo: 0, hi: 0 };
  hash64(text, parseSalt(salt), hash);
  return hashHex(hash);
};

describe('hash64', () => {
  test.each(VECTORS)('[LED-9] %i bytes hash to the published vector', (bytes, low, high) => {
    let text = '';
    for (let at = 0; at < bytes; at += 2) text += String.fromCharCode(at | ((at + 1) << 8));
    expect(hexOf(text, '0706050403020100')).toBe(high + low);
  });

  test('[LED-9] another salt gives another hash', () => {
    const salts = Array.from({ length: 1000 }, (_, at) => at.toString(16).padStart(16, '0'));
    expect(new Set(salts.map((salt) => hexOf('txn_1', salt))).size).toBe(1000);
  });

  test('[LED-9] one changed character changes half of the 64 bits on average', () => {
    const random = seeded(1);
    let changed = 0;
    const rounds = 2000;
    for (let round = 0; round < rounds; round++) {
      const text = randomText(random, 20, 'abcdefghij');
      const at = Math.floor(random() * 20);
      const other = text.slice(0, at) + 'k' + text.slice(at + 1);
      const difference =
        BigInt(`0x${hexOf(text, '0f1e2d3c4b5a6978')}`) ^ BigInt(`0x${hexOf(other, '0f1e2d3c4b5a6978')}`);
      changed += difference.toString(2).replaceAll('0', '').length;
    }
    // 2,000 x 64 fair bits: standard deviation 179, so 1,000 is more than five of them.
    expect(Math.abs(changed - rounds * 32)).toBeLessThan(1000);
  });

  test('[LED-9] low and high half are spread evenly over 1,024 slots', () => {
    const low = new Uint32Array(1024);
    const high = new Uint32Array(1024);
    const salt = parseSalt('0f1e2d3c4b5a6978');
    const hash = { lo: 0, hi: 0 };
    for (let id = 0; id < 102_400; id++) {
      hash64(`txn_${id}`, salt, hash);
      low[hash.lo & 1023]!++;
      high[hash.hi & 1023]!++;
    }
    for (const slots of [low, high]) {
      const chiSquare = slots.reduce((sum, count) => sum + (count - 100) ** 2 / 100, 0);
      // 1,023 degrees of freedom: mean 1,023, standard deviation 45.
      expect(chiSquare).toBeGreaterThan(1023 - 5 * 45);
      expect(chiSquare).toBeLessThan(1023 + 5 * 45);
    }
  });

  test('a salt of another form is a bug', () => {
    expect(() => parseSalt('0F1E2D3C4B5A6978')).toThrow();
    expect(() => parseSalt('0f1e')).toThrow();
  });
});
