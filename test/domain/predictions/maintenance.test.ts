import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import {
  planMaintenance,
  type MaintenanceWish,
  type OtherProcessor,
} from '../../../src/domain/predictions/maintenance.ts';
import { asProcessorId } from '../../../src/domain/identity.ts';
import { HOUR_MS, volumeOutlook, type HourOutlook } from '../../../src/domain/predictions/volume-outlook.ts';
import { NOW_MS, PROCESSOR } from './made-minutes.ts';

const HOUR = NOW_MS / HOUR_MS;
const outlookOf = (points: readonly number[], times = 1.2): HourOutlook[] =>
  points.map((point, ahead) => ({ hour: HOUR + ahead, point, high: point * times }));
const other = (given: Partial<OtherProcessor> = {}): OtherProcessor => ({
  processorId: asProcessorId('other'),
  isHealthy: true,
  maxTps: null,
  outlook: outlookOf(new Array<number>(48).fill(100)),
  ...given,
});
/** Two days, quietest at the 15th and the 39th hour from now. */
const days = Array.from({ length: 48 }, (_, ahead) => 100 + 90 * Math.cos((2 * Math.PI * (ahead - 3)) / 24));
const wish = (given: Partial<MaintenanceWish> = {}): MaintenanceWish => ({
  processorId: PROCESSOR,
  nowMs: NOW_MS,
  durationMs: 2 * HOUR_MS,
  drainMs: HOUR_MS / 2,
  earliestMs: NOW_MS,
  outlook: outlookOf(days),
  others: [other()],
  ...given,
});
const planned = (given: Partial<MaintenanceWish> = {}) => {
  const plan = planMaintenance(wish(given));
  if (!plan.ok) throw new Error(plan.reason);
  return plan;
};
const refusal = (given: Partial<MaintenanceWish>): string => {
  const plan = planMaintenance(wish(given));
  return plan.ok ? 'planned' : plan.reason;
};

describe('which hours', () => {
  test('[PRD-21] it is the quietest stretch, the earlier of two, drained beforehand', () => {
    const { window, drainFromMs, partOfMean } = planned();
    expect((window.fromMs - NOW_MS) / HOUR_MS).toBeGreaterThanOrEqual(14);
    expect((window.toMs - NOW_MS) / HOUR_MS).toBeLessThanOrEqual(17);
    expect(window.toMs - window.fromMs).toBe(2 * HOUR_MS);
    expect(drainFromMs).toBe(window.fromMs - HOUR_MS / 2);
    expect(partOfMean).toBeLessThan(0.2);
  });

  test('[PRD-21] no other stretch at a quarter of an hour has less volume', () => {
    const volumes = fc.array(fc.integer({ min: 0, max: 1_000 }), { minLength: 4, maxLength: 30 });
    fc.assert(
      fc.property(volumes, fc.integer({ min: 1, max: 8 }), (points, quarters) => {
        const durationMs = (quarters * HOUR_MS) / 4;
        const plan = planned({ outlook: outlookOf(points), durationMs, drainMs: 0 });
        const volume = (fromMs: number): number =>
          points.reduce((sum, point, ahead) => {
            const [from, to] = [NOW_MS + ahead * HOUR_MS, NOW_MS + (ahead + 1) * HOUR_MS];
            return sum + (point * Math.max(0, Math.min(to, fromMs + durationMs) - Math.max(from, fromMs))) / HOUR_MS;
          }, 0);
        const all: number[] = [];
        for (let at = NOW_MS; at + durationMs <= NOW_MS + points.length * HOUR_MS; at += HOUR_MS / 4)
          all.push(volume(at));
        expect(plan.attemptsExpected).toBeCloseTo(Math.min(...all), 6);
      }),
      { numRuns: 60 },
    );
  });

  test('[PRD-21] there is time to drain before it, and it is not before it is wished', () => {
    const earliestMs = NOW_MS + 20 * HOUR_MS;
    expect(planned({ earliestMs }).drainFromMs).toBeGreaterThanOrEqual(earliestMs);
    expect(planned({ outlook: outlookOf([0, 5, 5, 5]) }).drainFromMs).toBe(NOW_MS);
  });
});

