// The pure decision in plain Node: the shapes that are asked about, and its cost over processors and over rules.
import { fileURLToPath } from 'node:url';
import { runProgram } from '../../tools/run-program.ts';
import { median, resultOf, type Result } from '../result.ts';
import type { Bench } from '../duel.ts';
import type { DecideShape } from '../decide-shapes.ts';

const CHILD = fileURLToPath(new URL('../decide-child.ts', import.meta.url));

const ROUND_MS = { whole: 250, quick: 150 };
const CURVE_ROUNDS_MAX = 3;

interface AskedShape extends DecideShape {
  readonly mostUs: number;
}
const ASKED: Readonly<Record<string, AskedShape>> = {
  'decide-5': { processors: 5, rules: 0, speaking: 0, mostUs: 5 },
  'decide-50x200': { processors: 50, rules: 200, speaking: 20, mostUs: 50 },
  'decide-50x200-scan': { processors: 50, rules: 200, speaking: 200, mostUs: 300 },
};
export const DECIDE_ROWS = Object.keys(ASKED);

export async function measureDecide(bench: Bench): Promise<readonly Result[]> {
  const told = await microseconds(Object.values(ASKED), bench, bench.rounds);
  return Object.entries(ASKED).map(([name, { mostUs, ...shape }], index) => {
    const rounds = { ours: told[index]!, baseline: [] };
    bench.tell(`${name}  ${median(rounds.ours).toFixed(2)} us`);
    return resultOf({ name, unit: 'us', asked: { of: 'value', most: mostUs }, also: { ...shape } }, rounds);
  });
}

export const CURVES = {
  'decide-over-processors': [2, 5, 10, 20, 50, 100, 150, 200].map((processors) => ({
    at: processors,
    shape: { processors, rules: 0, speaking: 0 },
  })),
  'decide-over-rules': [0, 50, 100, 200, 400, 600, 800, 1_000].map((rules) => ({
    at: rules,
    shape: { processors: 20, rules, speaking: rules },
  })),
} as const;
export type CurveName = keyof typeof CURVES;

/** The row's value: what one more processor (or rule) costs in the upper half to what it costs in the lower: 1 is linear. */
export async function measureCurve(bench: Bench, name: CurveName): Promise<readonly Result[]> {
  const points = CURVES[name];
  const told = await microseconds(
    points.map(({ shape }) => shape),
    bench,
    Math.min(bench.rounds, CURVE_ROUNDS_MAX),
  );
  const curve = points.map(({ at }, index) => [at, median(told[index]!)] as const);
  const growths = told[0]!.map((_, round) => growthOf(points.map(({ at }, index) => [at, told[index]![round]!])));
  bench.tell(`${name}  ${curve.map(([at, us]) => `${at}: ${us.toFixed(1)}`).join(', ')} us`);
  return [{ ...resultOf({ name, unit: 'slope ratio' }, { ours: growths, baseline: [] }), curve }];
}

/** Slope of the upper half to the slope of the lower. */
export function growthOf(curve: readonly (readonly [at: number, us: number])[]): number {
  const [first, middle, last] = [curve[0]!, curve[curve.length >> 1]!, curve.at(-1)!];
  const slope = (from: readonly [number, number], to: readonly [number, number]): number =>
    (to[1] - from[1]) / (to[0] - from[0]);
  return slope(middle, last) / slope(first, middle);
}

async function microseconds(shapes: readonly DecideShape[], { isQuick }: Bench, rounds: number): Promise<number[][]> {
  const args = [CHILD, JSON.stringify(shapes), String(rounds), String(isQuick ? ROUND_MS.quick : ROUND_MS.whole)];
  return JSON.parse(await runProgram('node', args)) as number[][];
}
