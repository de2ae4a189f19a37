// Results and addresses for tests that talk to a processor's object or state.
import { asProcessorId, asTransactionId } from '../../src/domain/identity.ts';
import { BREAKER_DEFAULTS, type BreakerOptions } from '../../src/domain/processor-config.ts';
import { segmentKey } from '../../src/domain/segment.ts';
import type { CanonicalResult } from '../../src/domain/results/canonical-result.ts';
import type { ProcessorAddress } from '../../src/ports/processor-port.ts';

export const PIX_BR = segmentKey('PIX', 'BR');
export const CARD_BR = segmentKey('CARD', 'BR');

export function addressOf(
  id: string,
  options: Partial<BreakerOptions> = {},
  epoch = 1,
  revision = 1,
): ProcessorAddress {
  return { id: asProcessorId(id), epoch, revision, breaker: { ...BREAKER_DEFAULTS, ...options } };
}

let serial = 0;
/** A result with a transaction id of its own unless one is given. */
export function resultOf(
  processorId: string,
  given: Partial<CanonicalResult> & Pick<CanonicalResult, 'eventTimeMs'>,
): CanonicalResult {
  serial += 1;
  const result = given.result ?? 'approved';
  return {
    processorId: asProcessorId(processorId),
    transactionId: asTransactionId(`txn_test_${serial}`),
    result,
    fault: result === 'error' || result === 'timeout' ? 'processor' : result === 'declined' ? 'issuer' : 'none',
    segment: PIX_BR,
    declineCode: null,
    amountMinor: 10_000,
    currency: 'BRL',
    hasOwnEventTime: true,
    latencyMs: 120,
    feeMinor: null,
    attempt: 1,
    decision: null,
    ...given,
  };
}
