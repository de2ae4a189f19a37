// `node lab/localisation/compare.ts [cases]`: how often each method names the causes that were put in, to the table of docs/localisation.md.
import { adtributor } from './adtributor.ts';
import { createCase, type CaseShape } from './cases.ts';
import { columns } from '../report/table.ts';
import { findExplanations } from '../../src/domain/localisation/explanation-search.ts';
import { indexLeaves } from '../../src/domain/localisation/leaf-index.ts';
import { naiveWorst } from './naive-worst.ts';
import { SHAPES } from './shapes.ts';
import { scoreOf, sumOf, type Score } from './score.ts';
import type { Combination, CountWindow } from '../../src/domain/localisation/leaf-table.ts';

type Method = (baseline: CountWindow, anomalous: CountWindow) => readonly Combination[];

const METHODS: Readonly<Record<string, Method>> = {
  ours: (baseline, anomalous) =>
    findExplanations(indexLeaves(baseline, anomalous, 'failure')).map(({ combination }) => combination),
  adtributor: (baseline, anomalous) => adtributor(baseline, anomalous, 'failure'),
  naive: (baseline, anomalous) => naiveWorst(baseline, anomalous, 'failure'),
};

/** The method was chosen on seeds below. */
const FIRST_SEED = 5_000;
const cases = Number(process.argv[2] ?? 100);
const names = Object.keys(METHODS);
const rows: string[][] = [['case', ...names.flatMap((name) => [`${name} F1`, 'all right']), 'ms (ours)', 'most']];
const totals = new Map<string, Score[]>(names.map((name) => [name, []]));
for (const shape of SHAPES) {
  const { scores, tookMs } = measure(shape);
  const cells = names.flatMap((name) => {
    const sum = sumOf(scores.get(name)!);
    totals.get(name)!.push(...scores.get(name)!);
    return [sum.f1.toFixed(3), sum.allRight.toFixed(2)];
  });
  const mean = tookMs.reduce((sum, each) => sum + each, 0) / tookMs.length;
  rows.push([shape.name, ...cells, mean.toFixed(1), Math.max(...tookMs).toFixed(0)]);
}
rows.push([
  'all',
  ...names.flatMap((name) => [sumOf(totals.get(name)!).f1.toFixed(3), sumOf(totals.get(name)!).allRight.toFixed(2)]),
  '',
  '',
]);
process.stdout.write(`${columns(rows)}\n`);

function measure(shape: CaseShape): { scores: Map<string, Score[]>; tookMs: number[] } {
  const scores = new Map<string, Score[]>(names.map((name) => [name, []]));
  const tookMs: number[] = [];
  for (let seed = FIRST_SEED; seed < FIRST_SEED + cases; seed++) {
    const { baseline, anomalous, truth } = createCase(shape, seed);
    for (const name of names) {
      const startedMs = performance.now();
      const found = METHODS[name]!(baseline, anomalous);
      if (name === 'ours') tookMs.push(performance.now() - startedMs);
      scores.get(name)!.push(scoreOf(found, truth));
    }
  }
  return { scores, tookMs };
}
