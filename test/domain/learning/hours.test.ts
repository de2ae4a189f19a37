import { describe, expect, test } from 'vitest';
import {
  beliefOf,
  createLearner,
  learn,
  passBy,
  passTo,
  rememberHour,
  restoreLearner,
  snapshotLearner,
  type LearnerState,
} from '../../../src/domain/learning/posterior.ts';
import { HOURS, jumpAt } from '../../../src/domain/learning/hour-forecast.ts';
import { RATES } from '../../../src/domain/learning/rate-grid.ts';
import { seeded } from '../../harness/seeded.ts';

const HOUR_MS = 3_600_000;
/** A midnight. */
const START = Date.UTC(2026, 0, 5);
const PER_HOUR = 80;
const isNight = (hour: number): boolean => hour % HOURS >= 22 || hour % HOURS < 5;
const weakAtNight = (hour: number): number => (isNight(hour) ? 0.84 : 0.93);
const atHour = (hour: number): number => START + hour * HOUR_MS;

interface Living {
  readonly from: number;
  readonly to: number;
  readonly rate: (hour: number) => number;
  readonly outcomes?: (hour: number) => number;
}

/** As an object records: hours end, then an outcome is learned and remembered by its hour. */
function live(state: LearnerState, { from, to, rate, outcomes = () => PER_HOUR }: Living): LearnerState {
  for (let hour = from; hour < to; hour++) {
    const random = seeded(hour + 1);
    for (let i = 0; i < outcomes(hour); i++) {
      const atMs = atHour(hour) + (i * HOUR_MS) / outcomes(hour);
      const approved = random() < rate(hour);
      passTo(state, atMs);
      learn(state, approved, 1);
      rememberHour(state, approved, { weight: 1, offset: 0 }, atMs);
    }
  }
  return state;
}

const days = (count: number, rate: (hour: number) => number): LearnerState =>
  live(createLearner(), { from: 0, to: count * HOURS, rate });

const meanAt = (state: LearnerState, hour: number): number => beliefOf(state, atHour(hour)).mean;

/** The same outcomes, and no hour ever told. */
function timeless(to: number, rate: (hour: number) => number): LearnerState {
  const state = createLearner();
  for (let hour = 0; hour < to; hour++) {
    const random = seeded(hour + 1);
    for (let i = 0; i < PER_HOUR; i++) learn(state, random() < rate(hour), 1);
  }
  return state;
}

describe('a jump that former days know of', () => {
  test('[LRN-18] a processor that is weak from 22 to 5 is doubted as the third evening begins, before any outcome, and trusted again in the morning', () => {
    const evening = live(days(2, weakAtNight), { from: 48, to: 70, rate: weakAtNight });
    expect(beliefOf(evening).mean).toBeGreaterThan(0.91);
    expect(meanAt(evening, 70) - beliefOf(evening).mean).toBeLessThan(-0.03);
    const morning = live(days(2, weakAtNight), { from: 48, to: 53, rate: weakAtNight });
    expect(beliefOf(morning).mean).toBeLessThan(0.87);
    expect(meanAt(morning, 53) - beliefOf(morning).mean).toBeGreaterThan(0.02);
  });

  test('[LRN-18] an idle one is believed by the clock alone: to read is not to change, and what is recorded later begins there', () => {
    const idle = live(days(2, weakAtNight), { from: 48, to: 72, rate: weakAtNight });
    const before = structuredClone(idle);
    const read = beliefOf(idle, atHour(77));
    expect(idle).toEqual(before);
    expect(read.mean).toBeGreaterThan(beliefOf(idle).mean + 0.02);
    expect(beliefOf(idle, atHour(77))).toEqual(read);
    passTo(idle, atHour(77));
    expect(beliefOf(idle)).toEqual(read);
  });

  test('[LRN-18] what a rate is expected to do says nothing of its kind', () => {
    const state = live(days(2, weakAtNight), { from: 48, to: 70, rate: weakAtNight });
    const kinds = (now: number | null): number[] => beliefOf(state, now).regimes!.map(({ evidence }) => evidence);
    for (const [kind, evidence] of kinds(atHour(70)).entries()) expect(evidence).toBeCloseTo(kinds(null)[kind]!, 4);
  });

  test('[LRN-18] where nobody looked, the hours between share the doubt: the later, the likelier the jump', () => {
    const approved = new Float32Array(HOURS);
    const outcomes = new Float32Array(HOURS);
    for (let hour = 0; hour < HOURS; hour++) {
      outcomes[hour] = hour === 23 || hour < 3 ? 0 : 200;
      approved[hour] = outcomes[hour]! * (hour > 18 ? 0.84 : 0.93);
    }
    const weak = RATES.findLastIndex((rate) => rate < 0.85);
    const leaves = [23, 0, 1, 2, 3].map((hour) => jumpAt({ approved, outcomes }, hour)!.leaves[weak]!);
    expect(leaves).toEqual([...leaves].sort((one, other) => one - other));
    expect(leaves.at(-1)).toBeGreaterThan(0.9);
    expect(jumpAt({ approved, outcomes }, 15)).toBeNull();
  });
});

