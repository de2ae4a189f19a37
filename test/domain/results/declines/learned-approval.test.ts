// What a decline does to a processor: to its breaker, and to the approval that it is ranked by.
import { describe, expect, test } from 'vitest';
import { isTechnicalFailure, type Fault } from '../../../../src/domain/results/canonical-result.ts';
import { ProcessorState } from '../../../../src/domain/health/processor-state.ts';
import { CARD_STATE_CODES, teachingOf } from '../../../../src/domain/results/card-state-decline.ts';
import { DECLINE_RECORDS } from '../../../../src/domain/results/declines/decline-tables.ts';
import { faultOf, type SpokenBy } from '../../../../src/domain/results/fault.ts';
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
  { code: 'do_not_honor', network: null, fault: 'issuer', opens: false, teaches: true },
  { code: 'qqq_nobody', network: null, fault: 'issuer', opens: false, teaches: true },
  { code: 'fraudulent', network: null, fault: 'issuer', opens: false, teaches: true },
  { code: '41', network: 'visa', fault: 'issuer', opens: false, teaches: false },
  { code: '43', network: 'mastercard', fault: 'issuer', opens: false, teaches: false },
  { code: '46', network: 'visa', fault: 'issuer', opens: false, teaches: false },
  { code: '57', network: null, fault: 'issuer', opens: false, teaches: false },
  { code: 'restricted_card', network: null, fault: 'issuer', opens: false, teaches: false },
  { code: 'AC04', network: 'pix', fault: 'issuer', opens: false, teaches: false },
  { code: '91', network: 'visa', fault: 'network', opens: false, teaches: true },
  { code: '54', network: 'visa', fault: 'user', opens: false, teaches: false },
  { code: '51', network: 'mastercard', fault: 'user', opens: false, teaches: false },
  { code: 'acquirer_error', network: null, fault: 'processor', opens: true, teaches: true },
  { code: 'AC07', network: 'pix', fault: 'merchant_config', opens: true, teaches: true },
];

const NOBODY: SpokenBy = { family: null, networkCode: null };

/** 40 approvals, then as many declines of one code, in one segment. */
function after(declineCode: string | null, network: string | null, declines: number) {
  const state = ProcessorState.create(addressOf('p'), SALT);
  const attempts = [
    ...Array.from({ length: 40 }, () => ({ result: 'approved' as const, fault: 'none' as const })),
    ...Array.from({ length: declines }, () => ({
      result: 'declined' as const,
      fault: faultOf('declined', declineCode, network),
      declineCode,
      ...teachingOf('declined', declineCode, network, NOBODY),
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

  test('[DCL-16] that names a state of the card stands in the window and leaves the learned approval where it was', () => {
    expect(after('41', 'visa', 12)).toEqual(after('54', 'visa', 12));
    expect(after('41', 'visa', 12).approval).toBe(after(null, null, 0).approval);
  });

  test.each<[string, string | null, string | null, Partial<SpokenBy>, boolean]>([
    ['5', null, 'a blocked card, by Adyen’s number', { family: 'adyen' }, false],
    ['5', null, 'nothing, without a family', {}, true],
    ['20', null, 'Adyen’s own screen for fraud', { family: 'adyen' }, true],
    ['card_declined', 'visa', 'the network’s code before the word', { family: 'stripe', networkCode: '41' }, false],
    ['lost_card', 'visa', 'the network’s code before the word', { family: 'stripe', networkCode: '05' }, true],
  ])('[DCL-16] %s over %s is %s', (...[code, network, , spokenBy, teaches]) => {
    const teaching = teachingOf('declined', code, network, { ...NOBODY, ...spokenBy });
    expect(teaching).toEqual(teaches ? {} : { teachesApproval: false });
  });

  test('[DCL-16] says so of declines alone: an error or a timeout is not a card’s', () => {
    for (const kind of ['approved', 'error', 'timeout', 'refunded', 'disputed'] as const)
      expect(teachingOf(kind, '41', 'visa', NOBODY)).toEqual({});
  });

  test('[DCL-16] each code that names such a state has a record, and an issuer’s', () => {
    const issuers = new Set(
      DECLINE_RECORDS.filter(({ fault }) => fault === 'issuer').map(({ family, code }) => `${family}:${code}`),
    );
    expect([...CARD_STATE_CODES].filter((code) => !issuers.has(code))).toEqual([]);
  });
});
