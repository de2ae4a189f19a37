import { describe, expect, test } from 'vitest';
import { countEntropies } from '../../../lab/bernoulli.ts';
import { createCusumKlUcb, CusumDetector, cusumKlucb } from '../../../lab/policies/cusum-klucb.ts';
import { createGlrKlUcb, GlrDetector } from '../../../lab/policies/glr-klucb.ts';
import { glrKlucbGlobal } from '../../../lab/policies/glr-klucb-global.ts';
import { glrKlucbLocal } from '../../../lab/policies/glr-klucb-local.ts';
import { createMKlUcb, HalvesDetector, mKlucb } from '../../../lab/policies/m-klucb.ts';
import { createSlidingKlUcb, swKlucb } from '../../../lab/policies/sw-klucb.ts';
import type { ChangeDetector } from '../../../lab/policies/restarting-klucb.ts';
import { stream } from '../../../lab/simulator/random.ts';
import { madeWorld, outcomes, sharesOf, Trial } from './made-world.ts';

const T = 5_000;
const glr = (): ChangeDetector => new GlrDetector(countEntropies(T), 1 / Math.sqrt(T));
const cusum = (): ChangeDetector => new CusumDetector({ learned: 150, drift: 0.1, alarm: Math.log(T / 4) });
const halves = (): ChangeDetector => new HalvesDetector(150, Math.sqrt(75 * Math.log(6 * T * T)));

/** Outcomes until the alarm, or null. */
function alarmAfter(detector: ChangeDetector, text: string): number | null {
  const place = outcomes(text).findIndex((outcome) => detector.sees(outcome === 'approved'));
  return place < 0 ? null : place + 1;
}

describe.each([
  { name: 'GLR', create: glr },
  { name: 'CUSUM', create: cusum },
  { name: 'M', create: halves },
])("$name's detector", ({ create }) => {
  test('sees a rate that falls from .9 to .1 in every one of 50 runs, and no change where there is none in 45', () => {
    let missed = 0;
    let falseAlarms = 0;
    for (let run = 1; run <= 50; run++) {
      const draw = stream(run);
      const detector = create();
      let early = false;
      for (let i = 0; i < 500; i++) early = detector.sees(draw() < 0.9) || early;
      if (early) falseAlarms += 1;
      let seen = early;
      for (let i = 0; i < 200 && !seen; i++) seen = detector.sees(draw() < 0.1);
      if (!seen) missed += 1;
    }
    expect(missed).toBe(0);
    expect(falseAlarms).toBeLessThanOrEqual(5);
  });

  test('knows nothing of what came before a restart', () => {
    const detector = create();
    expect(alarmAfter(detector, '400A')).toBeNull();
    detector.restart();
    expect(alarmAfter(detector, '400D')).toBeNull();
  });
});

describe('the alarms, to the outcome', () => {
  test('GLR: at the first tenth outcome where the gain passes ln(n^1.5 / delta)', () => {
    // 100 approvals, then k refusals, split where they change: gain = 100 ln((100 + k) / 100) + k ln((100 + k) / k).
    const gain = (k: number): number => 100 * Math.log((100 + k) / 100) + k * Math.log((100 + k) / k);
    const threshold = (k: number): number => 1.5 * Math.log(100 + k) + 0.5 * Math.log(T);
    const due = [10, 20, 30, 40].find((k) => gain(k) > threshold(k))!;
    expect(gain(10)).toBeGreaterThan(threshold(10));
    expect(alarmAfter(glr(), '100A200D')).toBe(100 + due);
  });

  test('CUSUM: the mean of 150, then .1 less than each surplus, until the sum passes ln(T / changes)', () => {
    const refusals = Math.floor(Math.log(T / 4) / 0.9) + 1;
    expect(alarmAfter(cusum(), '150A100D')).toBe(150 + refusals);
    expect(alarmAfter(cusum(), '150D100A')).toBe(150 + refusals);
    expect(alarmAfter(cusum(), '149A')).toBeNull();
  });

  test('M: the halves of the last 150 differ by more than sqrt(75 ln(2 A T^2)) approvals', () => {
    const needed = Math.floor(Math.sqrt(75 * Math.log(6 * T * T))) + 1;
    expect(alarmAfter(halves(), '300A100D')).toBe(300 + needed);
    expect(alarmAfter(halves(), `300A${needed - 1}D`)).toBeNull();
    expect(alarmAfter(halves(), '74A75D')).toBeNull();
  });
});

