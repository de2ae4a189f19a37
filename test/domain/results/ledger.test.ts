// The ledger's rules one by one: precedence, conflicts, settlement, bounds and persistence.
import { describe, expect, test } from 'vitest';
import type { CanonicalResult, ResultKind } from '../../../src/domain/results/canonical-result.ts';
import { Ledger, LEDGER_LIMITS, stageOf, type Verdict } from '../../../src/domain/results/ledger.ts';
import { segmentKey } from '../../../src/domain/segment.ts';
import { NOW, SALT, sampleContribution, sampleResult } from './sample-result.ts';

/** Does what an object does: a new timeout is kept with what it contributed. */
function record(ledger: Ledger, result: CanonicalResult, nowMs = NOW): Verdict['kind'] {
  const verdict = ledger.admit(result, nowMs);
  if (verdict.kind === 'new' && result.result === 'timeout') ledger.keepUnsettled(result, sampleContribution());
  return verdict.kind;
}

interface Case {
  readonly held: readonly ResultKind[];
  readonly arrives: ResultKind;
  readonly verdict: Verdict['kind'];
}

/** SPEC.md, LED-1, cell by cell. */
const PRECEDENCE: readonly Case[] = [
  { held: [], arrives: 'timeout', verdict: 'new' },
  { held: [], arrives: 'approved', verdict: 'new' },
  { held: [], arrives: 'declined', verdict: 'new' },
  { held: [], arrives: 'error', verdict: 'new' },
  { held: [], arrives: 'refunded', verdict: 'new' },
  { held: [], arrives: 'disputed', verdict: 'new' },
  { held: ['timeout'], arrives: 'timeout', verdict: 'duplicate' },
  { held: ['timeout'], arrives: 'approved', verdict: 'settles' },
  { held: ['timeout'], arrives: 'declined', verdict: 'settles' },
  { held: ['timeout'], arrives: 'error', verdict: 'settles' },
  { held: ['timeout'], arrives: 'refunded', verdict: 'new' },
  { held: ['timeout'], arrives: 'disputed', verdict: 'new' },
  { held: ['approved'], arrives: 'timeout', verdict: 'duplicate' },
  { held: ['approved'], arrives: 'approved', verdict: 'duplicate' },
  { held: ['approved'], arrives: 'declined', verdict: 'conflict' },
  { held: ['error'], arrives: 'approved', verdict: 'conflict' },
  { held: ['approved'], arrives: 'refunded', verdict: 'new' },
  { held: ['approved'], arrives: 'disputed', verdict: 'new' },
  { held: ['timeout', 'declined'], arrives: 'timeout', verdict: 'duplicate' },
  { held: ['timeout', 'declined'], arrives: 'declined', verdict: 'duplicate' },
  { held: ['timeout', 'declined'], arrives: 'error', verdict: 'conflict' },
  { held: ['refunded'], arrives: 'timeout', verdict: 'new' },
  { held: ['refunded'], arrives: 'approved', verdict: 'new' },
  { held: ['refunded'], arrives: 'refunded', verdict: 'duplicate' },
  { held: ['refunded'], arrives: 'disputed', verdict: 'new' },
  { held: ['disputed'], arrives: 'approved', verdict: 'new' },
  { held: ['disputed'], arrives: 'disputed', verdict: 'duplicate' },
  { held: ['disputed'], arrives: 'refunded', verdict: 'new' },
  { held: ['timeout', 'refunded'], arrives: 'approved', verdict: 'settles' },
];

describe('precedence', () => {
  test.each(PRECEDENCE)('[LED-1] over $held, $arrives is $verdict', ({ held, arrives, verdict }) => {
    const ledger = Ledger.create(SALT);
    for (const result of held) record(ledger, sampleResult('txn_1', { result }));
    expect(record(ledger, sampleResult('txn_1', { result: arrives }))).toBe(verdict);
  });

  test('[LED-1] every kind of result has its stage', () => {
    const kinds: ResultKind[] = ['timeout', 'approved', 'declined', 'error', 'refunded', 'disputed'];
    expect(kinds.map(stageOf)).toEqual(['unknown', 'final', 'final', 'final', 'refunded', 'disputed']);
  });

  test('[LED-1] attempts do not touch each other', () => {
    const ledger = Ledger.create(SALT);
    for (const id of ['txn_1', 'txn_2', 'txn_', 'TXN_1']) expect(record(ledger, sampleResult(id))).toBe('new');
  });
});

