import { describe, expect, test } from 'vitest';
import { Arrivals } from '../../lab/simulator/arrivals.ts';
import { normalQuantile, uniform } from '../../lab/simulator/random.ts';
import { ResultQueue } from '../../lab/simulator/result-queue.ts';
import { scenarioOf } from './sample-scenario.ts';

const START = Date.parse('2026-01-05T00:00:00Z');
const DAY_MS = 86_400_000;

function arrivalsOf(given: object): { atMs: number; segment: number }[] {
  const scenario = scenarioOf({ transactions: 20_000, ...given });
  const arrivals = new Arrivals(scenario, 9);
  return Array.from({ length: scenario.transactions }, (_, index) => {
    const segment = arrivals.next(index);
    return { atMs: arrivals.atMs, segment };
  });
}

describe('arrivals', () => {
  test('are Poisson: gaps have the mean of the rate and as large a deviation', () => {
    const times = arrivalsOf({ arrivalsPerSecond: 4 }).map(({ atMs }) => atMs);
    const gaps = times.map((atMs, index) => atMs - (index === 0 ? START : times[index - 1]!));
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    const deviation = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length);
    expect(Math.abs(mean - 250)).toBeLessThan(6);
    expect(Math.abs(deviation - 250)).toBeLessThan(8);
  });

  test('are regular if so told', () => {
    const times = arrivalsOf({ arrivalsPerSecond: 4, arrivals: { process: 'regular' } });
    expect(times.slice(0, 3).map(({ atMs }) => atMs - START)).toEqual([250, 500, 750]);
  });

  test('swell by day and by week', () => {
    const at = (hour: number, given: object): number => {
      const times = arrivalsOf({ arrivalsPerSecond: 0.05, arrivals: { process: 'regular', ...given } });
      return times.filter(({ atMs }) => Math.floor((atMs - START) / 3_600_000) === hour).length;
    };
    expect(at(14, { dailyAmplitude: 0.5 })).toBeGreaterThan(1.4 * 180);
    expect(at(26, { dailyAmplitude: 0.5 })).toBeLessThan(0.6 * 180);
    // Monday plus a quarter of a week: Tuesday evening.
    expect(at(42, { weeklyAmplitude: 0.5 })).toBeGreaterThan(1.4 * 180);
  });

  test('burst within the fractions', () => {
    const times = arrivalsOf({
      arrivals: { process: 'regular', bursts: [{ fromFraction: 0.5, toFraction: 0.6, factor: 8 }] },
    }).map(({ atMs }) => atMs);
    expect(times[10_001]! - times[10_000]!).toBeCloseTo(12.5);
    expect(times[9_999]! - times[9_998]!).toBeCloseTo(100);
  });

  test('are of each segment by its share', () => {
    const segments = [0.7, 0.2, 0.1].map((share, index) => ({ paymentMethod: 'CARD', country: `C${index}`, share }));
    const drawn = arrivalsOf({ segments }).map(({ segment }) => segment);
    for (const [index, { share }] of segments.entries())
      expect(drawn.filter((segment) => segment === index).length / 20_000).toBeCloseTo(share, 1);
    expect(arrivalsOf({}).at(-1)!.atMs - START).toBeLessThan(DAY_MS);
  });
});

describe('chance', () => {
  test('is uniform and independent over payments, processors and purposes', () => {
    const draws = Array.from({ length: 20_000 }, (_, index) => uniform(1, 16, index, 17));
    const others = [
      draws.map((_, index) => uniform(1, 16, index, 33)),
      draws.map((_, index) => uniform(1, 17, index, 17)),
      draws.map((_, index) => uniform(2, 16, index, 17)),
      draws.map((_, index) => uniform(1, 16, index + 1, 17)),
    ];
    for (let cell = 0; cell < 10; cell += 1)
      expect(Math.abs(draws.filter((draw) => Math.floor(draw * 10) === cell).length - 2_000)).toBeLessThan(170);
    for (const other of others) {
      const correlation =
        (12 * draws.reduce((sum, draw, index) => sum + (draw - 0.5) * (other[index]! - 0.5), 0)) / draws.length;
      expect(Math.abs(correlation)).toBeLessThan(0.03);
    }
  });

  test('has the normal’s quantiles', () => {
    expect(normalQuantile(0.5)).toBeCloseTo(0, 9);
    expect(normalQuantile(0.975)).toBeCloseTo(1.959964, 5);
    expect(normalQuantile(0.001)).toBeCloseTo(-3.090232, 5);
    expect(normalQuantile(0.999)).toBeCloseTo(3.090232, 5);
  });
});

test('the queue of results gives them in the order of time, then of sending', () => {
  const queue = new ResultQueue<number>();
  const times = Array.from({ length: 500 }, (_, index) => Math.floor(uniform(1, 1, index, 0) * 50));
  times.forEach((atMs, index) => queue.push(atMs, index));
  const given: number[] = [];
  for (let item = queue.popBefore(50); item !== null; item = queue.popBefore(50)) given.push(item);
  expect(given).toEqual([...times.keys()].sort((left, right) => times[left]! - times[right]! || left - right));
  queue.push(5, 1);
  expect(queue.popBefore(5)).toBeNull();
});
