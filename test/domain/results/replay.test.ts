import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type HeardKey,
  isReplayable,
  judgeRepeat,
  keysToAsk,
  type OldDelivery,
  oldDeliveryOf,
  stageKey,
} from '../../../src/domain/results/replay.ts';
import type { ResultKind } from '../../../src/domain/results/canonical-result.ts';
import { HORIZON_MS } from '../../../src/domain/results/event-time.ts';
import { Ledger } from '../../../src/domain/results/ledger.ts';
import { NOW, SALT, sampleResult } from './sample-result.ts';

const HOUR_MS = 3_600_000;

describe('a delivery that somebody captured', () => {
  test.each([
    ['whole_body', 300_000, 'refused'],
    ['fields', 300_000, 'refused'],
    ['whole_body', null, 'late'],
    ['fields', null, 'unnoticed'],
    ['nothing', null, 'unnoticed'],
  ] as const)('[WHK-32] of a sender that signs %s, with a window of %s ms, is %s', (signs, windowMs, old) => {
    expect(oldDeliveryOf(signs, windowMs)).toBe(old);
  });

  test.each([
    ['refused', null, false],
    ['unnoticed', NOW, true],
    ['unnoticed', null, true],
    ['late', null, true],
    ['late', NOW + 1, true],
    ['late', NOW, false],
    ['late', NOW - 12 * HOUR_MS, false],
    ['late', NOW - 12 * HOUR_MS - 1, true],
  ] as const)('[WHK-32] where it would be %s, its event of %s can be replayed: %s', (old, eventTimeMs, expected) => {
    expect(isReplayable(old, eventTimeMs, NOW)).toBe(expected);
  });

  test('[WHK-32] and whose event has a signed time at most 12 hours ahead is late, in the ledger, or marked both times it comes', () => {
    const hours = (most: number) => fc.integer({ min: 0, max: most * HOUR_MS });
    fc.assert(
      fc.property(hours(36), hours(90 * 24), (beforeMs, afterMs) => {
        const eventTimeMs = NOW + 12 * HOUR_MS - beforeMs;
        const again = NOW + afterMs;
        const isLate = eventTimeMs < again - HORIZON_MS;
        const isInLedger = afterMs <= HORIZON_MS;
        const marked = [NOW, again].every((at) => isReplayable('late' satisfies OldDelivery, eventTimeMs, at));
        expect(isLate || isInLedger || marked).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a repeat', () => {
  const replayable = (result: ResultKind) => sampleResult('txn_1', { result, isReplayable: true });
  const judged = (result: ResultKind, first: ResultKind, atMs: number) => {
    const heard = new Map<string, HeardKey>([[stageKey(replayable(first)), { result: first, atMs }]]);
    return judgeRepeat(replayable(result), heard, NOW)?.outcome ?? null;
  };
  const [OLD, YOUNG] = [NOW - 1, NOW];

  test.each([
    ['approved', 'approved', OLD, 'duplicate'],
    ['declined', 'approved', OLD, 'refused'],
    ['approved', 'error', OLD, 'refused'],
    ['timeout', 'timeout', OLD, 'duplicate'],
    ['timeout', 'approved', OLD, 'duplicate'],
    ['approved', 'timeout', OLD, null],
    ['refunded', 'approved', OLD, null],
    ['refunded', 'refunded', OLD, 'duplicate'],
    ['disputed', 'refunded', OLD, null],
    ['approved', 'approved', YOUNG, null],
    ['declined', 'approved', YOUNG, null],
  ] as const)('[WHK-33] %s after %s of %s ms is %s', (result, first, atMs, expected) => {
    expect(judged(result, first, atMs)).toBe(expected);
  });

  test('[WHK-33] of a result that cannot be replayed is asked for nowhere', () => {
    const heard = new Map<string, HeardKey>([[stageKey(sampleResult('txn_1')), { result: 'approved', atMs: OLD }]]);
    expect(keysToAsk(sampleResult('txn_1'))).toEqual([]);
    expect(judgeRepeat(sampleResult('txn_1'), heard, NOW)).toBeNull();
  });

  test('[WHK-32] is compared without the mark', () => {
    const ledger = Ledger.create(SALT);
    expect(ledger.admit(sampleResult('txn_1', { isReplayable: true }), NOW).kind).toBe('new');
    expect(ledger.admit(sampleResult('txn_1'), NOW).kind).toBe('duplicate');
  });
});
