// Seeded text for tests that measure rates.

/** `length` characters of `alphabet`. */
export function randomText(random: () => number, length: number, alphabet: string): string {
  let text = '';
  for (let at = 0; at < length; at++) text += alphabet[Math.floor(random() * alphabet.length)];
  return text;
}
