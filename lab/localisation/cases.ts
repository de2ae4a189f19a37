// Seeded cases for localisation: ordinary traffic over sparse leaves, and a fault that is put into combinations of attributes known beforehand.
import {
  ATTRIBUTES,
  isWithin,
  type Attribute,
  type Combination,
  type CountWindow,
  type Leaf,
} from '../../src/domain/localisation/leaf-table.ts';
import { drawNormal } from '../sampling.ts';
import { seededDraws } from '../detection/seeded-draws.ts';

export interface CaseShape {
  readonly name: string;
  /** Values of each attribute. */
  readonly sizes: Readonly<Record<Attribute, number>>;
  /** How many leaves have traffic. */
  readonly leaves: number;
  /** Expected attempts in the anomalous window. */
  readonly attempts: number;
  /** The baseline window is as many times as long. */
  readonly baselineTimes: number;
  /** Attributes that each cause names, by cause; several choices are drawn from. */
  readonly causes: readonly (readonly (readonly Attribute[])[])[];
  /** A cause lifts the failure rate of its leaves to one between these. */
  readonly severity: readonly [low: number, high: number];
  /** Standard deviation of each leaf's own log odds from window to window. */
  readonly noise: number;
}

export interface LocalisationCase {
  readonly baseline: CountWindow;
  readonly anomalous: CountWindow;
  readonly truth: readonly Combination[];
}

/** The least excess failures a cause must make to be called one, and the least share of traffic. */
const EXCESS_MIN = 12;
const TRIES_MAX = 200;
const USUAL_RATE = 0.03;

export function createCase(shape: CaseShape, seed: number): LocalisationCase {
  const draw = seededDraws(`${shape.name} ${seed}`);
  const leaves = drawLeaves(shape, draw);
  const truth = drawCauses(shape, leaves, draw);
  const total = leaves.reduce((sum, { weight }) => sum + weight, 0);
  const windowOf = (times: number, isAnomalous: boolean, minutes: number): CountWindow => ({
    minutes,
    leaves: leaves.flatMap(({ place, weight, rate }) => {
      const attempts = drawPoisson((times * shape.attempts * weight) / total, draw);
      const odds = (rate / (1 - rate)) * Math.exp(shape.noise * drawNormal(draw));
      let chance = odds / (1 + odds);
      for (const cause of isAnomalous ? truth : [])
        if (isWithin(place, cause.combination)) chance = cause.strike(chance);
      const failures = drawBinomial(attempts, chance, draw);
      const declines = drawBinomial(attempts - failures, 0.15, draw);
      if (attempts === 0) return [];
      const approvals = attempts - failures - declines;
      return [{ ...place, attempts, failures, declines, approvals, amountMinor: 5_000 * attempts }];
    }),
  });
  return {
    baseline: windowOf(shape.baselineTimes, false, 10 * shape.baselineTimes),
    anomalous: windowOf(1, true, 10),
    truth: truth.map(({ combination }) => combination),
  };
}

interface DrawnLeaf {
  readonly place: Leaf;
  readonly weight: number;
  readonly rate: number;
}

/** Values are used as unevenly as in life (Zipf), processors and countries have habits of their own, and some leaves differ from both. */
function drawLeaves({ sizes, leaves }: CaseShape, draw: () => number): DrawnLeaf[] {
  const habits = ATTRIBUTES.map((attribute) =>
    Array.from({ length: sizes[attribute] }, () => ({ share: 0, effect: 0.35 * drawNormal(draw) })).map(
      (habit, place) => ({ ...habit, share: (place + 1) ** -0.8 }),
    ),
  );
  const made = new Map<string, DrawnLeaf>();
  for (let tries = 0; made.size < leaves && tries < 30 * leaves; tries++) {
    const chosen = habits.map((habit) => pick(habit, draw));
    const [processor, method, country, bin] = chosen.map((place, i) => `${ATTRIBUTES[i]}-${place}`) as [
      string,
      string,
      string,
      string,
    ];
    const key = chosen.join(' ');
    if (made.has(key)) continue;
    const effect = chosen.reduce((sum, place, i) => sum + habits[i]![place]!.effect, 0.25 * drawNormal(draw));
    const odds = USUAL_RATE * Math.exp(effect);
    const counts = { attempts: 0, failures: 0, declines: 0, approvals: 0, amountMinor: 0 };
    const weight =
      Math.exp(drawNormal(draw)) * chosen.reduce((product, place, i) => product * habits[i]![place]!.share, 1) ** 0.5;
    made.set(key, { place: { processor, method, country, bin, ...counts }, weight, rate: odds / (1 + odds) });
  }
  return [...made.values()];
}

