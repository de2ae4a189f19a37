// Which error and decline codes make up what rose within a combination.
import { isWithin, safeCount, type Combination, type CodeCount, type CountWindow } from './leaf-table.ts';

export interface CodeRise {
  readonly code: string;
  readonly fault: CodeCount['fault'];
  readonly before: number;
  readonly after: number;
  /** Of all codes' rises together. */
  readonly share: number;
}

const TOLD_MAX = 5;

/** The largest first; `before` is scaled to the attempts of the anomalous window. */
export function codeRises(baseline: CountWindow, anomalous: CountWindow, combination: Combination): CodeRise[] {
  const attempts = [baseline, anomalous].map(({ leaves }) =>
    leaves.reduce((sum, leaf) => (isWithin(leaf, combination) ? sum + safeCount(leaf.attempts) : sum), 0),
  ) as [number, number];
  const scale = attempts[0] === 0 ? 0 : attempts[1] / attempts[0];
  const counts = new Map<string, { code: string; fault: CodeCount['fault']; before: number; after: number }>();
  for (const [place, { leaves }] of [baseline, anomalous].entries())
    for (const leaf of leaves) {
      if (!isWithin(leaf, combination)) continue;
      for (const { code, fault, count } of leaf.codes ?? []) {
        const key = `${fault} ${code}`;
        const known = counts.get(key) ?? { code, fault, before: 0, after: 0 };
        if (place === 0) known.before += scale * safeCount(count);
        else known.after += safeCount(count);
        counts.set(key, known);
      }
    }
  const risen = [...counts.values()].filter(({ before, after }) => after > before);
  const all = risen.reduce((sum, { before, after }) => sum + after - before, 0);
  return risen
    .map((each) => ({ ...each, share: (each.after - each.before) / all }))
    .toSorted((left, right) => right.share - left.share || (left.code < right.code ? -1 : 1))
    .slice(0, TOLD_MAX);
}
