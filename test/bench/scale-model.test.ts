import { costPerMillion, demandOf, DOCUMENTED, WORLD } from '../../bench/scale-model.ts';
import { describe, expect, test } from 'vitest';

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

  test('asks more of its boards than a core, until tables may be older', () => {
    expect(demand.boardSending).toBeGreaterThan(1);
    expect(demand.isolatesMax).toBeLessThan(WORLD.isolates);
    const older = demandOf({ ...WORLD, tableAgeMs: 5_000 });
    expect(older.boardSending).toBeCloseTo(demand.boardSending / 5, 6);
    expect(older.isolatesMax).toBeGreaterThan(WORLD.isolates);
  });

  test('costs what its requests cost: results as bench/cost-model.ts has them, a recommendation little over 30 cents a million', () => {
    const cost = costPerMillion(WORLD);
    expect(cost.recommendation).toBeCloseTo(0.304_08, 5);
    expect(cost.result).toBeGreaterThan(0.45);
    expect(cost.tables).toBeLessThan(0.01);
  });

  test.each([
    ['results', { resultsPerSecond: 40_000 }, 'rowsWrittenPerSecond'],
    ['segments', { segments: 100 }, 'boardSending'],
    ['isolates', { isolates: 4_000 }, 'boardSending'],
    ['the busiest processor’s part', { busiest: 0.4 }, 'busiestShards'],
  ] as const)('more %s ask for more', (_, more, of) => {
    expect(demandOf({ ...WORLD, ...more })[of]).toBeGreaterThan(demand[of]);
  });
});
