import { describe, expect, test } from 'vitest';
import type { ApiResult } from '../../../src/domain/results/canonical-result.ts';
import { asTransactionId } from '../../../src/domain/identity.ts';
import { type Heard, hearLate, hearResult, type UnknownAttempt } from '../../../src/domain/unknowns/unknown-attempt.ts';
import { resultOf } from '../../harness/results.ts';
import { tellingOf } from '../../../src/domain/unknowns/attempt-telling.ts';

const HOUR_MS = 3_600_000;
const NOW = Date.UTC(2026, 10, 21, 12);
const heardOf = (result: Heard['result']['result'], change: Partial<Heard> = {}): Heard => ({
  result: resultOf('a', {
    eventTimeMs: NOW - 30 * HOUR_MS,
    result,
    transactionId: asTransactionId('ord_1-1'),
    declineCode: result === 'declined' ? '05' : null,
  }),
  outcome: 'recorded',
  telling: null,
  final: null,
  ...change,
});
const telling = tellingOf({ fingerprint: 'fp_1', paymentId: 'ord_1' });
const unknown = hearResult(null, heardOf('timeout', { telling }), NOW - 30 * HOUR_MS).kept!;
const settledBy = (final: ApiResult): UnknownAttempt => hearLate(unknown, heardOf(final), NOW).kept!;

describe('[UNK-16] a late result', () => {
  test.each(['approved', 'declined', 'error'] as const)('settles an attempt that is unknown: %s', (final) => {
    const { kept, note, outcome } = hearLate(unknown, heardOf(final), NOW);
    expect(outcome).toEqual({ outcome: 'late' });
    expect(kept?.settled).toEqual({ as: final, atMs: NOW });
    expect(note).toMatchObject({ ledgerKeys: ['fp_1', 'payment ord_1'], attempt: { atMs: NOW - 30 * HOUR_MS } });
  });

  test('that says the same again changes and tells nothing', () => {
    const held = settledBy('declined');
    expect(hearLate(held, heardOf('declined'), NOW + 1)).toEqual({
      kept: held,
      note: null,
      outcome: { outcome: 'late' },
    });
  });

  test.each([
    ['approved', 'declined', 'approved', 0],
    ['declined', 'error', 'declined', 0],
    // Money that moved after all is known where it is spent.
    ['declined', 'approved', 'approved', 1],
    ['error', 'approved', 'approved', 1],
  ] as const)('%s, then %s, is a conflict each time, and the end is %s', (first, second, end, notes) => {
    const one = hearLate(settledBy(first), heardOf(second), NOW + 1);
    expect(one.outcome).toEqual({ outcome: 'refused', reason: 'conflicting_body' });
    expect(one.kept?.settled?.as).toBe(end);
    expect(one.note === null ? 0 : 1).toBe(notes);
    const again = hearLate(one.kept, heardOf(second), NOW + 2);
    expect(again).toMatchObject({ kept: one.kept, note: null, outcome: { outcome: 'refused' } });
    expect(hearLate(one.kept, heardOf(first), NOW + 3).outcome).toEqual({ outcome: 'late' });
  });

  test('makes nothing unknown and leaves no trace of an attempt that never was', () => {
    for (const result of ['timeout', 'approved', 'refunded', 'disputed'] as const)
      expect(hearLate(null, heardOf(result), NOW)).toEqual({ kept: null, note: null, outcome: { outcome: 'late' } });
    expect(hearLate(unknown, heardOf('timeout'), NOW).kept?.settled).toBeNull();
  });

  test('that contradicts a final of which the attempt ledger knows still is a conflict', () => {
    const { outcome } = hearLate(null, heardOf('approved', { final: 'declined' }), NOW);
    expect(outcome).toEqual({ outcome: 'refused', reason: 'conflicting_body' });
    expect(hearLate(null, heardOf('approved', { final: 'approved' }), NOW).outcome).toEqual({ outcome: 'late' });
  });
});

test('[UNK-17] a final whose words nobody signed is told without them, and at the time we knew of', () => {
  const said = { telling: tellingOf({ alias: 'psp_1', detailsSigned: false }) };
  const { kept, note } = hearResult(unknown, heardOf('declined', said), NOW);
  expect(kept).toMatchObject({ alias: 'psp_1', settled: { as: 'declined' } });
  const wordless = hearResult(
    unknown,
    { ...heardOf('declined'), result: { ...heardOf('declined').result, declineCode: null } },
    NOW,
  );
  expect(note?.attempt).toEqual({ ...wordless.note?.attempt, atMs: unknown.sinceMs });
  const spoken = hearResult(unknown, heardOf('declined', { telling: tellingOf({ family: 'adyen' }) }), NOW);
  expect(spoken.note?.attempt.atMs).toBe(NOW - 30 * HOUR_MS);
});
