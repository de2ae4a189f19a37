import { costPerMillion, demandOf, demandTable, DOCUMENTED, priceTable, WORLD } from '../../bench/scale-model.ts';
import { describe, expect, test } from 'vitest';
import { readFileSync } from 'node:fs';

describe('the house of docs/scale.md', () => {
  const demand = demandOf(WORLD);

  test('asks of isolates, processors and Postgres less than they have', () => {
    expect(demand.isolateChoosing + demand.isolateTaking).toBeLessThan(0.1);
    expect(demand.boardRequestsPerSecond).toBeLessThan(DOCUMENTED.objectRequestsPerSecond);
    expect(demand.busiestShards).toBeLessThanOrEqual(16);
    expect(demand.busiestFold).toBeLessThan(0.5);
    expect(demand.historyShare).toBeLessThan(1);
    expect(demand.refillBytes).toBeLessThan(32 * 2 ** 20);
  });

  test('asks less of the desk of history than an object takes, and would ask more if isolates told it twice a second', () => {
    expect(demand.deskCallsPerSecond).toBeCloseTo(387, 0);
    expect(demand.deskCallsPerSecond).toBeLessThan(DOCUMENTED.objectWritesPerSecond);
    expect(demand.deskIsolatesMax).toBeGreaterThan(WORLD.isolates);
    // A hundred decisions are a call, however seldom it is.
    const all = demandOf({ ...WORLD, isolates: 10, sampleRate: 1 });
    expect(all.deskCallsPerSecond).toBeCloseTo(WORLD.recommendationsPerSecond / 100, 6);
    const few = demandOf({ ...WORLD, sampleRate: 0.001 });
    expect(few.deskCallsPerSecond).toBeLessThan(100);
  });

  test('is told in the document as it is reckoned', () => {
    const plain = (text: string): string => text.replace(/[ -]+/g, ' ');
    const document = plain(readFileSync('docs/scale.md', 'utf8'));
    expect(document).toContain(plain(demandTable(WORLD)));
    expect(document).toContain(plain(priceTable(WORLD)));
  });

  test('asks more of its boards than a core, until tables may be older', () => {
    expect(demand.boardSending).toBeGreaterThan(1);
    expect(demand.isolatesMax).toBeLessThan(WORLD.isolates);
    const older = demandOf({ ...WORLD, tableAgeMs: 5_000 });
    expect(older.boardSending).toBeCloseTo(demand.boardSending / 5, 6);
    expect(older.isolatesMax).toBeGreaterThan(WORLD.isolates);
  });

  test('costs what its requests cost: results as bench/cost-model.ts has them, a recommendation little over 30 cents a million', () => {
    const cost = costPerMillion(WORLD);
    expect(cost.recommendation).toBeCloseTo(0.302_48, 5);
    expect(cost.resultCalls).toBeGreaterThan(0.45);
    expect(cost.result).toBeGreaterThan(cost.resultCalls);
    expect(cost.tables).toBeLessThan(0.01);
    // 387 calls a second and four rows each, for 100,000 recommendations.
    expect(cost.sample).toBeCloseTo((387 * (0.15 + 4)) / 100_000, 4);
  });

  test.each([
    ['results', { resultsPerSecond: 40_000 }, 'rowsWrittenPerSecond'],
    ['sampled decisions', { sampleRate: 0.1 }, 'historyShare'],
    ['segments', { segments: 100 }, 'boardSending'],
    ['isolates', { isolates: 4_000 }, 'boardSending'],
    ['the busiest processor’s part', { busiest: 0.4 }, 'busiestShards'],
    ['the busiest processor’s results', { busiest: 0.4 }, 'flightsPerSecond'],
  ] as const)('more %s ask for more', (_, more, of) => {
    expect(demandOf({ ...WORLD, ...more })[of]).toBeGreaterThan(demand[of]);
  });
});
