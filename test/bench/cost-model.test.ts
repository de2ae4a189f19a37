import { describe, expect, test } from 'vitest';
import {
  commitsPerSecond,
  costTable,
  KNOBS,
  knobTable,
  monthlyCost,
  PRICES,
  rowsPerSecond,
  USUAL,
} from '../../bench/cost-model.ts';
import { seeded } from '../harness/seeded.ts';

const traffic = (transactionsPerSecond: number, perRequest: number, processors = 1) => ({
  ...USUAL,
  ...{ transactionsPerSecond, perRequest, processors },
});

/** The queue itself, call by call: at once if the last commit is long enough ago, else when it is. */
function simulated(callsPerSecond: number, groupMs: number): number {
  const draw = seeded(4);
  let [at, due, commits, last] = [0, Infinity, 0, -Infinity];
  for (let call = 0; call < 40_000; call += 1) {
    at += (-Math.log(1 - draw()) * 1_000) / callsPerSecond;
    if (at > due) {
      commits += 1;
      last = due;
      due = Infinity;
    }
    if (due === Infinity) due = Math.max(at, last + groupMs);
  }
  return (commits * 1_000) / at;
}

describe('what recording costs', () => {
  test.each([1, 10, 50, 200, 5_000])('commits at %s calls a second are those of the queue', (callsPerSecond) => {
    const computed = commitsPerSecond(callsPerSecond, KNOBS.groupCommitMs);
    expect(Math.abs(computed / simulated(callsPerSecond, KNOBS.groupCommitMs) - 1)).toBeLessThan(0.05);
  });

  test('one object never commits more than fifty times a second, and a lone call has a commit of its own', () => {
    expect(commitsPerSecond(1e6, 20)).toBeCloseTo(50, 6);
    expect(commitsPerSecond(0.001, 20)).toBeCloseTo(0.001, 6);
    expect(commitsPerSecond(0, 20)).toBe(0);
  });

  test('rows for each transaction fall as traffic grows, and with batches', () => {
    const per1000 = [100, 1_000, 10_000].map((rate) => (rowsPerSecond(traffic(rate, 1)) / rate) * 1_000);
    expect(per1000.toSorted((left, right) => right - left)).toEqual(per1000);
    for (const rate of [100, 1_000, 10_000])
      expect(rowsPerSecond(traffic(rate, 100))).toBeLessThan(rowsPerSecond(traffic(rate, 1)));
  });

  test('what is included costs nothing, and what is beyond it costs its price', () => {
    const small = monthlyCost({ ...traffic(1, 1), timeouts: 0, isolates: 0 });
    expect({ requests: small.workerRequests, cpu: small.workerCpu, rows: small.rows }).toEqual({
      requests: 0,
      cpu: 0,
      rows: 0,
    });
    const large = monthlyCost(traffic(1_000, 1));
    expect(large.workerRequests).toBeCloseTo(((1_000 * 2_592_000 - 10e6) / 1e6) * PRICES.workerRequests.perMillion, 6);
    // Three objects that never sleep: the processor's, the board's, the Registry's.
    expect(large.objectDuration).toBeCloseTo(((3 * 324_000 - 400_000) / 1e6) * 12.5, 6);
  });

  test('the parts and the plan are the total', () => {
    const { workerRequests, workerCpu, objectRequests, objectDuration, rows, storage, total } = monthlyCost(
      traffic(1_000, 1),
    );
    expect(total).toBeCloseTo(
      PRICES.plan + workerRequests + workerCpu + objectRequests + objectDuration + rows + storage,
      6,
    );
  });

  test('a longer group costs less, and fresher boards more', () => {
    const cost = (knobs: Partial<typeof KNOBS>): number =>
      monthlyCost(traffic(1_000, 1, 5), { ...KNOBS, ...knobs }).total;
    expect(cost({ groupCommitMs: 100 })).toBeLessThan(cost({}));
    expect(cost({ groupCommitMs: 5 })).toBeGreaterThan(cost({}));
    expect(cost({ publishEveryMs: 5_000 })).toBeLessThan(cost({}));
    expect(cost({ boardRegions: 4 })).toBeGreaterThan(cost({}));
  });

  test('the tables have every rate both ways, and every knob', () => {
    expect(costTable().split('\n')).toHaveLength(2 + 6);
    for (const setting of ['GROUP_COMMIT_MS', 'QUIET_MS', 'FRESH_MS', 'attemptsMax', 'BOARD_REGIONS'])
      expect(knobTable()).toContain(setting);
  });
});