describe('where former days know of none', () => {
  test('[LRN-19] on the first day, whatever happens, the belief is bit for bit what it is without hours', () => {
    const told = live(createLearner(), { from: 0, to: 23, rate: weakAtNight });
    const untold = timeless(23, weakAtNight);
    expect(told.filter).toEqual(untold.filter);
    expect(beliefOf(told, atHour(23))).toEqual(beliefOf(untold));
  });

  test('[LRN-19] likewise for days that are alike from hour to hour', () => {
    const told = days(4, () => 0.9);
    expect(told.filter).toEqual(timeless(4 * HOURS, () => 0.9).filter);
    expect(beliefOf(told, atHour(4 * HOURS + 30))).toEqual(beliefOf(told));
  });

  test('[LRN-19] one that only passes by, or whose results all come late, has no former days', () => {
    const state = createLearner();
    for (let hour = 0; hour < 60; hour++) {
      passTo(state, atHour(hour));
      passBy(state, 10);
      learn(state, true, 0.5);
      rememberHour(state, true, { weight: 0.5, offset: 0 }, atHour(hour) - 1);
      rememberHour(state, true, { weight: 0.5, offset: 0 }, atHour(hour + 1));
    }
    expect(state.hours.past.outcomes.some((count) => count > 0)).toBe(false);
    expect(beliefOf(state, atHour(70))).toEqual(beliefOf(state));
  });
});

describe('how often it comes again', () => {
  const foretoldFall = (state: LearnerState, hour: number): number => beliefOf(state).mean - meanAt(state, hour);

  test('[LRN-20] the first time as likely as not, more after days that kept to it, less after one that did not', () => {
    const once = live(days(1, weakAtNight), { from: 24, to: 46, rate: weakAtNight });
    const often = live(days(5, weakAtNight), { from: 120, to: 142, rate: weakAtNight });
    expect(once.hours.held / (once.hours.held + once.hours.missed)).toBeGreaterThan(0.4);
    expect(often.hours.held / (often.hours.held + often.hours.missed)).toBeGreaterThan(0.75);
    expect(often.hours.held + often.hours.missed).toBeLessThanOrEqual(10 + 1e-9);
    expect(foretoldFall(often, 142)).toBeGreaterThan(foretoldFall(once, 46));

    const broken = live(days(2, weakAtNight), {
      from: 48,
      to: 75,
      rate: (hour) => (hour < 70 ? weakAtNight(hour) : 0.93),
    });
    const kept = live(days(2, weakAtNight), { from: 48, to: 75, rate: weakAtNight });
    expect(broken.hours.missed).toBeGreaterThan(kept.hours.missed + 0.5);
  });

  test('[LRN-20] days that have become alike are believed so within two', () => {
    const state = live(days(3, weakAtNight), { from: 72, to: 142, rate: () => 0.93 });
    expect(Math.abs(foretoldFall(state, 142))).toBeLessThan(0.01);
  });

  test('[LRN-20] a silence of weeks is gone through by its last day, and a clock set back changes nothing', () => {
    const state = live(days(3, weakAtNight), { from: 72, to: 90, rate: weakAtNight });
    passTo(state, atHour(900));
    expect(state.hours.hour).toBe(START / HOUR_MS + 900);
    const before = structuredClone(state);
    passTo(state, atHour(800));
    expect(state).toEqual(before);
  });
});

describe('keeping hours', () => {
  test('[LRN-21] what went through JSON goes on bit for bit, and a learner of before hours is valid and has none', () => {
    const kept = live(days(2, weakAtNight), { from: 48, to: 70, rate: weakAtNight });
    passTo(kept, atHour(70));
    const text = JSON.stringify(snapshotLearner(kept));
    expect(text.length).toBeLessThan(2_300);
    const stored = restoreLearner(JSON.parse(text));
    expect(stored).toEqual(kept);
    for (const state of [kept, stored]) live(state, { from: 70, to: 80, rate: weakAtNight });
    expect(stored).toEqual(kept);

    const { hours: _hours, ...older } = snapshotLearner(kept);
    const restored = restoreLearner(older);
    expect(restored.filter).toEqual(kept.filter);
    expect(restored.hours).toEqual(createLearner().hours);
  });
});
