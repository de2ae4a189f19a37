import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { attemptOf, B, DAY, HOUR, ledgerOf, NOW, policyOf, SOFT } from './sample-question.ts';
import { ceilingsFor, earliestSlotMs, usesAt } from '../../../src/domain/retries/ceilings.ts';
import { CEILING_IDS, type CeilingId } from '../../../src/domain/retries/ceiling-ids.ts';
import { ceilingsOf, editionAt } from '../../../src/domain/retries/network-rules.ts';
import { limitsAt } from '../../../src/domain/retries/retry-policy.ts';
import { reattemptsOf } from '../../../src/domain/retries/reattempts.ts';
import type { LedgerAttempt } from '../../../src/domain/retries/attempt-reading.ts';

const MINUTE = 60_000;
const CHARGE = { acceptor: 'main', amountMinor: 5_000, currency: 'EUR' };
const when = { now: NOW, useWithinMs: 0 };

let serial = 0;
const at = (atMs: number, given: Partial<LedgerAttempt> = {}): LedgerAttempt =>
  attemptOf({ id: `a:${String((serial += 1)).padStart(6, '0')}`, paymentId: null, atMs, ...given });

const usedOf = (network: string | null, attempts: readonly LedgerAttempt[]): Partial<Record<CeilingId, number>> => {
  const ceilings = ceilingsFor(ledgerOf(attempts), CHARGE, ceilingsOf(network), when);
  const limits = limitsAt(policyOf({}), B, NOW);
  return Object.fromEntries(usesAt(ceilings, limits, NOW).map(({ id, used }) => [id, used]));
};

describe('what counts', () => {
  const used = (attempts: readonly LedgerAttempt[]) => usedOf('visa', attempts)['visa_reattempts_30d'];

  test('[RTY-5] a decline alone is no reattempt', () => {
    expect(used([at(NOW - HOUR)])).toBe(0);
  });

  test('[RTY-5] what follows a decline is one, whatever becomes of it, at every processor', () => {
    const second = [at(NOW - 3 * HOUR), at(NOW - 2 * HOUR, { processorId: B, outcome: 'approved' })];
    expect(used(second)).toBe(1);
    expect(used([...second, at(NOW - HOUR)])).toBe(1);
  });

  test('[RTY-5] an approval of another amount hides no reattempt', () => {
    const other = { amountMinor: 1, outcome: 'approved' } as const;
    expect(used([at(NOW - 3 * HOUR), at(NOW - 2 * HOUR, other), at(NOW - HOUR)])).toBe(2);
  });

  test('[RTY-5] other acceptors, attempts never sent, and declines more than 30 days back do not count', () => {
    expect(used([at(NOW - 2 * HOUR, { acceptor: 'other' }), at(NOW - HOUR)])).toBe(0);
    expect(used([at(NOW - 2 * HOUR, { outcome: 'not_sent' }), at(NOW - HOUR)])).toBe(0);
    expect(used([at(NOW - 2 * HOUR), at(NOW - HOUR, { outcome: 'not_sent' })])).toBe(0);
    expect(used([at(NOW - 30 * DAY - 2), at(NOW - 1)])).toBe(0);
  });

  test('[RTY-5] a technical failure and an unknown outcome count as a decline until they are known to be none', () => {
    expect(used([at(NOW - 2 * HOUR, { outcome: 'failed' }), at(NOW - HOUR)])).toBe(1);
    expect(used([at(NOW - 2 * HOUR, { outcome: 'unknown' }), at(NOW - HOUR)])).toBe(1);
  });

  test('[RTY-5] at least as many are counted as there are attempts after a decline of their own payment', () => {
    const step = fc.record({ pause: fc.integer({ min: 1, max: 40 }), payment: fc.nat(2), approved: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let atMs = NOW;
        const attempts = steps.map(({ pause, payment, approved }) => {
          atMs += pause * MINUTE;
          return at(atMs, { paymentId: `pay_${payment}`, outcome: approved ? 'approved' : 'declined', reading: SOFT });
        });
        const own = attempts.filter((attempt, index) => {
          const before = attempts.slice(0, index).findLast(({ paymentId }) => paymentId === attempt.paymentId);
          return before?.outcome === 'declined';
        });
        const counted = reattemptsOf(
          attempts.map((attempt) => ({ ...attempt, followsForgotten: false, promisedAfter: null })),
        );
        for (const { id } of own) expect(counted.has(id)).toBe(true);
      }),
    );
  });

  test('[RTY-6] Mastercard counts every decline, the first one too, by acceptor and by amount', () => {
    const attempts = [
      at(NOW - 25 * HOUR),
      at(NOW - 3 * HOUR, { amountMinor: 1 }),
      at(NOW - 2 * HOUR, { outcome: 'approved' }),
      at(NOW - HOUR, { currency: 'USD' }),
      at(NOW - HOUR, { acceptor: 'other' }),
      at(NOW),
    ];
    expect(usedOf('mastercard', attempts)).toEqual({ mastercard_declines_24h: 3, mastercard_same_amount_30d: 2 });
  });

  test('[RTY-7] a card of unknown network is held to Visa and Mastercard at once, one of any other to 15 reattempts', () => {
    const ids = (network: string | null) => ceilingsOf(network).map(({ id }) => id);
    expect(ids(null)).toEqual(['visa_reattempts_30d', 'mastercard_declines_24h', 'mastercard_same_amount_30d']);
    expect(ids('maestro')).toEqual(ids('mastercard'));
    expect(ids('amex')).toEqual(['other_reattempts_30d']);
    expect(limitsAt(policyOf({}), B, NOW).other_reattempts_30d).toBe(15);
  });

  test('[RTY-7] the edition in force decides: Visa took 15 reattempts before 18 April 2026 and takes 20 since', () => {
    const [visa] = ceilingsOf('visa');
    const hardMax = (now: number) => editionAt(visa!, now).hardMax;
    expect([Date.UTC(2020, 0), Date.UTC(2026, 3, 18) - 1, Date.UTC(2026, 3, 18)].map(hardMax)).toEqual([15, 15, 20]);
  });

  test('[RTY-7] every edition is cited', () => {
    const editions = [...ceilingsOf(null), ...ceilingsOf('amex')].flatMap((ceiling) => ceiling.editions);
    expect(editions).toHaveLength(CEILING_IDS.length + 1);
    for (const { edition, source, fromMs } of editions) {
      expect(new Date(fromMs).toISOString().slice(0, 10)).toBe(edition);
      expect(source).toMatch(/^[A-Z].{20}/);
    }
  });
});

