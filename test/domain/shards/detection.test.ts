// How much later an outage is detected through shards than without, on a clock of the test's own: the same results, once committed by one object, once by shards
// whose deltas fly as their courier has them fly.
import { describe, expect, test } from 'vitest';
import { addressOf, resultOf } from '../../harness/results.ts';
import { asTransactionId } from '../../../src/domain/identity.ts';
import { DividedProcessor, SALT } from './divided-processor.ts';
import { flightDueAt } from '../../../src/domain/shards/urgency.ts';
import { ProcessorState } from '../../../src/domain/health/processor-state.ts';
import { seeded } from '../../harness/seeded.ts';
import type { CanonicalResult } from '../../../src/domain/results/canonical-result.ts';

const START = 1_770_000_000_000;
const STEP_MS = 5;
/** From the shard to the processor's own object and back: far more than within one place. */
const FLIGHT_MS = 30;
const GROUP_COMMIT_MS = 20;

interface Outage {
  readonly perSecond: number;
  /** Share of technical failures once it has begun. */
  readonly failing: number;
  readonly seed: number;
}

/** A quiet stretch, and then the outage. */
function resultsOf({ perSecond, failing, seed }: Outage): readonly CanonicalResult[] {
  const draw = seeded(seed);
  const before = Math.max(60, perSecond * 4);
  const count = before + Math.max(200, perSecond * 6);
  let at = START;
  return Array.from({ length: count }, (_, index) => {
    at += (-Math.log(1 - draw()) * 1_000) / perSecond;
    const isFailure = draw() < (index < before ? 0.01 : failing);
    return resultOf('p', {
      transactionId: asTransactionId(`txn_${seed}_${index}`),
      eventTimeMs: at,
      result: isFailure ? 'error' : 'approved',
    });
  });
}

const isOpen = (state: ProcessorState): boolean =>
  [...state.scopes.values()].some(({ breaker }) => breaker.state === 'OPEN');

/** When a breaker opens; `null`: never. Each step commits what has come since the last commit of its owner. */
function openedAt(results: readonly CanonicalResult[], count: number): number | null {
  const divided = new DividedProcessor();
  divided.divideInto(count, START);
  const leftAt = new Map<number, number>();
  const landing = new Map<number, number>();
  let [next, committedAt] = [0, -Infinity];
  const end = results.at(-1)!.eventTimeMs + 1_000;
  for (let now = START; now < end; now += STEP_MS) {
    if (now - committedAt >= GROUP_COMMIT_MS) {
      const from = next;
      while (next < results.length && results[next]!.eventTimeMs <= now) next += 1;
      if (next > from) {
        divided.record(results.slice(from, next), now);
        committedAt = now;
      }
    }
    for (const [shard, state] of divided.shards) {
      const landsAt = landing.get(shard);
      if (landsAt !== undefined && landsAt <= now) {
        landing.delete(shard);
        divided.deliver(shard, now, { resultsMax: 2_000 });
      }
      const dueAt = flightDueAt(state.waiting, leftAt.get(shard) ?? START, now);
      if (landing.has(shard) || dueAt === null || dueAt > now) continue;
      leftAt.set(shard, now);
      landing.set(shard, now + FLIGHT_MS);
    }
    if (isOpen(divided.own)) return now;
  }
  return null;
}

/** How much later through shards, each of these seeds. */
function delays(outage: Omit<Outage, 'seed'>, seeds: number, counts: readonly number[]): readonly number[] {
  return Array.from({ length: seeds }, (_, seed) => resultsOf({ ...outage, seed: 100 + seed })).flatMap((results) => {
    const alone = openedAt(results, 1);
    expect(alone).not.toBeNull();
    return counts.map((count) => {
      const through = openedAt(results, count);
      expect(through).not.toBeNull();
      return through! - alone!;
    });
  });
}

describe('detection', () => {
  test.each([20, 100, 400])(
    '[SHD-11] where all of %i results a second fail the breaker opens through shards at most 300 ms later',
    (perSecond) => {
      expect(Math.max(...delays({ perSecond, failing: 1 }, 6, [2, 16]))).toBeLessThanOrEqual(300);
    },
  );

  test.each([
    { perSecond: 20, failing: 0.5 },
    { perSecond: 200, failing: 0.5 },
    { perSecond: 200, failing: 0.25 },
  ])(
    '[SHD-11] where a part of $failing of $perSecond a second fails half of them are seen at most 300 ms later',
    (outage) => {
      const sorted = delays(outage, 5, [2, 16]).toSorted((left, right) => left - right);
      expect(sorted[sorted.length >> 1]).toBeLessThanOrEqual(300);
    },
  );

  test('[SHD-11] the own object alone is the measure: it opens as a processor does that cannot be divided', () => {
    const results = resultsOf({ perSecond: 20, failing: 1, seed: 9 });
    const whole = ProcessorState.create(addressOf('p'), SALT);
    const opening = results.findIndex((result) => {
      whole.apply({ kind: 'results', at: result.eventTimeMs, results: [result] });
      return isOpen(whole);
    });
    expect(Math.abs(openedAt(results, 1)! - results[opening]!.eventTimeMs)).toBeLessThanOrEqual(
      GROUP_COMMIT_MS + STEP_MS,
    );
  });
});
