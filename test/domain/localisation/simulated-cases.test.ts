import { describe, expect, test } from 'vitest';
import { adtributor } from '../../../lab/localisation/adtributor.ts';
import { createCase } from '../../../lab/localisation/cases.ts';
import { naiveWorst } from '../../../lab/localisation/naive-worst.ts';
import { scoreOf, sumOf, type Score } from '../../../lab/localisation/score.ts';
import { SHAPES } from '../../../lab/localisation/shapes.ts';
import { findExplanations } from '../../../src/domain/localisation/explanation-search.ts';
import { indexLeaves } from '../../../src/domain/localisation/leaf-index.ts';

const SEEDS = 8;
const ORDINARY = SHAPES.filter(({ leaves }) => leaves < 10_000);

function scoresOf(names: readonly string[]): { ours: Score[]; adtributor: Score[]; naive: Score[] } {
  const scores: { ours: Score[]; adtributor: Score[]; naive: Score[] } = { ours: [], adtributor: [], naive: [] };
  for (const shape of ORDINARY.filter(({ name }) => names.some((each) => name.startsWith(each))))
    for (let seed = 1_000; seed < 1_000 + SEEDS; seed++) {
      const { baseline, anomalous, truth } = createCase(shape, seed);
      const found = findExplanations(indexLeaves(baseline, anomalous, 'failure'));
      scores.ours.push(
        scoreOf(
          found.map(({ combination }) => combination),
          truth,
        ),
      );
      scores.adtributor.push(scoreOf(adtributor(baseline, anomalous, 'failure'), truth));
      scores.naive.push(scoreOf(naiveWorst(baseline, anomalous, 'failure'), truth));
    }
  return scores;
}

describe('of simulated cases', () => {
  test('[LOC-1] single causes of every level are named exactly, F1 at least 0.9, better than Adtributor and than the worst-looking pair', () => {
    const {
      ours,
      adtributor: known,
      naive,
    } = scoresOf(['everything', 'one', 'two attributes', 'three', 'mild', 'few']);
    expect(sumOf(ours).f1).toBeGreaterThan(0.9);
    expect(sumOf(ours).f1).toBeGreaterThan(sumOf(known).f1 + 0.2);
    expect(sumOf(ours).f1).toBeGreaterThan(sumOf(naive).f1 + 0.2);
  });

  test('[LOC-2] two causes at once are both named, F1 at least 0.9', () => {
    expect(sumOf(scoresOf(['two causes']).ours).f1).toBeGreaterThan(0.9);
  });

  test('[LOC-5] where nothing rose, nothing is named', () => {
    const { ours } = scoresOf(['no cause']);
    expect(ours.reduce((sum, { wrong }) => sum + wrong, 0)).toBe(0);
  });
});
