import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { addTallies, EMPTY_TALLY, type ArmTally } from '../../../src/domain/experiments/arm-tally.ts';
import { judge, JUDGING_DEFAULT, type Judging } from '../../../src/domain/experiments/judgement.ts';
import { stopReason } from '../../../src/domain/experiments/stopped-arm.ts';

const tally = (successes: number, count: number, given: Partial<ArmTally> = {}): ArmTally => ({
  ...EMPTY_TALLY,
  count,
  successes,
  ...given,
});
const judged = (first: ArmTally, second: ArmTally, given: Partial<Judging> = {}) =>
  judge([first, second], 0.5, { ...JUDGING_DEFAULT, ...given });

describe('the verdict', () => {
  test.each([
    ['nothing', tally(0, 0), tally(0, 0), 'running', null],
    ['49 in one arm', tally(40, 49), tally(0, 49), 'running', null],
    ['fewer than 10 failures to be expected', tally(500, 500), tally(485, 500), 'running', null],
    ['arms that are alike', tally(850, 1_000), tally(852, 1_000), 'running', null],
    ['a second arm that loses', tally(850, 1_000), tally(750, 1_000), 'worse', 1],
    ['a second arm that wins', tally(750, 1_000), tally(850, 1_000), 'better', 0],
    ['an arm in which nothing succeeds', tally(95, 100), tally(0, 100), 'worse', 1],
    ['alike for very long', tally(850_000, 1_000_000), tally(850_900, 1_000_000), 'no_difference_beyond', null],
    ['less apart than matters', tally(850_000, 1_000_000), tally(845_000, 1_000_000), 'no_difference_beyond', 1],
  ])('[EXP-8] of %s', (_, first, second, ...[verdict, losing]) => {
    expect(judged(first, second)).toMatchObject({ verdict, losing });
  });

  test('[EXP-9] the guardrail waits until the arm is worse by more than its margin', () => {
    const [first, second] = [tally(8_500, 10_000), tally(8_100, 10_000)];
    expect(judged(first, second, { guardrail: 0.01 }).losing).toBe(1);
    expect(judged(first, second, { guardrail: 0.04 })).toMatchObject({ losing: null, verdict: 'worse' });
    expect(judged(second, first, { guardrail: 0.01 }).losing).toBe(0);
  });

  test('[EXP-7] where payments did not fall on the arms as they were to, no arm loses', () => {
    const judgement = judged(tally(8_500, 10_000), tally(7_000, 9_000));
    expect(judgement).toMatchObject({ losing: null, verdict: 'worse', sampleRatio: { isMismatch: true } });
  });

  test('[EXP-10] a design effect of 4 makes 4 payments tell as much as one', () => {
    const four = judged(tally(3_400, 4_000), tally(3_300, 4_000), { designEffect: 4 });
    const one = judged(tally(850, 1_000), tally(825, 1_000));
    expect(four.difference!.high - four.difference!.low).toBeCloseTo(one.difference!.high - one.difference!.low, 3);
    expect(four.arms[0].interval).toEqual(one.arms[0].interval);
    expect(four.arms[0].count).toBe(4_000);
  });

  test('[EXP-8] has no word that is not finite, whatever was counted', () => {
    const arm = fc.record({ count: fc.nat(2_000_000), share: fc.double({ min: 0, max: 1, noNaN: true }) });
    fc.assert(
      fc.property(arm, arm, fc.double({ min: 0.001, max: 0.999, noNaN: true }), (one, other, shareA) => {
        const of = ({ count, share }: typeof one) => tally(Math.round(count * share), count);
        const judgement = judge([of(one), of(other)], shareA, JUDGING_DEFAULT);
        const numbers = JSON.stringify(judgement, (_, value: unknown) =>
          typeof value === 'number' && !Number.isFinite(value) ? 'NOT FINITE' : value,
        );
        expect(numbers).not.toContain('NOT FINITE');
      }),
    );
  });
});

describe('net values', () => {
  const valued = (mean: number, count: number, currency = 'BRL'): ArmTally =>
    tally(Math.round(count * 0.85), count, {
      values: [{ currency, count, sum: mean * count, squares: (mean * mean + 4_000_000) * count }],
    });

  test('[EXP-11] are compared by currency, where both arms have 200 whose fee was told', () => {
    expect(judged(valued(8_000, 199), valued(8_400, 300)).values).toEqual([]);
    expect(judged(valued(8_000, 5_000), valued(8_400, 5_000, 'MXN')).values).toEqual([]);
    const [value] = judged(valued(8_000, 5_000), valued(8_400, 5_000)).values;
    expect(value).toMatchObject({ currency: 'BRL', counts: [5_000, 5_000], means: [8_000, 8_400] });
    expect(value!.difference.low).toBeGreaterThan(200);
    expect(value!.difference.high).toBeLessThan(600);
  });

  test('[EXP-11] of several processors add up, currency by currency', () => {
    const sum = addTallies(addTallies(valued(8_000, 100), valued(5, 10, 'MXN')), valued(9_000, 300));
    expect(sum.values).toMatchObject([
      { currency: 'BRL', count: 400, sum: 3_500_000 },
      { currency: 'MXN', count: 10, sum: 50 },
    ]);
    expect(sum.count).toBe(410);
  });
});

test('[EXP-9] why an arm is stopped is told in rates and points', () => {
  const arms = [
    { name: 'ours', strategy: 'learned' },
    { name: 'theirs', strategy: 'techcart' },
  ] as const;
  const [good, bad] = [tally(850, 1_000), tally(750, 1_000)];
  const words = /succeeds in 75\.0% of 1000 against 85\.0% of 1000: \d+\.\d to \d+\.\d points fewer$/;
  expect(stopReason({ arms }, judged(good, bad), 1)).toMatch(words);
  expect(stopReason({ arms }, judged(bad, good), 0)).toMatch(words);
});
