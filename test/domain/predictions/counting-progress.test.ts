import { describe, expect, test } from 'vitest';
import {
  type CountingProgress,
  planCounting,
  readProgress,
  writeProgress,
} from '../../../src/domain/predictions/counting-progress.ts';

const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000];
const NOW = Date.UTC(2026, 10, 21, 12, 0, 30);
const NOON = NOW - 30_000;
const from = (ms: number, again: CountingProgress['again'] = null): CountingProgress => ({ countedToMs: ms, again });

describe('[PRD-31] counting', () => {
  test('begins at the oldest attempt, at most 65 days back, and ends some seconds ago', () => {
    expect(planCounting(null, null, NOW)).toBeNull();
    expect(planCounting(null, NOW - 10 * MINUTE, NOW)).toEqual({ fromMs: NOON - HOUR, toMs: NOON, again: null });
    expect(planCounting(null, NOW - 400 * DAY, NOW)).toMatchObject({ fromMs: NOON - 65 * DAY });
    expect(planCounting(null, NOW + DAY, NOW)).toBeNull();
    expect(planCounting(null, NOW, NOON + 10_000)).toBeNull();
  });

  test('counts ten minutes again each time', () => {
    expect(planCounting(from(NOON - 5 * MINUTE), null, NOW)).toEqual({
      fromMs: NOON - 15 * MINUTE,
      toMs: NOON,
      again: null,
    });
  });

  test('after a pause counts on from there, and once more when what came late is there', () => {
    const first = planCounting(from(NOON - 70 * MINUTE), null, NOW)!;
    const again = { fromMs: NOON - 80 * MINUTE, dueMs: NOON + 30 * MINUTE };
    expect(first).toEqual({ fromMs: again.fromMs, toMs: NOON, again });
    const soon = planCounting(from(NOON, again), null, NOW + 5 * MINUTE)!;
    expect(soon).toEqual({ fromMs: NOON - 10 * MINUTE, toMs: NOON + 5 * MINUTE, again });
    const due = planCounting(from(NOON + 25 * MINUTE, again), null, NOW + 30 * MINUTE)!;
    expect(due).toEqual({ fromMs: again.fromMs, toMs: NOON + 30 * MINUTE, again: null });
    expect(planCounting(from(NOON - 3 * DAY), null, NOW)).toMatchObject({
      again: { fromMs: NOON - 3 * DAY - 10 * MINUTE },
    });
  });
});

describe('[PRD-32] a clock', () => {
  test('that was set back counts on from now', () => {
    expect(planCounting(from(NOON + 300 * DAY), null, NOW)).toEqual({
      fromMs: NOON - 10 * MINUTE,
      toMs: NOON,
      again: null,
    });
    const ahead = { fromMs: NOON + 299 * DAY, dueMs: NOON + 301 * DAY };
    expect(planCounting(from(NOON + 300 * DAY, ahead), null, NOW)?.again).toBeNull();
  });

  test('that is none counts nothing', () => {
    for (const now of [NaN, Infinity, -Infinity]) expect(planCounting(from(NOON), null, now)).toBeNull();
  });
});

test('[PRD-31] a cursor that is not ours is none', () => {
  const progress = from(NOON, { fromMs: 1, dueMs: 2 });
  expect(readProgress(writeProgress(progress))).toEqual(progress);
  for (const cursor of [null, '', 'row 1', '{}', '[1]', '"x"', '{"countedToMs":"1"}', 'null'])
    expect(readProgress(cursor)).toBeNull();
});
