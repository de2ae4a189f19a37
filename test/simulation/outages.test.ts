// Outages of every kind through the whole core: who is shed, how fast, and that everyone comes back.
import { describe, expect, test } from 'vitest';
import { SimulatedHouse } from '../harness/simulated-house.ts';
import type { ApiResult } from '../../src/domain/results/canonical-result.ts';

/** A world of approval and error rates per processor, drawn by the house's own seed. */
function worldOf(house: SimulatedHouse, rates: Record<string, { approve: number; error?: number }>) {
  return (id: string): ApiResult => {
    const { approve, error = 0 } = rates[id]!;
    if (house.draw() < error) return 'error';
    return house.draw() < approve ? 'approved' : 'declined';
  };
}

function run(
  house: SimulatedHouse,
  payments: number,
  world: (id: string) => ApiResult,
  everyMs = 100,
): Map<string, number> {
  const sent = new Map<string, number>();
  for (let payment = 0; payment < payments; payment += 1) {
    house.pass(everyMs);
    const to = house.pay(world);
    sent.set(to, (sent.get(to) ?? 0) + 1);
  }
  return sent;
}

const HEALTHY = {
  a: { approve: 0.92, error: 0.01 },
  b: { approve: 0.88, error: 0.01 },
  c: { approve: 0.85, error: 0.01 },
};

describe('shedding', () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])(
    '[DEC-20] a processor that declines everything is shed within 30 attempts, seed %d',
    (seed) => {
      const house = new SimulatedHouse({ processors: ['a', 'b', 'c'], seed });
      run(house, 3_000, worldOf(house, HEALTHY));
      const declining = worldOf(house, { ...HEALTHY, a: { approve: 0 } });
      const before = run(house, 200, declining, 500);
      expect(before.get('a') ?? 0).toBeLessThanOrEqual(30);
      const after = run(house, 400, declining, 500);
      expect((after.get('a') ?? 0) / 400).toBeLessThanOrEqual(0.05);
      expect(house.breaker('a')).toBe('CLOSED');
    },
  );

  test.each([1, 2, 3, 4])(
    '[SIL-3] a processor whose results stop is shed within its p99 delay and 10 s, but for a trial now and then, seed %d',
    (seed) => {
      const house = new SimulatedHouse({ processors: ['a', 'b'], seed });
      run(house, 2_000, worldOf(house, HEALTHY));
      const stoppedAt = house.now;
      let lastToA = stoppedAt;
      let trials = 0;
      while (house.now - stoppedAt < 30_000) {
        house.pass(100);
        const decision = house.recommend();
        if (decision.reasons.includes('silence_probe')) trials += 1;
        else if (decision.chosen === 'a') lastToA = house.now;
        else house.report(decision, 'approved');
      }
      // 1 s of p99 delay, 10 s of patience, a second for the report and one for the refill.
      expect(lastToA - stoppedAt).toBeGreaterThan(5_000);
      expect(lastToA - stoppedAt).toBeLessThanOrEqual(13_000);
      expect(trials).toBeLessThanOrEqual(4);
    },
  );

  test('[DEC-21] with every processor down the best recent one is recommended, degraded, and its results bring it back', () => {
    const house = new SimulatedHouse({ processors: ['a', 'b'], seed: 5, breaker: { openTimeout: 5_000 } });
    run(house, 1_000, worldOf(house, HEALTHY));
    const dead = worldOf(house, { a: { approve: 0, error: 1 }, b: { approve: 0, error: 1 } });
    run(house, 200, dead);
    expect([house.breaker('a'), house.breaker('b')]).not.toContain('CLOSED');
    const decision = house.recommend();
    expect(decision.chosen).not.toBeNull();
    expect(decision.degraded).toBe(true);
    expect(decision.reasons).toContain('all_down');
    run(house, 3_000, worldOf(house, HEALTHY));
    expect([house.breaker('a'), house.breaker('b')]).toContain('CLOSED');
  });
});

