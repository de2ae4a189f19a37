import { describe, expect, test } from 'vitest';
import { elimination } from '../../../lab/detection/elimination.ts';
import { envoySuccessRate } from '../../../lab/detection/envoy-success-rate.ts';
import { ewma } from '../../../lab/detection/ewma.ts';
import { fiveInARow } from '../../../lab/detection/five-in-a-row.ts';
import { rateOverTen } from '../../../lab/detection/rate-over-ten.ts';
import { techcartThresholds } from '../../../lab/detection/techcart-thresholds.ts';
import type { RuleEntry } from '../../../lab/detection/contestant.ts';

/** The attempt (from 1) that raises the alarm of the published rule; 0: none does. */
function alarmAt(rule: RuleEntry, outcomes: string, rate = 0.05): number {
  const watcher = rule.create(rate, rule.published!, () => 0.5);
  return [...outcomes].findIndex((outcome) => watcher.observe(outcome === 'x')) + 1;
}

interface Case {
  readonly rule: RuleEntry;
  readonly outcomes: string;
  readonly alarm: number;
}

describe('published rules', () => {
  test.each<Case>([
    { rule: fiveInARow, outcomes: 'xxxx.xxxxx', alarm: 10 },
    { rule: fiveInARow, outcomes: 'xxxx.xxxx.', alarm: 0 },
    { rule: rateOverTen, outcomes: 'xxxxxxxxxx', alarm: 10 },
    { rule: rateOverTen, outcomes: '.....xxxx......x', alarm: 0 },
    { rule: rateOverTen, outcomes: '..........x.x.x.xx', alarm: 18 },
    { rule: techcartThresholds, outcomes: 'xxx......', alarm: 0 },
    { rule: techcartThresholds, outcomes: 'xxx.......', alarm: 10 },
    { rule: techcartThresholds, outcomes: `${'.'.repeat(50)}${'x'.repeat(15)}`, alarm: 65 },
    { rule: elimination, outcomes: 'x'.repeat(30), alarm: 21 },
    { rule: elimination, outcomes: 'x.'.repeat(200), alarm: 41 },
    { rule: ewma, outcomes: '.'.repeat(100), alarm: 0 },
    { rule: ewma, outcomes: 'xxx', alarm: 3 },
    { rule: envoySuccessRate, outcomes: 'x'.repeat(100), alarm: 100 },
    { rule: envoySuccessRate, outcomes: '.'.repeat(400), alarm: 0 },
  ])('$rule.id: $outcomes', ({ rule, outcomes, alarm }) => {
    expect(alarmAt(rule, outcomes)).toBe(alarm);
  });
});