describe('repeats', () => {
  test('[LED-2] a repeat changes nothing but the count of repeats', () => {
    const ledger = Ledger.create(SALT);
    record(ledger, sampleResult('txn_1', { result: 'timeout' }));
    const [counts, sizes, unsettled] = [ledger.counts(), ledger.sizes(), ledger.unsettledRecords()];
    ledger.markClean();
    for (let copy = 0; copy < 5; copy++)
      expect(record(ledger, sampleResult('txn_1', { result: 'timeout' }))).toBe('duplicate');
    expect(ledger.counts()).toEqual({ ...counts, duplicate: 5 });
    expect([ledger.sizes(), ledger.unsettledRecords()]).toEqual([sizes, unsettled]);
    expect([ledger.dirtyPages(), ledger.dirtyDrawers()]).toEqual([[], []]);
  });

  test('[LED-2] a repeat may differ in times, latency, fee, attempt and decision', () => {
    const ledger = Ledger.create(SALT);
    record(ledger, sampleResult('txn_1'));
    const repeat = { eventTimeMs: NOW + 5, hasOwnEventTime: false, latencyMs: null, feeMinor: 1, attempt: 2 };
    expect(record(ledger, sampleResult('txn_1', repeat))).toBe('duplicate');
  });

  const CHANGES: readonly Partial<CanonicalResult>[] = [
    { result: 'declined' },
    { segment: segmentKey('CARD', 'BR') },
    { amountMinor: 15_001 },
    { currency: 'USD' },
    { declineCode: '05' },
  ];
  test.each(CHANGES)('[LED-3] the same stage with another body is a conflict: %o', (change) => {
    const ledger = Ledger.create(SALT);
    record(ledger, sampleResult('txn_1'));
    ledger.markClean();
    expect(record(ledger, sampleResult('txn_1', change))).toBe('conflict');
    expect(ledger.counts()).toMatchObject({ approved: 1, declined: 0, conflict: 1, duplicate: 0 });
    expect(ledger.dirtyPages()).toEqual([]);
    expect(record(ledger, sampleResult('txn_1'))).toBe('duplicate');
  });

  test('[LED-3] a timeout that contradicts the recorded timeout is a conflict even after its final', () => {
    const ledger = Ledger.create(SALT);
    record(ledger, sampleResult('txn_1', { result: 'timeout' }));
    record(ledger, sampleResult('txn_1'));
    expect(record(ledger, sampleResult('txn_1', { result: 'timeout', amountMinor: 1 }))).toBe('conflict');
  });

  test('[LED-4] a timeout after its final changes nothing, whatever it says', () => {
    const ledger = Ledger.create(SALT);
    record(ledger, sampleResult('txn_1'));
    expect(record(ledger, sampleResult('txn_1', { result: 'timeout', amountMinor: 1 }))).toBe('duplicate');
    expect(ledger.counts()).toMatchObject({ approved: 1, timeout: 0, duplicate: 1 });
    expect(ledger.sizes()).toMatchObject({ keys: 1, unsettled: 0 });
  });
});

describe('settlement', () => {
  test('[LED-5] a final hands back what its unknown contributed, once', () => {
    const ledger = Ledger.create(SALT);
    const contribution = sampleContribution({ learnedIndex: 42, decisionNonce: '00000000000000aa' });
    const timeout = sampleResult('txn_1', { result: 'timeout' });
    expect(ledger.admit(timeout, NOW)).toEqual({ kind: 'new' });
    ledger.keepUnsettled(timeout, contribution);
    expect(ledger.counts()).toMatchObject({ timeout: 1, settled: 0 });
    expect(ledger.admit(sampleResult('txn_1'), NOW + 1)).toEqual({ kind: 'settles', contribution });
    expect(ledger.admit(sampleResult('txn_1'), NOW + 2)).toEqual({ kind: 'duplicate' });
    expect(ledger.counts()).toMatchObject({ approved: 1, timeout: 0, settled: 1 });
    expect(ledger.sizes().unsettled).toBe(0);
  });

  test('[LED-5] the final of an unknown may name another segment and amount', () => {
    const ledger = Ledger.create(SALT);
    record(ledger, sampleResult('txn_1', { result: 'timeout' }));
    expect(record(ledger, sampleResult('txn_1', { segment: segmentKey('CARD', 'BR'), amountMinor: 1 }))).toBe(
      'settles',
    );
  });

  test('[LED-5] a contribution outlives its key: a final after two days still settles', () => {
    const ledger = Ledger.create(SALT);
    record(ledger, sampleResult('txn_1', { result: 'timeout' }));
    expect(record(ledger, sampleResult('txn_1'), NOW + 2 * LEDGER_LIMITS.horizonMs)).toBe('settles');
  });

  test('[LED-6] refund and dispute are recorded once each and neither settles nor counts as an outcome', () => {
    const ledger = Ledger.create(SALT);
    record(ledger, sampleResult('txn_1', { result: 'timeout' }));
    for (const result of ['refunded', 'disputed'] as const) {
      expect(record(ledger, sampleResult('txn_1', { result }))).toBe('new');
      expect(record(ledger, sampleResult('txn_1', { result }))).toBe('duplicate');
      expect(record(ledger, sampleResult('txn_1', { result, amountMinor: 7 }))).toBe('conflict');
    }
    expect(ledger.counts()).toMatchObject({ timeout: 1, settled: 0, approved: 0, refunded: 1, disputed: 1 });
  });

  test('[LED-10] past 20,000 unsettled attempts the oldest settle as plain finals', () => {
    const ledger = Ledger.create(SALT);
    for (let id = 0; id <= LEDGER_LIMITS.unsettledMax; id++)
      record(ledger, sampleResult(`txn_${id}`, { result: 'timeout' }));
    expect(ledger.sizes().unsettled).toBe(20_000);
    expect(record(ledger, sampleResult('txn_0'))).toBe('new');
    expect(record(ledger, sampleResult('txn_1'))).toBe('settles');
    expect(ledger.counts()).toMatchObject({ timeout: 20_000, settled: 1, approved: 2 });
  });

  test('only a timeout is kept as unsettled', () => {
    expect(() => Ledger.create(SALT).keepUnsettled(sampleResult('txn_1'), sampleContribution())).toThrow();
  });
});