test('GLR: the alarm comes where the definition, worked out at length, puts it', () => {
  const likelihood = (hits: number, trials: number): number => {
    const term = (part: number): number => (part > 0 ? part * Math.log(part / trials) : 0);
    return term(hits) + term(trials - hits);
  };
  const places = new Set<number>();
  for (let run = 1; run <= 40; run++) {
    const draw = stream(run);
    const seen = Array.from({ length: 600 }, (_, place) => draw() < (place < 200 ? 0.5 : 0.75));
    const hitsIn = (from: number, to: number): number => seen.slice(from, to).filter(Boolean).length;
    const alarms = (n: number): boolean => {
      const gains = Array.from({ length: n / 10 - 1 }, (_, i) => {
        const split = 10 * (i + 1);
        return (
          likelihood(hitsIn(0, split), split) + likelihood(hitsIn(split, n), n - split) - likelihood(hitsIn(0, n), n)
        );
      });
      return Math.max(...gains) > Math.log(n ** 1.5 * Math.sqrt(T));
    };
    const due = Array.from({ length: 59 }, (_, i) => 10 * (i + 2)).find(alarms) ?? null;
    const detector = glr();
    const found = seen.findIndex((approved) => detector.sees(approved));
    expect(found < 0 ? null : found + 1).toBe(due);
    if (due !== null) places.add(due);
  }
  expect(places.size).toBeGreaterThan(5);
});

test.each([
  // T = 20,000 a segment: h = ln 5,000 = 8.5, a refusal adds .9.
  { entry: cusumKlucb, results: '150A', refusals: 10 },
  // Half a window of 150 approvals against as many with 40 refusals: sqrt(75 ln(4 T^2)) = 39.9.
  { entry: mKlucb, results: '300A', refusals: 40 },
])('$entry.id raises its alarm at refusal $refusals after $results', ({ entry, results, refusals }) => {
  const trial = new Trial(entry);
  trial.tell(0, outcomes(results));
  trial.tell(0, outcomes(`${refusals - 1}D`));
  expect(trial.policy.alarms?.()).toEqual([]);
  trial.tell(0, outcomes('D'));
  expect(trial.policy.alarms?.()).toHaveLength(1);
});

describe('what a restart does', () => {
  /** Arm 0 was good and turns bad while arm 1 was measured to be middling. */
  function changed(entry: ConstructorParameters<typeof Trial>[0]): Trial {
    const trial = new Trial(entry);
    trial.tell(1, outcomes('AD'.repeat(30)));
    trial.tell(0, outcomes('300A'));
    while ((trial.policy.alarms?.().length ?? 0) === 0) trial.tell(0, outcomes('D'));
    return trial;
  }

  test.each([
    { entry: glrKlucbLocal, all: false },
    { entry: cusumKlucb, all: false },
    { entry: glrKlucbGlobal, all: true },
    { entry: mKlucb, all: true },
  ])('$entry.id starts all arms anew: $all', ({ entry, all }) => {
    const trial = changed(entry);
    const free = Array.from({ length: 4_000 }, () => trial.choose()).filter(({ probe }) => !probe);
    const shares = sharesOf(
      2,
      free.map(({ arm }) => arm),
    );
    // An arm without outcomes goes before all others; two of them share.
    expect(shares[0]).toBeCloseTo(all ? 0.5 : 1, 1);
    expect(trial.policy.alarms?.()).toEqual([{ atMs: 0, arm: 0, segments: [0] }]);
  });

  test('another segment keeps what it knows', () => {
    const trial = new Trial(glrKlucbGlobal);
    trial.segment = 1;
    trial.tell(0, outcomes('50D'));
    trial.tell(1, outcomes('50A'));
    trial.segment = 0;
    trial.tell(0, outcomes('300A60D'));
    expect(trial.policy.alarms?.().length).toBeGreaterThan(0);
    trial.segment = 1;
    const free = Array.from({ length: 1_000 }, () => trial.choose()).filter(({ probe }) => !probe);
    expect(free.every(({ arm }) => arm === 1)).toBe(true);
  });
});

