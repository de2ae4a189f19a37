import { describe, expect, test } from 'vitest';
import {
  acceptLevel,
  baselineOf,
  createDetector,
  isTripping,
  observe,
  resetDetector,
  signalOf,
  type DetectorKind,
  type DetectorState,
} from '../../../src/domain/health/detector.ts';
import { seeded } from '../../harness/seeded.ts';

/** Feeds `attempts` at this rate of hits; returns how often the detector went on. */
function feed(state: DetectorState, random: () => number, rate: number, attempts: number): number {
  let alarms = 0;
  let wasOn = signalOf(state) !== null;
  for (let i = 1; i <= attempts; i++) {
    observe(state, random() < rate, i);
    const isOn = state.on !== null;
    if (isOn && !wasOn) alarms++;
    wasOn = isOn;
  }
  return alarms;
}

/** Attempts from the change to the alarm, by seed; `attemptsMax` + 1 where there was none, 0 where it was on before. */
function delays(step: {
  kind: DetectorKind;
  before: number;
  attemptsBefore: number;
  after: number;
  seeds: number;
}): number[] {
  const attemptsMax = 2_000;
  return Array.from({ length: step.seeds }, (_, seed) => {
    const random = seeded(seed + 1);
    const state = createDetector(step.kind);
    feed(state, random, step.before, step.attemptsBefore);
    if (signalOf(state)) return 0;
    for (let attempt = 1; attempt <= attemptsMax; attempt++) {
      observe(state, random() < step.after, attempt);
      if (signalOf(state)) return attempt;
    }
    return attemptsMax + 1;
  }).sort((left, right) => left - right);
}

const quantile = (sorted: readonly number[], share: number): number => sorted[Math.ceil(share * sorted.length) - 1]!;

describe('quiet at a steady baseline', () => {
  test.each([1, 2, 3])(
    '[DET-3] 2,000,000 attempts of 75% approved, 20% declined and 5% errors raise at most two alarms of both detectors (seed %i)',
    (seed) => {
      const random = seeded(seed);
      let alarms = 0;
      for (let scope = 0; scope < 5; scope++) {
        const technical = createDetector('technical');
        const approval = createDetector('approval');
        for (let i = 0; i < 400_000; i++) {
          const dice = random();
          const before = Number(technical.on !== null) + Number(approval.on !== null);
          observe(technical, dice < 0.05, i);
          if (dice >= 0.05) observe(approval, dice < 0.25, i);
          if (Number(technical.on !== null) + Number(approval.on !== null) > before) alarms++;
        }
        expect(baselineOf(technical).rate).toBeCloseTo(0.05, 2);
        expect(baselineOf(approval).rate).toBeCloseTo(0.75 / 0.95, 1);
      }
      expect(alarms).toBeLessThanOrEqual(2);
    },
  );

  test.each([0.02, 0.1, 0.2])('[DET-4] a technical baseline of %d raises nothing in 100,000 attempts', (rate) => {
    for (const seed of [1, 2, 3]) expect(feed(createDetector('technical'), seeded(seed), rate, 100_000)).toBe(0);
  });

  test('[DET-9] issuer declines of 30% for a day of 86,400 attempts raise nothing', () => {
    for (const seed of [1, 2, 3]) expect(feed(createDetector('approval'), seeded(seed), 0.3, 86_400)).toBe(0);
  });

  test('[DET-2] nothing is raised before 200 attempts, whatever comes', () => {
    for (const kind of ['technical', 'approval'] as const) {
      const state = createDetector(kind);
      for (let i = 0; i < 200; i++) observe(state, i >= 100, i);
      expect(signalOf(state)).toBeNull();
      expect(baselineOf(state).attempts).toBe(200);
    }
  });
});

