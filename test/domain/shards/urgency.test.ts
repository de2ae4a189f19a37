import { describe, expect, test } from 'vitest';
import { CARD_BR, PIX_BR, resultOf } from '../../harness/results.ts';
import { flightDueAt, isUrgent } from '../../../src/domain/shards/urgency.ts';
import type { Delta, HeardResult } from '../../../src/domain/shards/delta.ts';
import type { CanonicalResult } from '../../../src/domain/results/canonical-result.ts';

const NOW = 1_770_000_000_000;
const heard = (given: Partial<CanonicalResult> = {}, outcome?: HeardResult['outcome']): HeardResult => ({
  result: resultOf('p', { eventTimeMs: NOW, ...given }),
  ...(outcome && { outcome }),
});
const of = (list: readonly HeardResult[]): Delta[] =>
  list.map((each, index) => ({ sequence: index + 1, at: NOW, heard: [each] }));
const many = (count: number, given: Partial<CanonicalResult> = {}) => Array.from({ length: count }, () => heard(given));
const permit = { nonce: '00', decidedAtMs: NOW, propensity: 1, arm: 0, offRecommendation: false, permit: true };

describe('urgency', () => {
  const cases: readonly (readonly [what: string, waiting: readonly HeardResult[], urgent: boolean])[] = [
    ['nothing', [], false],
    ['only approvals', many(100), false],
    ['one failure alone', many(1, { result: 'error' }), false],
    ['two failures', many(2, { result: 'error' }), true],
    ['two failures among 20', [...many(18), ...many(2, { result: 'error' })], true],
    ['two failures among 21', [...many(19), ...many(2, { result: 'error' })], false],
    [
      'two failures of a segment among many of another',
      [...many(200), ...many(2, { result: 'error', segment: CARD_BR })],
      true,
    ],
    [
      'a failure of each of two segments',
      [heard({ result: 'error' }), heard({ result: 'error', segment: CARD_BR })],
      false,
    ],
    ['declines of issuers', many(50, { result: 'declined', fault: 'issuer' }), false],
    ['declines by the processor', many(2, { result: 'declined', fault: 'processor' }), true],
    ['timeouts', many(2, { result: 'timeout', segment: PIX_BR }), true],
    ['repeats of failures', Array.from({ length: 9 }, () => heard({ result: 'error' }, 'duplicate')), false],
    ['refunds', many(9, { result: 'refunded', fault: 'processor' }), false],
    ['a payment that held a permit', [...many(100), heard({ decision: permit })], true],
  ];
  test.each(cases)('[SHD-7] %s', (_what, waiting, urgent) => {
    expect(isUrgent(of(waiting))).toBe(urgent);
  });

  const due = (waiting: readonly HeardResult[], leftAt: number, now: number) => flightDueAt(of(waiting), leftAt, now);
  test('[SHD-7] flights lie 100 ms apart, urgent ones 50, and where little comes it leaves at once', () => {
    expect(due([], NOW, NOW)).toBeNull();
    expect(due(many(5), NOW - 5, NOW)).toBe(NOW + 95);
    expect(due(many(2, { result: 'error' }), NOW - 5, NOW)).toBe(NOW + 45);
    expect(due(many(1), NOW - 1_000, NOW)).toBeLessThanOrEqual(NOW);
  });

  test('[SHD-7] a clock that was set back makes nobody wait for longer', () => {
    expect(due(many(5), NOW, NOW - 3_600_000)).toBe(NOW - 3_600_000 + 100);
  });
});
