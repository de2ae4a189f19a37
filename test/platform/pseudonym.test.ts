// The keyed hash that stands in for a card number is never taken for one itself.
import { expect, test } from 'vitest';
import { createPseudonym } from '../../src/platform/pseudonym.ts';

test('[PAN-9] a keyed hash is the same for the same text, another under another key, and has no digit', async () => {
  const [ours, theirs] = [createPseudonym('a'.repeat(64)), createPseudonym('b'.repeat(64))];
  const texts = Array.from({ length: 1_000 }, (_, index) => String(4_000_000_000_000_000 + index));
  const hashes = await Promise.all(texts.map(ours));
  expect(new Set(hashes).size).toBe(texts.length);
  expect(hashes.filter((hash) => !/^h[a-p]{16}$/.test(hash))).toEqual([]);
  expect(await ours(texts[7]!)).toBe(hashes[7]);
  expect(await theirs(texts[7]!)).not.toBe(hashes[7]);
});
