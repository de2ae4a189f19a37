// Hashes that keep a key on its side (experiments, sticky splits, token fields) and the independent draws of one decision.

/** MurmurHash3's finaliser: every input bit reaches every output bit. */
function mix32(value: number): number {
  let mixed = value ^ (value >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** 32-bit hash of a text: FNV-1a over its UTF-16 code units, finalised. Not for secrets. */
export function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return mix32(hash ^ text.length);
}

/** Where a key falls in [0, 1) for one salt (a rule's or an experiment's id): the same for ever. */
export function stickyUnit(salt: string, key: string): number {
  return mix32(hash32(salt) ^ Math.imul(hash32(key), 0x9e3779b1)) / 2 ** 32;
}

/** The 64-bit seed of one decision, split once. */
export interface Dice {
  readonly low: number;
  readonly high: number;
}

export const diceOf = (seed: bigint): Dice => ({
  low: Number(seed & 0xffff_ffffn) | 0,
  high: Number((seed >> 32n) & 0xffff_ffffn) | 0,
});

/** Independent draws need streams of their own: a decision that asks for a permit must not bias the arm it draws. */
export const STREAM = { arm: 1, split: 2, probe: 3, permit: 16 } as const;

/** One number in [0, 1) for a seed and a stream. */
export function draw(dice: Dice, stream: number): number {
  const first = mix32(dice.low ^ Math.imul(stream, 0x9e3779b9));
  return mix32((first + Math.imul(dice.high, 0x85ebca77)) ^ Math.imul(stream, 0xc2b2ae3d)) / 2 ** 32;
}

/**
 * Weighted rendezvous hashing: the key's processor among the weighted ones. Taking one away moves only the keys it had.
 * Source: Schindelhauer and Schomaker, "Weighted distributed hash tables" (2005), logarithmic method.
 */
export function stickyPick(salt: string, key: string, ids: readonly string[], weights: readonly number[]): number {
  let best = -1;
  let bestDistance = Infinity;
  for (const [index, id] of ids.entries()) {
    const weight = weights[index] ?? 0;
    if (weight <= 0) continue;
    const distance = -Math.log(stickyUnit(`${salt} ${id}`, key) + Number.MIN_VALUE) / weight;
    if (distance < bestDistance) {
      best = index;
      bestDistance = distance;
    }
  }
  return best;
}
