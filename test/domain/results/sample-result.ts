// A canonical result for tests, of which each test names only what matters to it.
import { asProcessorId, asTransactionId } from '../../../src/domain/identity.ts';
import type { CanonicalResult } from '../../../src/domain/results/canonical-result.ts';
import type { Contribution } from '../../../src/domain/results/unsettled-attempts.ts';
import { segmentKey } from '../../../src/domain/segment.ts';

export const SALT = '0f1e2d3c4b5a6978';
export const NOW = 1_795_000_000_000;

const PIX_BR = segmentKey('PIX', 'BR');

export function sampleResult(transactionId: string, change: Partial<CanonicalResult> = {}): CanonicalResult {
  return {
    processorId: asProcessorId('processor_a'),
    transactionId: asTransactionId(transactionId),
    result: 'approved',
    fault: 'none',
    segment: PIX_BR,
    declineCode: null,
    amountMinor: 15_000,
    currency: 'BRL',
    eventTimeMs: NOW,
    hasOwnEventTime: true,
    latencyMs: 230,
    feeMinor: 35,
    attempt: 1,
    decision: null,
    ...change,
  };
}

export function sampleContribution(change: Partial<Contribution> = {}): Contribution {
  return {
    segment: PIX_BR,
    eventTimeMs: NOW,
    arrivedAtMs: NOW,
    learnedIndex: 7,
    attempt: 1,
    amountMinor: 15_000,
    currency: 'BRL',
    decisionNonce: null,
    ...change,
  };
}
