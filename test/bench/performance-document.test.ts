import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { resultOf } from '../../bench/result.ts';
import { writePerformance, type Performance } from '../../bench/performance-document.ts';

let docs: string;
beforeEach(() => {
  docs = mkdtempSync(join(tmpdir(), 'docs-'));
});
afterEach(() => rmSync(docs, { recursive: true, force: true }));

const percentiles = { p50Ms: 1, p95Ms: 2, p99Ms: 3 };
const PERFORMANCE: Performance = {
  machine: {
    ...{ processor: 'A <fast> one', cores: 2, memory_gib: 8, system: 'Linux 6', node: '24.0.0', workerd: '1.0' },
    ...{ loader: 'wrk 4.1.0', on: '2026-11-22T01:00:00.000Z', load_before: 0.1 },
  },
  results: [
    resultOf(
      {
        ...{ name: 'recommend', unit: 'per second', asked: { of: 'ratio', least: 0.6 } },
        ...{ percentiles: { ours: percentiles, baseline: percentiles }, also: { connections: 16 } },
      },
      { ours: [5_000, 7_000, 6_000], baseline: [10_000, 10_000, 10_000] },
    ),
    resultOf({ name: 'decide-5', unit: 'us', asked: { of: 'value', most: 5 } }, { ours: [7], baseline: [] }),
    {
      ...resultOf({ name: 'decide-over-rules', unit: 'slope ratio' }, { ours: [1.1], baseline: [] }),
      curve: [
        [0, 1],
        [500, 5],
        [1_000, 9],
      ],
    },
  ],
};

test('the document has every figure with its baseline and verdict, the machine, the method and the plots', () => {
  expect(writePerformance(PERFORMANCE, docs)).toEqual([
    'docs/performance.md',
    'docs/performance/results.json',
    '2 plots in docs/performance',
  ]);
  const text = readFileSync(join(docs, 'performance.md'), 'utf8');
  expect(text).toMatch(
    /\| `recommend` \| recommendations a second: .* \| 6,000 \| per second \| 10,000 \| 0\.60 \| 3 \|/,
  );
  expect(text).toContain('at least 0.6 of the baseline: holds |');
  expect(text).toContain('at most 5 us: **does not hold** |');
  expect(text).toContain('| `recommend` | 1.00/2.00/3.00 | 1.00/2.00/3.00 |');
  expect(text).toContain('Measured 2026-11-22 on A <fast> one, 2 cores, 8 GiB');
  expect(text).toContain('- `recommend`: connections 16');
  expect(text).toContain('## Method');
  expect(readdirSync(join(docs, 'performance')).sort()).toEqual([
    'decide-over-rules.svg',
    'results.json',
    'throughput.svg',
  ]);
  for (const plot of ['decide-over-rules', 'throughput']) expect(text).toContain(`(performance/${plot}.svg)`);
  expect(JSON.parse(readFileSync(join(docs, 'performance', 'results.json'), 'utf8'))).toEqual(PERFORMANCE);
});

test('plots of rows that are no more are taken away', () => {
  mkdirSync(join(docs, 'performance'));
  writeFileSync(join(docs, 'performance', 'old.svg'), '');
  writePerformance(PERFORMANCE, docs);
  expect(readdirSync(join(docs, 'performance'))).not.toContain('old.svg');
});

test('what people found is linked where they wrote it down', () => {
  writePerformance(PERFORMANCE, docs);
  expect(readFileSync(join(docs, 'performance.md'), 'utf8')).not.toContain('performance-findings.md');
  writeFileSync(join(docs, 'performance-findings.md'), '# Found\n');
  writePerformance(PERFORMANCE, docs);
  expect(readFileSync(join(docs, 'performance.md'), 'utf8')).toContain('(performance-findings.md)');
});

test('a bar stands as wide as its ratio, and the least that is asked as a line', () => {
  writePerformance(PERFORMANCE, docs);
  const svg = readFileSync(join(docs, 'performance', 'throughput.svg'), 'utf8');
  const widths = [...svg.matchAll(/<rect x="160" y="44" width="([\d.]+)"/g)].map(([, width]) => Number(width));
  expect(widths[1]! / widths[0]!).toBeCloseTo(0.6, 2);
  expect(Number(/<line x1="([\d.]+)"/.exec(svg)![1])).toBeCloseTo(160 + 0.6 * widths[0]!, 1);
});
