import { describe, expect, test } from 'vitest';
import type { CanonicalResult } from '../../../src/domain/results/canonical-result.ts';
import { Ledger } from '../../../src/domain/results/ledger.ts';
import { NOW, SALT, sampleResult } from './sample-result.ts';

const told = (change: Partial<CanonicalResult>): CanonicalResult =>
  sampleResult('txn_1', { result: 'declined', ...change });
const inFull = told({ declineCode: '51', amountMinor: 15_000 });
const byResult = told({ declineCode: 'insufficient_funds', amountMinor: 14_999, comparedBy: 'result' });

interface Case {
  readonly held: CanonicalResult;
  readonly arrives: CanonicalResult;
  readonly verdict: 'duplicate' | 'conflict';
}

const CASES: readonly Case[] = [
  { held: byResult, arrives: told({ declineCode: 'generic_decline', comparedBy: 'result' }), verdict: 'duplicate' },
  { held: inFull, arrives: byResult, verdict: 'duplicate' },
  { held: byResult, arrives: inFull, verdict: 'duplicate' },
  { held: inFull, arrives: told({ declineCode: '05' }), verdict: 'conflict' },
  { held: byResult, arrives: told({ result: 'approved', comparedBy: 'result' }), verdict: 'conflict' },
  { held: byResult, arrives: told({ result: 'error', comparedBy: 'result' }), verdict: 'conflict' },
  { held: inFull, arrives: { ...byResult, result: 'approved' }, verdict: 'conflict' },
  { held: { ...inFull, result: 'timeout' }, arrives: { ...byResult, result: 'timeout' }, verdict: 'duplicate' },
  { held: { ...inFull, result: 'refunded' }, arrives: { ...byResult, result: 'refunded' }, verdict: 'duplicate' },
];

describe('a body that is compared by its result', () => {
  test.each(CASES)('[LED-16] $held.result then $arrives.result: $verdict', ({ held, arrives, verdict }) => {
    const ledger = Ledger.create(SALT);
    expect(ledger.admit(held, NOW).kind).toBe('new');
    expect(ledger.admit(arrives, NOW).kind).toBe(verdict);
    expect(ledger.counts()).toMatchObject({ [held.result]: 1, duplicate: Number(verdict === 'duplicate') });
  });

  test('[LED-16] settles an unknown that was told in full', () => {
    const ledger = Ledger.create(SALT);
    const timeout = told({ result: 'timeout' });
    ledger.admit(timeout, NOW);
    expect(ledger.admit(byResult, NOW).kind).not.toBe('conflict');
    expect(ledger.counts()).toMatchObject({ declined: 1, conflict: 0 });
  });
});
