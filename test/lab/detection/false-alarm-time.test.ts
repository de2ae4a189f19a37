import { describe, expect, test } from 'vitest';
import { EVEN_SHARES } from '../../../src/domain/health/alarm-limits.ts';
import { falseAlarmTime } from '../../../lab/detection/false-alarm-time.ts';
import { meanTimeToAlarm } from '../../../lab/detection/measure.ts';
import { OurDetector } from '../../../lab/detection/ours.ts';
import { seededDraws } from '../../../lab/detection/seeded-draws.ts';
import { SETTINGS, type DetectorSettings } from '../../../src/domain/health/detector-thresholds.ts';

/** As the lab asks for it: shared out evenly, no blind zone. */
function evenSettings(arlAttempts: number): DetectorSettings {
  const even = { shares: EVEN_SHARES, nearestOdds: 1.5, farthestRate: 0.9, baselineMin: 1e-4 };
  return { ...SETTINGS.approval, ...even, arlAttempts, arlAttemptsAtWorst: arlAttempts };
}

describe('the mean time to false alarm', () => {
  test.each([0.05, 0.2])('weighed at %d is the one waited for', (rate) => {
    const draw = seededDraws(`weighed ${rate}`);
    const weighed = falseAlarmTime(evenSettings(2_000), rate, 8_000, draw);
    const create = () => new OurDetector({ baseline: { rate }, arlAttempts: 2_000, draw });
    const waited = meanTimeToAlarm(create, { rate, alarms: 1_000, attemptsMax: Infinity, draw });
    expect(weighed.error).toBeLessThan(0.05);
    const error = Math.hypot(weighed.error * weighed.attempts, waited.standardError);
    expect(Math.abs(weighed.attempts - waited.mean)).toBeLessThan(3.5 * error);
  });

  test.each([
    { kind: 'technical', rate: 0.05, least: 20e6 },
    { kind: 'technical', rate: 0.1, least: 20e6 },
    { kind: 'technical', rate: 0.16, least: 2.8e6 },
    { kind: 'technical', rate: 0.2, least: 2.8e6 },
    { kind: 'approval', rate: 0.2, least: 20e6 },
    { kind: 'approval', rate: 0.4, least: 20e6 },
  ] as const)('[DET-3] $kind: at a baseline of $rate it is at least $least attempts', ({ kind, rate, least }) => {
    const { attempts, error } = falseAlarmTime(SETTINGS[kind], rate, 4_000, seededDraws(`${kind} ${rate}`));
    expect(error).toBeLessThan(0.2);
    expect(attempts * (1 + 2 * error)).toBeGreaterThan(least);
    expect(attempts).toBeLessThan(20 * least);
  });

  test('[DET-3] a baseline at the edge of its level keeps it: two hits in a row count a little more there than computed', () => {
    for (const arl of [10_000, 11_000]) {
      const { attempts } = falseAlarmTime(evenSettings(arl), 0.01, 4_000, seededDraws(`edge ${arl}`));
      expect(attempts / arl).toBeGreaterThan(0.95);
      expect(attempts / arl).toBeLessThan(1.6);
    }
  });
});
