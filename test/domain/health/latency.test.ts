import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LatencySketch } from '../../../src/domain/health/latency-sketch.ts';
import { RecentLatency, latencySummary } from '../../../src/domain/health/latency.ts';

const NOW = 1_760_000_100_000;
const FIVE_MINUTES_MS = 300_000;

function sketchOf(values: readonly number[]): LatencySketch {
  const sketch = new LatencySketch();
  for (const value of values) sketch.add(value);
  return sketch;
}

const latencies = fc.array(fc.double({ min: 0.1, max: 600_000, noNaN: true }), { minLength: 1, maxLength: 200 });

describe('latency', () => {
  test('[LAT-1] every quantile is within 1% of the exact one', () => {
    fc.assert(
      fc.property(latencies, (values) => {
        const sorted = [...values].sort((left, right) => left - right);
        const points = [0, 0.25, 0.5, 0.95, 0.99, 1];
        const quantiles = sketchOf(values).quantilesMs(points);
        points.forEach((point, index) => {
          const exact = sorted[Math.floor(point * (sorted.length - 1))]!;
          expect(Math.abs(quantiles[index]! - exact)).toBeLessThanOrEqual(exact * 0.01 * (1 + 1e-9));
        });
      }),
    );
  });

  test('[LAT-2] merging the sketches of the parts gives the sketch of the whole', () => {
    fc.assert(
      fc.property(latencies, latencies, (left, right) => {
        const merged = sketchOf(left);
        merged.merge(sketchOf(right));
        const whole = sketchOf([...left, ...right]);
        expect(merged.snapshot().bins).toEqual(whole.snapshot().bins);
        expect(merged.count).toBe(left.length + right.length);
        expect(merged.meanMs! / whole.meanMs!).toBeCloseTo(1, 9);
      }),
    );
  });

  test('[LAT-3] negative and non-finite values are refused, longer ones count as 10 minutes, the shortest as 0', () => {
    const sketch = new LatencySketch();
    for (const value of [-1, -0.001, Number.NaN, Infinity, -Infinity]) expect(sketch.add(value)).toBe(false);
    expect(sketch.count).toBe(0);
    expect(sketch.meanMs).toBeNull();
    expect(sketch.quantilesMs([0.5])).toEqual([]);
    expect([sketch.add(0), sketch.add(1e300)]).toEqual([true, true]);
    expect(sketch.quantilesMs([0])).toEqual([0]);
    expect(sketch.meanMs).toBe(300_000);
    expect(sketchOf([1e300]).quantilesMs([0.5])[0]).toBeGreaterThan(594_000);
    expect(sketchOf([1e300]).quantilesMs([0.5])[0]).toBeLessThanOrEqual(600_000);
  });

  test('[LAT-4] a sketch keeps at most 783 bins and 10 kB of JSON, whatever arrives', () => {
    const sketch = new LatencySketch();
    for (let step = 0; step < 40_000; step += 1) sketch.add(5e-324 * 1.02 ** step);
    for (let step = 0; step < 4_000; step += 1) sketch.add(0.05 * 1.005 ** step);
    expect(sketch.binCount).toBeLessThanOrEqual(783);
    expect(sketch.binCount).toBeGreaterThan(770);
    expect(JSON.stringify(sketch.snapshot()).length).toBeLessThan(10_000);
  });

  test('[LAT-5] percentiles cover the last 5 to 10 minutes', () => {
    const latency = new RecentLatency();
    const start = Math.floor(NOW / FIVE_MINUTES_MS) * FIVE_MINUTES_MS;
    latency.add(1_000, start);
    expect(latencySummary([latency], start + 2 * FIVE_MINUTES_MS - 1)?.p50Ms).toBeCloseTo(1_000, -2);
    expect(latencySummary([latency], start + 2 * FIVE_MINUTES_MS)).toBeNull();
    latency.add(10, start + FIVE_MINUTES_MS);
    expect(latencySummary([latency], start + FIVE_MINUTES_MS)?.meanMs).toBe(505);
    latency.add(10, start + 2 * FIVE_MINUTES_MS);
    expect(latencySummary([latency], start + 2 * FIVE_MINUTES_MS)?.meanMs).toBe(10);
    latency.add(20, start + 5 * FIVE_MINUTES_MS);
    expect(latencySummary([latency], start + 5 * FIVE_MINUTES_MS)?.meanMs).toBe(20);
  });

  test('[LAT-5] a clock that steps back empties nothing and does not stop the turning', () => {
    const latency = new RecentLatency();
    const start = Math.floor(NOW / FIVE_MINUTES_MS) * FIVE_MINUTES_MS;
    latency.add(100, start);
    latency.add(100, start - 1);
    expect(latencySummary([latency], start)?.meanMs).toBe(100);
    const ahead = new RecentLatency();
    ahead.add(100, start + 365 * 86_400_000);
    ahead.add(10, start);
    expect(latencySummary([ahead], start + 2 * FIVE_MINUTES_MS)).toBeNull();
  });

  test('[LAT-5] what a segment tells of itself is never older than its last result or the turn of five minutes', () => {
    const latency = new RecentLatency();
    const start = Math.floor(NOW / FIVE_MINUTES_MS) * FIVE_MINUTES_MS;
    expect(latency.summary(start)).toBeNull();
    for (let step = 0; step < 40; step += 1) {
      const now = start + step * 47_000;
      if (step % 3 !== 2) latency.add(100 + 10 * step, now);
      expect(latency.summary(now)).toEqual(latencySummary([latency], now));
      expect(latency.summary(now + FIVE_MINUTES_MS)).toEqual(latencySummary([latency], now + FIVE_MINUTES_MS));
    }
    expect(latency.summary(start + 40 * 47_000 + 3 * FIVE_MINUTES_MS)).toBeNull();
  });

  test('[LAT-6] percentiles of several segments are those of their traffic together', () => {
    const fast = new RecentLatency();
    const slow = new RecentLatency();
    for (let index = 0; index < 90; index += 1) fast.add(100, NOW);
    for (let index = 0; index < 10; index += 1) slow.add(2_000, NOW);
    const summary = latencySummary([fast, slow], NOW)!;
    expect(summary.p50Ms / 100).toBeCloseTo(1, 1);
    expect(summary.p95Ms / 2_000).toBeCloseTo(1, 1);
    expect(summary.meanMs).toBeCloseTo(290, 6);
    expect(latencySummary([], NOW)).toBeNull();
  });

  test('[LAT-7] sketches and generations survive JSON', () => {
    fc.assert(
      fc.property(latencies, (values) => {
        const latency = new RecentLatency();
        values.forEach((value, index) => latency.add(value, NOW + index * 5_000));
        const restored = RecentLatency.restore(JSON.parse(JSON.stringify(latency.snapshot())));
        expect(restored.snapshot()).toEqual(latency.snapshot());
        const end = NOW + values.length * 5_000;
        expect(latencySummary([restored], end)).toEqual(latencySummary([latency], end));
      }),
      { numRuns: 50 },
    );
  });
});
