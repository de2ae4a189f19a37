import { describe, expect, test } from 'vitest';
import { isSampled, readSampleRate, SAMPLE_RATE_DEFAULT } from '../../../src/domain/history/sampled-decision.ts';

const nonceAt = (index: number): string =>
  ((BigInt(index) * 0x9e3779b97f4a7c15n) & 0xffffffffffffffffn).toString(16).padStart(16, '0');
const NONCES = Array.from({ length: 20_000 }, (_, index) => nonceAt(index + 1));

describe('[HIS-21] a share of decisions', () => {
  test.each([0, 0.01, 0.1, 0.5, 1])('of %d is kept, by the nonce alone', (rate) => {
    const kept = NONCES.filter((nonce) => isSampled(nonce, rate));
    const sd = Math.sqrt(NONCES.length * rate * (1 - rate));
    expect(Math.abs(kept.length - NONCES.length * rate)).toBeLessThanOrEqual(4 * sd);
    expect(NONCES.filter((nonce) => isSampled(nonce, rate))).toEqual(kept);
  });

  test('that is kept at a small rate is kept at every greater one', () => {
    const few = NONCES.filter((nonce) => isSampled(nonce, 0.05));
    expect(few.every((nonce) => isSampled(nonce, 0.2))).toBe(true);
  });

  test('says nothing of the draw that the same nonce makes', () => {
    const low = NONCES.filter((nonce) => BigInt(`0x${nonce}`) < 1n << 63n);
    const share = low.filter((nonce) => isSampled(nonce, 0.1)).length / low.length;
    expect(Math.abs(share - 0.1)).toBeLessThan(0.013);
  });

  test('that nobody can have meant is the default', () => {
    for (const text of [undefined, '', ' ', 'all', '-1', '1.01', 'NaN', 'Infinity'])
      expect(readSampleRate(text)).toBe(SAMPLE_RATE_DEFAULT);
    expect([readSampleRate('0'), readSampleRate('1'), readSampleRate('0.25')]).toEqual([0, 1, 0.25]);
  });
});
