import { describe, expect, test } from 'vitest';
import { limitsOf } from '../../../src/domain/payment-anomalies/detection-limits.ts';
import { graver, severityOf } from '../../../src/domain/payment-anomalies/severity.ts';

describe('severity', () => {
  test.each([
    ['success_drop', 0.04, 'info'],
    ['success_drop', 0.05, 'minor'],
    ['success_drop', 0.2, 'major'],
    ['success_drop', 0.5, 'critical'],
    ['volume_spike', 1.9, 'info'],
    ['volume_spike', 1e9, 'major'],
    ['volume_drop', 0.9, 'critical'],
    ['card_testing', 0.01, 'minor'],
    ['card_testing', 0.6, 'critical'],
    ['amount_shift', 1, 'major'],
  ] as const)('[PAY-16] of %s at %f is %s', (kind, effect, severity) => {
    expect(severityOf(kind, effect)).toBe(severity);
  });

  test('[PAY-16] the graver of two is the graver', () => {
    expect([graver('info', 'minor'), graver('critical', 'major')]).toEqual(['minor', 'critical']);
  });
});

test('[PAY-17] a kind is asked for e to the limit minutes between false alarms: 900 days at sensitivity 0, 30 at 0.5, 1 at 1, ten times as many per false alarm', () => {
  const days = (sensitivity: number, falseAlarms = 0): number =>
    Math.exp(limitsOf({ sensitivity, falseAlarms: { velocity: falseAlarms } }, 'velocity').nats) / 1_440;
  expect([days(0), days(0.5), days(1), days(Number.NaN)].map(Math.round)).toEqual([900, 30, 1, 30]);
  expect([days(1, 1), days(1, 2), days(1, 40)].map(Math.round)).toEqual([10, 100, 10_000]);
  expect(limitsOf({ sensitivity: 0.5, falseAlarms: {} }, 'velocity').allowed).toBe(1);
});