describe('forced exploration', () => {
  const world = { ...madeWorld(3, T), segments: madeWorld(3).segments.slice(0, 1) };

  function probesOf(create: () => ReturnType<typeof createGlrKlUcb>): number[] {
    const trial = new Trial({ create }, 3);
    trial.tell(0, outcomes('50A'));
    for (const arm of [1, 2]) trial.tell(arm, outcomes('50D'));
    const choices = Array.from({ length: 20_000 }, () => trial.choose());
    return sharesOf(
      3,
      choices.map(({ arm }) => arm),
    );
  }

  test('GLR-klUCB: every arm by the clock, .1 sqrt(changes A ln T / T) of the choices in all', () => {
    const rate = 0.1 * Math.sqrt((4 * 3 * Math.log(T)) / T);
    const shares = probesOf(() => createGlrKlUcb(world, { restarts: 'arm', changes: 4 }));
    expect(shares[1]! / (rate / 3)).toBeCloseTo(1, 1);
    expect(shares[2]).toBeCloseTo(shares[1]!, 4);
  });

  test('CUSUM-klUCB: drawn with sqrt(changes / T ln(T / changes))', () => {
    const rate = Math.sqrt((4 / T) * Math.log(T / 4));
    const shares = probesOf(() => createCusumKlUcb(world, 4));
    expect(Math.abs(shares[1]! - rate / 3)).toBeLessThan(0.004);
    expect(Math.abs(shares[2]! - rate / 3)).toBeLessThan(0.004);
  });

  test('M-klUCB: every arm by the clock, sqrt(changes A (2b + 3 sqrt w) / 2T) / 2 of the choices in all', () => {
    const alarm = Math.sqrt(75 * Math.log(6 * T * T));
    const rate = 0.5 * Math.sqrt((4 * 3 * (2 * alarm + 3 * Math.sqrt(150))) / (2 * T));
    const shares = probesOf(() => createMKlUcb(world, 4));
    // A round is a whole number of choices.
    expect(shares[1]! * Math.floor(3 / rate)).toBeCloseTo(1, 2);
    expect(shares[2]).toBeCloseTo(shares[1]!, 3);
  });
});

describe('in the league', () => {
  const alarmOf = (create: () => ReturnType<typeof createCusumKlUcb>, told: string): number | null => {
    const trial = new Trial({ create }, 3);
    for (const [place, outcome] of outcomes(told).entries()) {
      trial.tell(0, [outcome]);
      if (trial.policy.alarms!().length > 0) return place + 1;
    }
    return null;
  };

  test('CUSUM-klUCB measures an arm by its first 150 outcomes', () => {
    const told = '130A200D';
    const world = { ...madeWorld(3, T), segments: madeWorld(3).segments.slice(0, 1) };
    const expected = alarmAfter(cusum(), told);
    expect(expected).not.toBeNull();
    expect(alarmOf(() => createCusumKlUcb(world, 4), told)).toBe(expected);
  });

  test('the rules that want the number of changes are told four', () => {
    const world = madeWorld(3);
    const pairs = [
      [glrKlucbLocal.create(world), createGlrKlUcb(world, { restarts: 'arm', changes: 4 })],
      [glrKlucbGlobal.create(world), createGlrKlUcb(world, { restarts: 'all', changes: 4 })],
      [cusumKlucb.create(world), createCusumKlUcb(world, 4)],
      [mKlucb.create(world), createMKlUcb(world, 4)],
      [swKlucb.create(world), createSlidingKlUcb(world, 4)],
    ] as const;
    for (const [entry, four] of pairs) {
      const [left, right] = [entry, four].map((policy) => {
        const trial = new Trial({ create: () => policy }, 3);
        for (let round = 0; round < 1_500; round += 1)
          for (const arm of [0, 1, 2]) trial.tell(arm, [(round + arm) % 9 < 6 + arm ? 'approved' : 'declined']);
        return Array.from({ length: 4_000 }, () => trial.choose());
      });
      expect(left).toEqual(right);
    }
  });
});
