// What a decline of each fault does to a processor: to its breaker, and to the approval that it is ranked by.
import { describe, expect, test } from 'vitest';
import { isTechnicalFailure, type Fault } from '../../../../src/domain/results/canonical-result.ts';
import { ProcessorState } from '../../../../src/domain/health/processor-state.ts';
import { faultOf } from '../../../../src/domain/results/fault.ts';
import { addressOf, PIX_BR, resultOf } from '../../../harness/results.ts';

const NOW = 1_795_000_000_000;
const SALT = '0123456789abcdef';

interface Case {
  readonly code: string;
  readonly network: string | null;
  readonly fault: Exclude<Fault, 'none'>;
  readonly opens: boolean;
  readonly teaches: boolean;
}

const CASES: readonly Case[] = [
  { code: '05', network: 'visa', fault: 'issuer', opens: false, teaches: true },
  { code: 'AM04', network: 'pix', fault: 'issuer', opens: false, teaches: true },
  { code: '91', network: 'visa', fault: 'network', opens: false, teaches: true },
  { code: '54', network: 'visa', fault: 'user', opens: false, teaches: false },
  { code: '51', network: 'mastercard', fault: 'user', opens: false, teaches: false },
  { code: 'acquirer_error', network: null, fault: 'processor', opens: true, teaches: true },
  { code: 'AC07', network: 'pix', fault: 'merchant_config', opens: true, teaches: true },
];

/** 40 approvals, then as many declines of one code, in one segment. */
function after(declineCode: string | null, network: string | null, declines: number) {
  const state = ProcessorState.create(addressOf('p'), SALT);
  const attempts = [
    ...Array.from({ length: 40 }, () => ({ result: 'approved' as const, fault: 'none' as const })),
    ...Array.from({ length: declines }, () => ({
      result: 'declined' as const,
      fault: faultOf('declined', declineCode, network),
      declineCode,
    })),
  ];
  for (const [index, attempt] of attempts.entries()) {
    const eventTimeMs = NOW + index * 1_000;
    state.apply({ kind: 'results', at: eventTimeMs, results: [resultOf('p', { ...attempt, eventTimeMs })] });
  }
  const segment = state.row(NOW + 100_000).segments.find(({ segment: key }) => key === PIX_BR)!;
  return { breaker: segment.breaker.state, approval: segment.belief.mean };
}

describe('a decline', () => {
  test.each(CASES)('[DCL-13] $code over $network is of $fault: opens $opens, teaches $teaches', (given) => {
    const { code, network, fault, opens, teaches } = given;
    expect(faultOf('declined', code, network)).toBe(fault);
    expect(isTechnicalFailure({ result: 'declined', fault })).toBe(opens);
    const before = after(null, null, 0);
    const then = after(code, network, 30);
    expect(then.breaker).toBe(opens ? 'OPEN' : 'CLOSED');
    if (teaches) expect(then.approval).toBeLessThan(before.approval - 0.2);
    else expect(then.approval).toBe(before.approval);
  });

  test('[DCL-13] an issuer’s decline lowers approval by as much as a processor’s own, and by no more', () => {
    // One of each: before a breaker has its say there is no difference in what is learned.
    expect(after('05', 'visa', 1).approval).toBe(after('acquirer_error', null, 1).approval);
    expect(after('91', 'visa', 1).approval).toBe(after('05', 'visa', 1).approval);
  });

  test('[DCL-13] what is learned goes by the fault alone: as many declines by issuers leave two processors level', () => {
    expect(after('05', 'visa', 12)).toEqual(after('DS04', 'pix', 12));
    expect(after('05', 'visa', 12).approval).toBeLessThan(after('54', 'visa', 12).approval);
  });
});