describe('bounds', () => {
  test('[LED-8] a key is held for 24 hours and let go after them', () => {
    const held = Ledger.create(SALT);
    record(held, sampleResult('txn_1'), NOW + 999);
    expect(record(held, sampleResult('txn_1'), NOW + 999 + LEDGER_LIMITS.horizonMs)).toBe('duplicate');
    const gone = Ledger.create(SALT);
    record(gone, sampleResult('txn_1'), NOW);
    expect(record(gone, sampleResult('txn_1'), NOW + LEDGER_LIMITS.horizonMs + 1000)).toBe('new');
  });

  test('[LED-8] a page stays while its newest entry is within 24 hours', () => {
    const ledger = Ledger.create(SALT);
    record(ledger, sampleResult('txn_1'), NOW);
    record(ledger, sampleResult('txn_2'), NOW + 3_600_000);
    expect(record(ledger, sampleResult('txn_1'), NOW + LEDGER_LIMITS.horizonMs + 3_600_000)).toBe('duplicate');
    expect(record(ledger, sampleResult('txn_1'), NOW + LEDGER_LIMITS.horizonMs + 3_601_000)).toBe('new');
  });

  test('[LED-8] joined decisions do not push results out', () => {
    const ledger = Ledger.create(SALT, { resultsMax: 100, pageEntries: 8 });
    for (let id = 0; id < 100; id++) {
      record(ledger, sampleResult(`txn_${id}`));
      expect(ledger.joinNonce(`nonce_${id}`, NOW)).toBe(true);
    }
    for (let id = 0; id < 100; id++) expect(record(ledger, sampleResult(`txn_${id}`))).toBe('duplicate');
  });

  test('[LED-8] joins alone cannot grow the store past twice the results and a page', () => {
    const ledger = Ledger.create(SALT, { resultsMax: 100, pageEntries: 8 });
    for (let id = 0; id < 5000; id++) ledger.joinNonce(`nonce_${id}`, NOW);
    expect(ledger.sizes().keys).toBeLessThanOrEqual(209);
    expect(ledger.joinNonce('nonce_4999', NOW)).toBe(false);
  });

  test('[LED-8] a clock that steps back drops nothing and keeps the order of arrival', () => {
    const ledger = Ledger.create(SALT);
    record(ledger, sampleResult('txn_1'), NOW);
    record(ledger, sampleResult('txn_2'), NOW - LEDGER_LIMITS.horizonMs);
    expect(record(ledger, sampleResult('txn_2'), NOW + LEDGER_LIMITS.horizonMs)).toBe('duplicate');
  });

  test('[LED-8] [LED-13] the last 1,000,000 results are held exactly, in at most 40 MB', { timeout: 20_000 }, () => {
    const ledger = Ledger.create(SALT);
    const extra = 10_000;
    const resultOf = (id: number): CanonicalResult => sampleResult(`txn_${id}`);
    for (let id = 0; id < 1_000_000 + extra; id++) ledger.admit(resultOf(id), NOW);
    expect(ledger.counts()).toMatchObject({ approved: 1_000_000 + extra, duplicate: 0, conflict: 0 });
    expect(ledger.sizes().keys).toBeLessThan(1_000_000 + 4_096);
    expect(ledger.sizes().bytes).toBeLessThan(40_000_000);
    for (let id = extra; id < 1_000_000 + extra; id++) ledger.admit(resultOf(id), NOW);
    expect(ledger.counts()).toMatchObject({ approved: 1_000_000 + extra, duplicate: 1_000_000 });
    for (let id = 0; id < extra - 4_096; id++) ledger.admit(resultOf(id), NOW);
    expect(ledger.counts()).toMatchObject({ approved: 1_000_000 + 2 * extra - 4_096, duplicate: 1_000_000 });
  });
});

describe('joins', () => {
  test('[LED-12] a decision joins once and its nonce is no transaction id', () => {
    const ledger = Ledger.create(SALT);
    expect(ledger.joinNonce('00000000000000aa', NOW)).toBe(true);
    expect(ledger.joinNonce('00000000000000aa', NOW + 1)).toBe(false);
    expect(ledger.joinNonce('00000000000000ab', NOW + 1)).toBe(true);
    expect(record(ledger, sampleResult('00000000000000aa'))).toBe('new');
    expect(record(ledger, sampleResult('txn_1'))).toBe('new');
    expect(ledger.joinNonce('txn_1', NOW)).toBe(true);
  });
});
