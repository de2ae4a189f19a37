import { describe, expect, test } from 'vitest';
import {
  HISTORY_MS,
  pastOf,
  planTraining,
  SAMPLES_MAX,
  LATER_STEPS,
  laterSteps,
} from '../../../src/domain/training/training-plan.ts';
import { readTrainingSettings, trainingSettingsFrom } from '../../../src/domain/training/training-settings.ts';

const HOUR = 3_600_000;
const hours = (...samples: number[]) => samples.map((count, place) => ({ hourMs: place * HOUR, samples: count }));

describe('what is trained on, and what later', () => {
  test('[TRN-4] three quarters of the attempts, cut at an hour, and all that came after', () => {
    expect(planTraining(hours(100, 200, 450, 150, 100), 1_000)).toEqual({
      ok: true,
      plan: { fromMs: 0, splitMs: 3 * HOUR, toMs: 5 * HOUR },
    });
  });

  test('[TRN-4] the last hour is always left for judging, and hours without attempts bound nothing', () => {
    expect(planTraining(hours(0, 1, 0, 999, 0), 1_000)).toEqual({
      ok: true,
      plan: { fromMs: HOUR, splitMs: 3 * HOUR, toMs: 4 * HOUR },
    });
    expect(planTraining(hours(999, 1), 1_000)).toMatchObject({ ok: true, plan: { splitMs: HOUR } });
  });

  test('[TRN-4] too few say how many there are and how many are needed', () => {
    expect(planTraining(hours(200, 60), 1_000)).toEqual({
      ok: false,
      lacks: [
        { of: 'training_samples', have: 260, needed: 1_000 },
        { of: 'hours', have: 2, needed: 2 },
      ],
    });
    expect(planTraining(hours(5_000), 1_000)).toMatchObject({
      ok: false,
      lacks: [{}, { of: 'hours', have: 1, needed: 2 }],
    });
    expect(planTraining([], 1_000)).toMatchObject({ ok: false, lacks: [{ have: 0 }, { have: 0 }] });
  });

  test('[TRN-1] of more attempts than can be counted the newest are taken', () => {
    const most = SAMPLES_MAX / 2;
    expect(planTraining(hours(most, most, most), 1_000)).toMatchObject({
      ok: true,
      plan: { fromMs: HOUR, splitMs: 2 * HOUR },
    });
    expect(planTraining(hours(9, 3 * most, 3 * most), 1_000)).toMatchObject({ ok: true, plan: { fromMs: HOUR } });
  });

  test('[TRN-1] the past is 28 days of hours that are over', () => {
    const now = Date.parse('2026-11-21T12:34:56Z');
    expect(pastOf(now)).toEqual({
      fromMs: Date.parse('2026-11-21T12:00:00Z') - HISTORY_MS,
      toMs: Date.parse('2026-11-21T12:00:00Z'),
    });
  });
});

describe('MIN_TRAINING_SAMPLES', () => {
  test.each(['', '99', '1.5', '-1', '1e3', 'NaN', '10000001'])('[TRN-4] refuses %o by its name', (text) => {
    const read = readTrainingSettings({ MIN_TRAINING_SAMPLES: text });
    expect(read).toMatchObject({ ok: false, issues: [{ field: 'MIN_TRAINING_SAMPLES' }] });
    expect(() => trainingSettingsFrom(read)).toThrow('MIN_TRAINING_SAMPLES must be a whole number');
  });

  test('[TRN-4] takes a number', () => {
    expect(trainingSettingsFrom(readTrainingSettings({ MIN_TRAINING_SAMPLES: ' 1000 ' }))).toEqual({
      samplesMin: 1_000,
    });
  });
});

test('[TRN-17] what came after the split is told in nine steps without a gap, each as long as all before it', () => {
  const plan = { fromMs: 0, splitMs: 1_000, toMs: 1_000 + 25_600 };
  const steps = laterSteps(plan);
  expect(steps).toHaveLength(LATER_STEPS);
  expect([steps[0]!.fromMs, steps.at(-1)!.toMs]).toEqual([plan.splitMs, plan.toMs]);
  expect(steps[0]!.toMs).toBe(1_100);
  for (const [place, { fromMs, toMs }] of steps.entries()) {
    if (place === 0) continue;
    expect(fromMs).toBe(steps[place - 1]!.toMs);
    expect(toMs - fromMs).toBe(fromMs - plan.splitMs);
  }
});
