// Dice for tests that print their seed: the same numbers on every machine (mulberry32).

/** Uniform in [0, 1). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `length` characters of `alphabet`. */
export function randomText(random: () => number, length: number, alphabet: string): string {
  let text = '';
  for (let at = 0; at < length; at++) text += alphabet[Math.floor(random() * alphabet.length)];
  return text;
}
