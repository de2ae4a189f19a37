// The measured processor times: the file is the bench's own, the code goes by it, and docs/scaling.md says what it says.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CPU_FIGURES } from '../../../src/domain/scaling/cpu-figures.ts';
import { cpuFiguresText } from '../../../bench/cpu-figures-text.ts';
import { objectLoad } from '../../../src/domain/scaling/object-load.ts';
import { readingOf } from '../../harness/in-memory-scaling.ts';

const FILE = 'src/domain/scaling/cpu-figures.ts';
const { resultUs, commitUs, permitUs, decisionUs, measured } = CPU_FIGURES;

test('[SCL-4] the file is what the bench writes of its figures, to the letter', () => {
  expect(readFileSync(FILE, 'utf8')).toBe(cpuFiguresText(CPU_FIGURES));
  expect(measured.on).toMatch(/^\d{4}-\d{2}-\d{2}$/);
  expect(measured.core).toMatch(/^[0-9a-f]{12}$/);
  for (const us of [resultUs, commitUs, permitUs, decisionUs]) expect(us > 0 && us < 10_000).toBe(true);
});

test('[SCL-4] processor time is what was counted times what each took, and nothing of decisions', () => {
  const second = 1e6 * 60;
  const shareOf = (counts: Parameters<typeof readingOf>[0]) => objectLoad(readingOf(counts)).cpuShareEstimated;
  expect(shareOf({ committedResults: 1_000 })).toBeCloseTo((1_000 * resultUs) / second, 12);
  expect(shareOf({ commits: 1_000 })).toBeCloseTo((1_000 * commitUs) / second, 12);
  expect(shareOf({ permits: 1_000 })).toBeCloseTo((1_000 * permitUs) / second, 12);
  expect(shareOf({ committedResults: 7, commits: 3, permits: 2 })).toBeCloseTo(
    (7 * resultUs + 3 * commitUs + 2 * permitUs) / second,
    12,
  );
  expect(shareOf({ calls: 1_000, results: 1_000, refusedResults: 1_000 })).toBe(0);
});

test('[SCL-4] docs/scaling.md tells these figures and where they are from', () => {
  const page = readFileSync('docs/scaling.md', 'utf8');
  const rows = [...page.matchAll(/^\| a (result|commit|permit|recommendation)[^|]*\| ([\d.]+) µs/gm)];
  expect(rows.map(([, what, us]) => [what, Number(us)])).toEqual([
    ['result', resultUs],
    ['commit', commitUs],
    ['permit', permitUs],
    ['recommendation', decisionUs],
  ]);
  for (const word of Object.values(measured)) expect(page).toContain(word);
});