describe('quick after a change', () => {
  test.each([
    { before: 0.002, within: 12 },
    { before: 0.01, within: 12 },
    { before: 0.02, within: 12 },
    { before: 0.05, within: 12 },
    { before: 0.1, within: 20 },
    { before: 0.2, within: 20 },
  ])(
    '[DET-5] after 200 attempts at $before, 90% failures raise an alarm within $within in 990 of 1,000 seeds',
    ({ before, within }) => {
      const found = delays({ kind: 'technical', before, attemptsBefore: 200, after: 0.9, seeds: 1_000 });
      expect(found.filter((delay) => delay === 0).length).toBeLessThanOrEqual(1);
      expect(found.filter((delay) => delay > 0 && delay <= within).length).toBeGreaterThanOrEqual(990);
    },
  );

  test('[DET-6] a brown-out of 25% on a baseline of 2% is raised in about 40 attempts, in 200 at the latest', () => {
    const found = delays({ kind: 'technical', before: 0.02, attemptsBefore: 1_000, after: 0.25, seeds: 300 });
    expect(quantile(found, 0.5)).toBeLessThanOrEqual(50);
    expect(quantile(found, 0.9)).toBeLessThanOrEqual(100);
    expect(quantile(found, 1)).toBeLessThanOrEqual(200);
  });

  test('[DET-7] a step of declines from 10% to 45% raises the approval alarm in 60 attempts (median), once and never again', () => {
    const found = delays({ kind: 'approval', before: 0.1, attemptsBefore: 5_000, after: 0.45, seeds: 300 });
    expect(quantile(found, 0.5)).toBeLessThanOrEqual(60);
    const alarms = [1, 2, 3, 4, 5].map((seed) => {
      const random = seeded(seed);
      const state = createDetector('approval');
      feed(state, random, 0.1, 5_000);
      return feed(state, random, 0.45, 86_400);
    });
    expect(alarms).toEqual([1, 1, 1, 1, 1]);
  });

  test('[DET-8] approval falling from 80% to nothing is raised within 12 attempts', () => {
    const found = delays({ kind: 'approval', before: 0.2, attemptsBefore: 10_000, after: 1, seeds: 100 });
    expect(quantile(found, 1)).toBeLessThanOrEqual(12);
    expect(found[0]).toBeGreaterThan(0);
  });
});

describe('the baseline', () => {
  test('[DET-10] what came since the change never enters the baseline', () => {
    const random = seeded(5);
    const state = createDetector('technical');
    feed(state, random, 0.02, 20_000);
    const before = baselineOf(state).rate;
    feed(state, random, 0.9, 1_000);
    expect(signalOf(state)).not.toBeNull();
    expect(Math.abs(baselineOf(state).rate - before)).toBeLessThan(0.001);
  });

  test('[DET-10] a baseline that drifts slowly is followed without an alarm', () => {
    const random = seeded(6);
    const state = createDetector('technical');
    let alarms = 0;
    for (let step = 0; step <= 100; step++) alarms += feed(state, random, 0.01 + 0.0003 * step, 3_000);
    expect(alarms).toBe(0);
    expect(baselineOf(state).rate).toBeGreaterThan(0.025);
  });

  test('[DET-12] an approval level that stays for 2,000 attempts is the new baseline; a technical one stays an alarm', () => {
    for (const kind of ['approval', 'technical'] as const) {
      const random = seeded(7);
      const state = createDetector(kind);
      feed(state, random, 0.1, 5_000);
      feed(state, random, 0.6, 1_500);
      expect(signalOf(state)).not.toBeNull();
      feed(state, random, 0.6, 1_000);
      expect(signalOf(state) === null).toBe(kind === 'approval');
      expect(baselineOf(state).rate).toBeCloseTo(kind === 'approval' ? 0.4 : 0.1, 1);
    }
  });

  test('[DET-12] the present level is accepted on demand', () => {
    const random = seeded(8);
    const state = createDetector('technical');
    feed(state, random, 0.02, 5_000);
    acceptLevel(state);
    expect(baselineOf(state).rate).toBeCloseTo(0.02, 2);
    feed(state, random, 0.5, 300);
    acceptLevel(state);
    expect(signalOf(state)).toBeNull();
    expect(baselineOf(state).rate).toBeCloseTo(0.5, 1);
    expect(feed(state, random, 0.5, 5_000)).toBe(0);
  });
});

