// How right a localisation was: combinations named exactly, as Squeeze's F1 counts them (Li et al., ISSRE 2019), and whole cases.
import { ATTRIBUTES, type Combination } from '../../src/domain/localisation/leaf-table.ts';

export interface Score {
  readonly right: number;
  readonly wrong: number;
  readonly missed: number;
}

export function scoreOf(found: readonly Combination[], truth: readonly Combination[]): Score {
  const wanted = new Set(truth.map(nameOf));
  const named = new Set(found.map(nameOf));
  const right = [...named].filter((name) => wanted.has(name)).length;
  return { right, wrong: found.length - right, missed: truth.length - right };
}

/** F1 over all cases together, and the share of cases without a mistake. */
export function sumOf(scores: readonly Score[]): { readonly f1: number; readonly allRight: number } {
  const right = scores.reduce((sum, score) => sum + score.right, 0);
  const mistakes = scores.reduce((sum, { wrong, missed }) => sum + wrong + missed, 0);
  const allRight = scores.filter(({ wrong, missed }) => wrong + missed === 0).length / scores.length;
  return { f1: right + mistakes === 0 ? 1 : (2 * right) / (2 * right + mistakes), allRight };
}

function nameOf(combination: Combination): string {
  return ATTRIBUTES.map((attribute) => combination[attribute] ?? '*').join(' ');
}