describe('slow and rare', () => {
  test.each([1, 2, 3])(
    '[DET-16] a collapsed processor with five payments a minute is found healed within hours, seed %d',
    (seed) => {
      const house = new SimulatedHouse({ processors: ['a', 'b', 'c'], seed });
      const rates = { a: { approve: 0.93 }, b: { approve: 0.8 }, c: { approve: 0.8 } };
      run(house, 1_500, worldOf(house, rates), 12_000);
      run(house, 300, worldOf(house, { ...rates, a: { approve: 0 } }), 12_000);
      run(house, 1_500, worldOf(house, rates), 12_000);
      const share = (run(house, 500, worldOf(house, rates), 12_000).get('a') ?? 0) / 500;
      expect(share).toBeGreaterThan(0.3);
    },
  );

  test('[SIL-1] a method whose results take hours is not silent, from its first payment on', () => {
    const house = new SimulatedHouse({ processors: ['a', 'b'], seed: 9 });
    const pending: { at: number; decision: ReturnType<SimulatedHouse['recommend']> }[] = [];
    let silent = 0;
    for (let payment = 0; payment < 6_000; payment += 1) {
      house.pass(5_000);
      const decision = house.recommend();
      if (decision.exclusions.some(({ reason }) => reason === 'silent')) silent += 1;
      pending.push({ at: house.now + 7_200_000 + house.draw() * 7_200_000, decision });
      while (pending[0] !== undefined && pending[0].at <= house.now)
        house.report(pending.shift()!.decision, 'approved');
    }
    expect(silent).toBe(0);
  });
});

describe('coming back', () => {
  test.each([1, 2, 3])(
    '[BRK-29] after an outage the leader is CLOSED again and has at least half of its former share, seed %d',
    (seed) => {
      const house = new SimulatedHouse({
        processors: ['a', 'b', 'c'],
        seed,
        breaker: { openTimeout: 5_000, openTimeoutMax: 10_000 },
      });
      run(house, 3_000, worldOf(house, HEALTHY));
      const former = (run(house, 500, worldOf(house, HEALTHY)).get('a') ?? 0) / 500;
      const outage = run(house, 600, worldOf(house, { ...HEALTHY, a: { approve: 0.9, error: 0.9 } }));
      expect(outage.get('a') ?? 0).toBeLessThan(60);
      run(house, 600, worldOf(house, HEALTHY));
      expect(house.breaker('a')).toBe('CLOSED');
      const share = (run(house, 500, worldOf(house, HEALTHY)).get('a') ?? 0) / 500;
      expect(share).toBeGreaterThanOrEqual(former / 2);
    },
  );

  test.each([1, 2, 3])('[BRK-30] with one payment a minute the processor comes back too, seed %d', (seed) => {
    const house = new SimulatedHouse({ processors: ['a', 'b'], seed });
    run(house, 1_000, worldOf(house, HEALTHY));
    run(house, 100, worldOf(house, { ...HEALTHY, a: { approve: 0.9, error: 1 } }));
    expect(house.breaker('a')).not.toBe('CLOSED');
    run(house, 60, worldOf(house, { a: { approve: 0.92 }, b: { approve: 0.88 } }), 60_000);
    expect(house.breaker('a')).toBe('CLOSED');
  });

  test('[BRK-31] a healed processor is CLOSED within 10 eligible payments of its reopening', () => {
    const house = new SimulatedHouse({ processors: ['a', 'b'], seed: 3, breaker: { openTimeout: 30_000 } });
    run(house, 1_000, worldOf(house, HEALTHY));
    const failing = worldOf(house, { ...HEALTHY, a: { approve: 0.9, error: 1 } });
    while (house.breaker('a') === 'CLOSED') run(house, 1, failing);
    house.pass(31_000);
    let payments = 0;
    while (house.breaker('a') !== 'CLOSED') {
      run(house, 1, worldOf(house, { a: { approve: 0.92 }, b: { approve: 0.88 } }));
      payments += 1;
    }
    expect(payments).toBeLessThanOrEqual(10);
  });
});