describe('on and off', () => {
  test('[DET-11] an alarm ends by itself when the baseline is back, and does not end half-way there', () => {
    const random = seeded(9);
    const state = createDetector('technical');
    feed(state, random, 0.05, 5_000);
    expect(feed(state, random, 0.9, 200)).toBe(1);
    expect(feed(state, random, 0.3, 2_000)).toBe(0);
    expect(signalOf(state)).not.toBeNull();
    expect(feed(state, random, 0.05, 1_000)).toBe(0);
    expect(signalOf(state)).toBeNull();
  });

  test('[DET-11] a small shift that stays raises two alarms at most', () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const random = seeded(seed);
      const state = createDetector('approval');
      feed(state, random, 0.1, 5_000);
      expect(feed(state, random, 0.2, 30_000)).toBeLessThanOrEqual(2);
    }
  });

  test('[DET-13] a reset is quiet at the old baseline and ready for the next change', () => {
    const random = seeded(10);
    const state = createDetector('technical');
    feed(state, random, 0.02, 5_000);
    const before = baselineOf(state).rate;
    feed(state, random, 0.9, 50);
    resetDetector(state);
    expect(signalOf(state)).toBeNull();
    expect(baselineOf(state).rate).toBeCloseTo(before, 4);
    for (let i = 0; i < 12 && !signalOf(state); i++) observe(state, true, i);
    expect(signalOf(state)).not.toBeNull();
  });

  test('[DET-13] a reset within the first 200 attempts starts over: an outage must not pass for the baseline', () => {
    const state = createDetector('technical');
    for (let i = 0; i < 100; i++) observe(state, i >= 50, i);
    resetDetector(state);
    expect(state).toEqual(createDetector('technical'));
  });
});

describe('the signal', () => {
  test('[DET-1] only the technical detector trips', () => {
    for (const kind of ['technical', 'approval'] as const) {
      const state = createDetector(kind);
      feed(state, seeded(11), 0.02, 1_000);
      expect(isTripping(state)).toBe(false);
      for (let i = 0; i < 12; i++) observe(state, true, i);
      expect(signalOf(state)?.kind).toBe(kind);
      expect(isTripping(state)).toBe(kind === 'technical');
    }
  });

  test('[DET-14] a signal tells when, the rates before and since the change, and how many attempts ago that was', () => {
    const technical = createDetector('technical');
    const approval = createDetector('approval');
    for (const state of [technical, approval]) {
      feed(state, seeded(12), 0.1, 5_000);
      for (let i = 0; i < 20; i++) observe(state, false, 6_000);
      for (let i = 1; i <= 30; i++) observe(state, true, 7_000 + i);
    }
    expect(signalOf(technical)).toMatchObject({ kind: 'technical', recent: 1, attempts: 30 });
    expect(signalOf(approval)).toMatchObject({ kind: 'approval', recent: 0, attempts: 30 });
    expect(signalOf(technical)!.baseline).toBeCloseTo(0.1, 1);
    expect(signalOf(approval)!.baseline).toBeCloseTo(0.9, 1);
    expect(signalOf(approval)!.sinceMs).toBeGreaterThan(7_003);
    expect(signalOf(approval)!.sinceMs).toBeLessThanOrEqual(7_012);
  });
});

describe('plain numbers', () => {
  test.each(['technical', 'approval'] as const)(
    '[DET-15] %s: all hits and all misses raise nothing and leave finite numbers',
    (kind) => {
      for (const rate of [0, 1]) {
        const state = createDetector(kind);
        expect(feed(state, seeded(13), rate, 100_000)).toBe(0);
        expect(JSON.stringify(state)).not.toContain('null,');
        expect(state.evidence.every(Number.isFinite)).toBe(true);
        expect(baselineOf(state).rate).toBeCloseTo(kind === 'approval' ? 1 - rate : rate, 2);
      }
    },
  );

  test('[DET-15] state that went through JSON goes on as if it had not', () => {
    const kept = createDetector('technical');
    let stored = createDetector('technical');
    const random = seeded(14);
    for (let i = 0; i < 3_000; i++) {
      const hit = random() < (i < 2_000 ? 0.05 : 0.3);
      observe(kept, hit, i);
      observe(stored, hit, i);
      if (i % 100 === 0) stored = JSON.parse(JSON.stringify(stored)) as DetectorState;
    }
    expect(stored).toEqual(kept);
    expect(signalOf(kept)).not.toBeNull();
  });
});
