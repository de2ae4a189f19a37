// Chance by counting: each number depends on the seed and on what it is for, never on what was drawn before it.

/** What a draw is for; persisted in no file, but a change here changes every run. */
export const PURPOSE = {
  gap: 1,
  segment: 2,
  userError: 3,
  shuffle: 4,
  outcome: 16,
  latency: 17,
  delay: 18,
  loss: 19,
  duplicate: 20,
  duplicateDelay: 21,
  disorder: 22,
  disorderDelay: 23,
  softDecline: 24,
} as const;

/** MurmurHash3's finaliser. */
function mix32(value: number): number {
  let mixed = value ^ (value >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

/** A run draws with one seed. */
let ofSeed = { seed: 0, mixed: 0 };

/** Uniform in (0, 1): of payment `index`, for `purpose`, at `place` (processor x attempt, or 0). */
export function uniform(seed: number, purpose: number, index: number, place: number): number {
  if (seed !== ofSeed.seed) ofSeed = { seed, mixed: mix32(seed | 0) };
  const own = mix32(ofSeed.mixed + Math.imul(purpose, 0x9e3779b1));
  const ofPayment = mix32(own + Math.imul(index, 0x85ebca77));
  return ((mix32(ofPayment ^ Math.imul(place + 1, 0x27d4eb2f)) >>> 0) + 0.5) / 2 ** 32;
}

/** A policy's own stream, uniform in [0, 1): mulberry32. */
export function stream(seed: number): () => number {
  let state = mix32(seed ^ 0x5bd1e995) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The processor of the scenario that stands at each place of the policies' list. */
export function shuffledOrder(count: number, seed: number): number[] {
  const order = Array.from({ length: count }, (_, index) => index);
  for (let place = count - 1; place > 0; place -= 1) {
    const other = Math.floor(uniform(seed, PURPOSE.shuffle, place, 0) * (place + 1));
    [order[place], order[other]] = [order[other]!, order[place]!];
  }
  return order;
}

/** Standard normal from a uniform in (0, 1): Acklam's rational fit, relative error below 1.2e-9. */
export function normalQuantile(probability: number): number {
  const low = 0.02425;
  if (probability < low) return tailQuantile(Math.sqrt(-2 * Math.log(probability)));
  if (probability > 1 - low) return -tailQuantile(Math.sqrt(-2 * Math.log(1 - probability)));
  const q = probability - 0.5;
  const r = q * q;
  return (horner(MIDDLE_UPPER, r) * q) / horner(MIDDLE_LOWER, r);
}

const MIDDLE_UPPER = [
  -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716, 2.506628277459239,
];
const MIDDLE_LOWER = [
  -54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1,
];
const TAIL_UPPER = [
  -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
  2.938163982698783,
];
const TAIL_LOWER = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1];

function tailQuantile(q: number): number {
  return horner(TAIL_UPPER, q) / horner(TAIL_LOWER, q);
}

function horner(coefficients: readonly number[], at: number): number {
  let sum = 0;
  for (let place = 0; place < coefficients.length; place += 1) sum = sum * at + coefficients[place]!;
  return sum;
}
