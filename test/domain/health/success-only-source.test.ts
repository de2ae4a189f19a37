// What approvals from a source that never tells of a failure do to a processor: they count, and teach nothing.
import { describe, expect, test } from 'vitest';
import type { CanonicalResult } from '../../../src/domain/results/canonical-result.ts';
import { ProcessorState } from '../../../src/domain/health/processor-state.ts';
import { addressOf, PIX_BR, resultOf } from '../../harness/results.ts';

const NOW = 1_795_000_000_000;
const SALT = '0123456789abcdef';

function after(results: readonly CanonicalResult[]) {
  const state = ProcessorState.create(addressOf('p'), SALT);
  results.forEach((result, index) => state.apply({ kind: 'results', at: NOW + index, results: [result] }));
  const segment = state.row(NOW + 1_000).segments.find(({ segment: key }) => key === PIX_BR)!;
  return { mean: segment.belief.mean, window: segment.window };
}

const result = (index: number, change: Partial<CanonicalResult> = {}) =>
  resultOf('p', { transactionId: `txn_${index}` as CanonicalResult['transactionId'], eventTimeMs: NOW, ...change });
const approvals = (count: number, change: Partial<CanonicalResult> = {}) =>
  Array.from({ length: count }, (_, index) => result(index, { result: 'approved', fault: 'none', ...change }));

describe('a source of successes only', () => {
  test('[WHK-19] its approvals stand in the window and leave the learned approval where it was', () => {
    const decline = result(100, { result: 'declined', fault: 'issuer' });
    const [none, told, silent] = [
      after([decline]),
      after([decline, ...approvals(20)]),
      after([decline, ...approvals(20, { teachesApproval: false })]),
    ];
    expect(told.mean).toBeGreaterThan(none.mean + 0.1);
    expect(silent.mean).toBeCloseTo(none.mean, 6);
    expect(silent.window).toEqual(told.window);
  });

  test('[WHK-19] an unknown that it settles teaches neither way', () => {
    const unknown = result(0, { result: 'timeout', fault: 'processor' });
    const [none, untold] = [
      after([result(100, { result: 'declined', fault: 'issuer' })]),
      after([result(100, { result: 'declined', fault: 'issuer' }), unknown]),
    ];
    expect(untold.mean).toBeLessThan(none.mean - 0.01);
    const settled = after([
      result(100, { result: 'declined', fault: 'issuer' }),
      unknown,
      ...approvals(1, { teachesApproval: false }),
    ]);
    // What was learned is taken out as far as a belief that forgets remembers it.
    expect(Math.abs(settled.mean - none.mean)).toBeLessThan(0.01);
    expect(settled.mean).toBeGreaterThan(untold.mean);
    expect(settled.mean).toBeLessThan(
      after([result(100, { result: 'declined', fault: 'issuer' }), unknown, ...approvals(1)]).mean,
    );
  });
});