describe('limits', () => {
  const limitOf = (own: number | undefined, acquirer: number | undefined): number => {
    const ceilings = (value: number | undefined) => (value === undefined ? {} : { visa_reattempts_30d: value });
    const processors = { [B]: { vendor: null, ceilings: ceilings(acquirer), reliableCancel: false } };
    return limitsAt(policyOf({ ceilings: ceilings(own), processors }), B, NOW).visa_reattempts_30d;
  };

  test.each([
    [undefined, undefined, 15],
    [20, undefined, 20],
    [21, undefined, 20],
    [3, undefined, 3],
    [0, undefined, 0],
    [-1, undefined, 0],
    [Number.NaN, undefined, 0],
    [undefined, 8, 8],
    [undefined, 18, 15],
    [20, 18, 18],
    [3, 18, 3],
  ])('[RTY-8] the merchant says %s and the acquirer %s: %i', (own, acquirer, expected) => {
    expect(limitOf(own, acquirer)).toBe(expected);
  });

  test('[RTY-8] the defaults are 15 for Visa, 7 a day and 34 of the same amount for Mastercard; the most 20, 9 and 34', () => {
    const most = Object.fromEntries(CEILING_IDS.map((id) => [id, 1_000]));
    const values = (ceilings: Partial<Record<CeilingId, number>>) =>
      Object.values(limitsAt(policyOf({ ceilings }), B, NOW));
    expect(values({})).toEqual([15, 7, 34, 15]);
    expect(values(most)).toEqual([20, 9, 34, 15]);
  });
});

describe('windows', () => {
  test('[RTY-9] hold at every moment of the span in which the next attempt may begin, however attempts and promises lie', () => {
    const gaps = fc.array(fc.constantFrom(0, 0, 0, 1, 2, 5, 10, 24, 26), { maxLength: 24 });
    fc.assert(
      fc.property(gaps, fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 3 }), (hours, max, useHours) => {
        let atMs = NOW - 2 * DAY;
        const attempts = hours.map((hour) => at((atMs += hour * HOUR), { network: 'mastercard' }));
        const useWithinMs = useHours * HOUR;
        const limits = { ...limitsAt(policyOf({}), B, NOW), mastercard_declines_24h: max };
        const [rule] = ceilingsOf('mastercard');
        const ledger = ledgerOf(attempts, NOW);
        const slot = earliestSlotMs(ceilingsFor(ledger, CHARGE, [rule!], { now: NOW, useWithinMs }), limits, NOW)!;
        expect(isFree(attempts, slot.atMs, useWithinMs, max)).toBe(true);
        const earlier = [NOW, ...attempts.map((attempt) => attempt.atMs + DAY + 1)].filter(
          (moment) => moment >= NOW && moment < slot.atMs,
        );
        for (const moment of earlier) expect(isFree(attempts, moment, useWithinMs, max)).toBe(false);
      }),
      { numRuns: 1_000 },
    );
  });

  test('[RTY-9] an attempt of exactly 24 hours ago still counts', () => {
    expect(usedOf('mastercard', [at(NOW - DAY)])['mastercard_declines_24h']).toBe(1);
    expect(usedOf('mastercard', [at(NOW - DAY - 1)])['mastercard_declines_24h']).toBe(0);
  });

  test('[RTY-8] a limit of nothing leaves no slot', () => {
    const limits = { ...limitsAt(policyOf({}), B, NOW), visa_reattempts_30d: 0 };
    expect(earliestSlotMs(ceilingsFor(ledgerOf([]), CHARGE, ceilingsOf('visa'), when), limits, NOW)).toBeNull();
  });
});

/** By trying: the next attempt at each end of its span and right where another leaves a window, and every window of a day around it. */
function isFree(attempts: readonly LedgerAttempt[], fromMs: number, useWithinMs: number, max: number): boolean {
  const times = attempts.map(({ atMs }) => atMs);
  const moments = [fromMs, fromMs + useWithinMs, ...times].filter(
    (moment) => moment >= fromMs && moment <= fromMs + useWithinMs,
  );
  return moments.every((moment) => {
    const all = [...times, moment];
    return all
      .filter((start) => start >= moment - DAY && start <= moment)
      .every((start) => all.filter((each) => each >= start && each <= start + DAY).length <= max);
  });
}
