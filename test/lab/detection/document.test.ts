import { describe, expect, test } from 'vitest';
import { allCells, EFFORTS } from '../../../lab/detection/cells.ts';
import { documentOf } from '../../../lab/detection/detection-document.ts';
import { SETTINGS } from '../../../src/domain/health/detector-thresholds.ts';

const all = allCells(EFFORTS.full).map((cell) => {
  const isFastRival = cell.contestant === 'ewma' && cell.before === 0.01 && cell.after === 0.2;
  const ratio = cell.kind === 'tuned' ? (isFastRival ? 1.01 : 3) : 1.2;
  const delay = cell.contestant === 'envoy' ? null : ratio * (cell.floor ?? 10);
  const made = { arl: 12_000, arlError: 100, arlAsked: 10_000, threshold: 1, baselineHits: 5, goodBefore: 0 };
  return { cell, result: { ...made, delay, delayUsual: delay === null ? null : 0.9 * delay } };
});
const cost = { nanoseconds: 40, bytes: 600 };
const costs = { lab: cost, production: cost };
const text = documentOf({ effort: 'full', core: 'c0ffee', alarms: 400, delays: 10_000, all, costs });

/** Lines of the table below a heading. */
function tableBelow(heading: string): string[] {
  const from = text.slice(text.indexOf(heading));
  return from
    .slice(0, from.indexOf('\n\n', from.indexOf('| ---')))
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2);
}

describe('docs/detection.md', () => {
  test('names the core it was measured with, and has a number in every cell', () => {
    expect(text).toContain('`c0ffee`');
    expect(text).not.toMatch(/undefined|NaN|null/);
  });

  test('says that its headline is not of the settings of production, and gives these with rows of their own', () => {
    expect(text).toContain('not those of production');
    const production = text.slice(text.indexOf('## As production runs'), text.indexOf('## Baseline estimated'));
    for (const { arlAttempts, farthestRate } of Object.values(SETTINGS)) {
      expect(production).toContain(arlAttempts.toLocaleString('en'));
      expect(production).toContain(String(farthestRate));
    }
    expect(production.split('\n').filter((line) => line.startsWith('| 0.'))).toHaveLength(14);
  });

  test('tells each row from the worst state and from the usual one', () => {
    expect(tableBelow('## Baseline known')).toHaveLength(42);
    expect(tableBelow('## Published rules tuned')[0]).toContain('| 1.20 (1.08) | 3.00 (2.70) |');
    expect(tableBelow('## Published rules tuned')[0]).toContain('| none |');
  });

  test('lists the rows in which a rule tuned to them is faster, with what it costs beside them', () => {
    expect(text).toContain('In 2 of 252 cells from the worst state');
    expect(text).toContain('| ewma | 0.01 | 0.2 | 10,000 | 1.01 | 1.20 | 0.05: 3.00 (1.20), 0.5: 3.00 (1.20) |');
    expect(tableBelow('### Where a tuned rule')).toContain('| envoy | 0 of 42 | 0 | - | - | 42 |');
  });
});