function pick(habits: readonly { readonly share: number }[], draw: () => number): number {
  let left = draw() * habits.reduce((sum, { share }) => sum + share, 0);
  const place = habits.findIndex(({ share }) => (left -= share) <= 0);
  return place === -1 ? habits.length - 1 : place;
}

interface Cause {
  readonly combination: Combination;
  readonly strike: (rate: number) => number;
}

/** Half of the causes lose a share of everything on top of what fails anyway, half multiply each leaf's odds. */
function strikeOf(severity: number, draw: () => number): (rate: number) => number {
  if (draw() < 0.5) return (rate) => 1 - (1 - rate) * (1 - severity);
  const factor = severity / (1 - severity) / (USUAL_RATE / (1 - USUAL_RATE));
  return (rate) => (rate * factor) / (1 - rate + rate * factor);
}

/** Causes that make a difference, none within another, and each told apart from the combination with one attribute less. */
function drawCauses(shape: CaseShape, leaves: readonly DrawnLeaf[], draw: () => number): Cause[] {
  const total = leaves.reduce((sum, { weight }) => sum + weight, 0);
  const [low, high] = shape.severity;
  const causes: Cause[] = [];
  for (const choices of shape.causes)
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const attributes = choices[Math.floor(draw() * choices.length)]!;
      const { place } =
        leaves[
          pick(
            leaves.map(({ weight }) => ({ share: weight })),
            draw,
          )
        ]!;
      const combination = Object.fromEntries(
        attributes.map((attribute) => [attribute, place[attribute]]),
      ) as Combination;
      const severity = low + (high - low) * draw();
      const weightIn = (within: Combination): number =>
        leaves.reduce((sum, leaf) => (isWithin(leaf.place, within) ? sum + leaf.weight : sum), 0);
      const own = weightIn(combination);
      const parents = attributes.map((left) => weightIn({ ...combination, [left]: undefined } as Combination));
      const isTold =
        ((shape.attempts * own) / total) * (severity - 0.05) >= EXCESS_MIN &&
        (attributes.length === 0 || own < 0.6 * total) &&
        parents.every((parent) => own < 0.85 * parent);
      const isApart = causes.every((other) => isDisjoint(leaves, combination, other.combination));
      if (!isTold || !isApart) continue;
      causes.push({ combination, strike: strikeOf(severity, draw) });
      break;
    }
  return causes;
}

/** Causes may cross, but neither holds more than a third of the other. */
function isDisjoint(leaves: readonly DrawnLeaf[], left: Combination, right: Combination): boolean {
  let [both, inLeft, inRight] = [0, 0, 0];
  for (const { place, weight } of leaves) {
    const [a, b] = [isWithin(place, left), isWithin(place, right)];
    if (a) inLeft += weight;
    if (b) inRight += weight;
    if (a && b) both += weight;
  }
  return both <= Math.min(inLeft, inRight) / 3;
}

/** Exact by counting up to a mean of 30, normal beyond. */
export function drawPoisson(mean: number, draw: () => number): number {
  if (mean > 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * drawNormal(draw)));
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = draw(); product > limit; product *= draw()) count++;
  return count;
}

/** Exact up to 200 trials, normal beyond where both outcomes are many. */
export function drawBinomial(trials: number, rate: number, draw: () => number): number {
  const spread = Math.sqrt(trials * rate * (1 - rate));
  if (trials > 200 && spread > 4)
    return Math.min(trials, Math.max(0, Math.round(trials * rate + spread * drawNormal(draw))));
  let hits = 0;
  for (let i = 0; i < trials; i++) if (draw() < rate) hits++;
  return hits;
}
