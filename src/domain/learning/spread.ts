// How a rate, or what it is worth, may lie: distribution functions in straight pieces, one for each kind of rate, weighed together. Read on a grid, never drawn from.
import type { Belief } from '../health/status-row.ts';

/** Narrower than this is a certainty, and still has to have a width. */
const WIDTH_MIN = 1e-6;
/** What a belief of no known shape is taken to have: the normal distribution's 16 equal parts, in deviations. */
const NORMAL_QUANTILES = [
  -1.8627, -1.318, -1.01, -0.7764, -0.5791, -0.4023, -0.2372, -0.0784, 0.0784, 0.2372, 0.4023, 0.5791, 0.7764, 1.01,
  1.318, 1.8627,
];
/** A kind this far behind the likeliest is not ruled out further: it would only have to be brought back. In nats. */
const BEHIND_MAX = 6;

/**
 * Rate `i` has (i - 1/2)/n below it, n = quantiles; the first and the last are where it begins and ends, half a part beyond the outermost quantiles.
 */
type Ramp = readonly number[];

export interface Spread {
  readonly parts: readonly { readonly weight: number; readonly ramp: Ramp }[];
  readonly mean: number;
  readonly from: number;
  readonly to: number;
}

/** How likely each kind of rate is in the segment: what all its processors have to say about it adds up. Sums to 1; empty where no shapes are known. */
export function kindsOf(beliefs: readonly Pick<Belief, 'regimes'>[]): number[] {
  const told = beliefs.flatMap(({ regimes }) => (regimes === undefined ? [] : [regimes]));
  const logs = (told[0] ?? []).map(({ prior }, kind) =>
    told.reduce((sum, regimes) => sum + regimes[kind]!.evidence, Math.log(prior)),
  );
  const top = Math.max(...logs);
  const weights = logs.map((log) => Math.exp(Math.max(-BEHIND_MAX, log - top)));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

/** `kinds`: of `kindsOf`. `worth` maps a rate to what it is worth, straight and rising. */
export function spreadOf(
  { mean, sd, regimes }: Pick<Belief, 'mean' | 'sd' | 'regimes'>,
  kinds: readonly number[],
  worth: (rate: number) => number,
): Spread {
  const told = regimes?.map(({ quantiles }, kind) => ({ weight: kinds[kind]!, quantiles })) ?? [
    { weight: 1, quantiles: NORMAL_QUANTILES.map((deviations) => mean + deviations * Math.max(WIDTH_MIN, sd)) },
  ];
  const parts = told.map(({ weight, quantiles }) => ({ weight, ramp: rampOf(quantiles.map(worth)) }));
  return {
    parts,
    mean: parts.reduce((total, { weight, ramp }) => total + weight * meanOf(ramp), 0),
    from: Math.min(...parts.map(({ ramp }) => ramp[0]!)),
    to: Math.max(...parts.map(({ ramp }) => ramp.at(-1)!)),
  };
}

function rampOf(quantiles: readonly number[]): Ramp {
  const last = quantiles.length - 1;
  const before = Math.max(WIDTH_MIN, (quantiles[1]! - quantiles[0]!) / 2);
  const after = Math.max(WIDTH_MIN, (quantiles[last]! - quantiles[last - 1]!) / 2);
  return [quantiles[0]! - before, ...quantiles, quantiles[last]! + after];
}

/** Pieces have the mass of one part; the first and the last, of half a one. */
function meanOf(ramp: Ramp): number {
  const last = ramp.length - 1;
  let sum = 0;
  for (let piece = 0; piece < last; piece++) sum += (pieceMass(piece, last) * (ramp[piece]! + ramp[piece + 1]!)) / 2;
  return sum / (last - 1);
}

const pieceMass = (piece: number, last: number): number => (piece === 0 || piece === last - 1 ? 0.5 : 1);

/** Part of the mass below each of `steps` places, the middles of equal cells from `from` on. */
export function massesBelow(spread: Spread, from: number, cellWidth: number, steps: number): Float64Array {
  const masses = new Float64Array(steps);
  for (const { weight, ramp } of spread.parts) addMasses(masses, weight, ramp, { from, cellWidth });
  // Weights may sum to a little more than 1, and what is then less than nothing has no root.
  for (let step = 0; step < steps; step++) masses[step] = Math.min(1, masses[step]!);
  return masses;
}

function addMasses(
  masses: Float64Array,
  weight: number,
  ramp: Ramp,
  { from, cellWidth }: { readonly from: number; readonly cellWidth: number },
): void {
  const last = ramp.length - 1;
  let place = 0;
  for (let step = 0; step < masses.length; step++) {
    const at = from + (step + 0.5) * cellWidth;
    if (at <= ramp[0]!) continue;
    while (place < last && ramp[place + 1]! <= at) place += 1;
    if (place === last) {
      masses[step]! += weight;
      continue;
    }
    const within = (at - ramp[place]!) / (ramp[place + 1]! - ramp[place]!);
    masses[step]! += (weight * (Math.max(0, place - 0.5) + pieceMass(place, last) * within)) / (last - 1);
  }
}