describe('room at the others', () => {
  test('[PRD-22] an hour whose upper volume the others cannot bear at 70% is not taken', () => {
    const crowded = outlookOf(
      days.map((_, ahead) => (ahead < 24 ? 2_515 : 100)),
      1,
    );
    const { window } = planned({ others: [other({ maxTps: 1, outlook: crowded })] });
    // 2,520 an hour may be planned with: five are left, and the first night has ten to come and may have twelve.
    expect(window.fromMs).toBeGreaterThan(NOW_MS + 24 * HOUR_MS);
  });

  test.each([
    ['is not healthy', { isHealthy: false }, 'no_others'],
    ['is itself', { processorId: PROCESSOR }, 'no_others'],
    ['has a bound and no outlook', { maxTps: 1_000, outlook: [] }, 'no_room'],
    ['bears nothing', { maxTps: 0 }, 'no_room'],
  ])('[PRD-22] [PRD-23] an only other that %s leaves no plan', (_, given, reason) => {
    expect(refusal({ others: [other(given)] })).toBe(reason);
  });

  test.each([
    [{ durationMs: 0 }, 'wrong_duration'],
    [{ durationMs: -1 }, 'wrong_duration'],
    [{ durationMs: 25 * HOUR_MS }, 'wrong_duration'],
    [{ durationMs: Number.NaN }, 'wrong_duration'],
    [{ nowMs: Number.NaN }, 'wrong_duration'],
    [{ outlook: [] }, 'no_outlook'],
    [{ outlook: outlookOf([1, 1]) }, 'no_outlook'],
    [{ earliestMs: NOW_MS + 100 * HOUR_MS }, 'no_outlook'],
    [{ others: [] }, 'no_others'],
  ])('[PRD-23] %j is refused as %s', (given, reason) => {
    expect(refusal(given)).toBe(reason);
  });
});

describe('the outlook of volumes', () => {
  const past = Array.from({ length: 24 * 14 }, (_, i) => ({ hour: HOUR - 24 * 14 + i, attempts: 100 + (i % 24) * 10 }));

  test('[PRD-24] it begins with the running hour, which teaches nothing yet', () => {
    const outlook = volumeOutlook(
      [...past, { hour: HOUR, attempts: 1 }, { hour: HOUR + 5, attempts: 9e9 }],
      NOW_MS + 1,
      24,
    );
    expect(outlook.map(({ hour }) => hour)).toEqual(Array.from({ length: 24 }, (_, i) => HOUR + i));
    expect(outlook[0]!.point).toBeCloseTo(100, -1);
    expect(outlook[23]!.point).toBeCloseTo(330, -1);
  });

  test('[PRD-24] a gap is bridged up to a day, and after it there is none', () => {
    expect(volumeOutlook(past.slice(0, -3), NOW_MS, 2)[0]!.point).toBeCloseTo(100, -1);
    expect(volumeOutlook(past.slice(0, -24), NOW_MS, 2)).toHaveLength(2);
    expect(volumeOutlook(past.slice(0, -25), NOW_MS, 2)).toEqual([]);
    expect(volumeOutlook([], NOW_MS, 2)).toEqual([]);
    expect(volumeOutlook(past, Number.NaN, 2)).toEqual([]);
  });

  test('[PRD-24] negative, huge and unnumbered hours leave it finite', () => {
    const wild = past.map((each, i) => ({ ...each, attempts: [-5, 1e300, Number.NaN, each.attempts][i % 4]! }));
    for (const { point, high } of volumeOutlook(wild, NOW_MS, 24))
      expect([Number.isFinite(point), high >= point, point >= 0]).toEqual([true, true, true]);
  });
});
