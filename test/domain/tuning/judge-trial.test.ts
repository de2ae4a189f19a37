// Trials against a known truth: seldom kept for nothing, reverted for harm, never left to run for ever.
import { describe, expect, test } from 'vitest';
import { EMPTY_TALLY, type ArmTally, withTallies } from '../../../src/domain/tuning/optimization.ts';
import { type JudgedTrial, judgeTrial, TRIAL_MS_MAX } from '../../../src/domain/tuning/judge-trial.ts';
import { seeded } from '../../harness/seeded.ts';

const arm = (units: number, rate: number, cost = 500): ArmTally => {
  const score = Math.round(units * rate);
  return {
    units,
    score,
    scoreSquares: score,
    costs: units,
    cost: units * cost,
    costSquares: units * cost * cost * 1.5,
  };
};
const judged = (over: Partial<JudgedTrial>) =>
  judgeTrial({
    setting: 'timeout_ms',
    proof: 'not_worse',
    startedAtMs: 0,
    countedToMs: 3_600_000,
    trial: EMPTY_TALLY,
    heldOut: EMPTY_TALLY,
    ...over,
  });

describe('[TUN-10] a trial', () => {
  test.each<[string, Partial<JudgedTrial>, string]>([
    ['goes on while nothing is measured', {}, 'go_on'],
    ['goes on while few are', { trial: arm(499, 0.5), heldOut: arm(499, 1) }, 'go_on'],
    ['is reverted where payments end worse', { trial: arm(5_000, 0.95), heldOut: arm(5_000, 0.985) }, 'reverted'],
    ['is kept where they end better', { proof: 'better', trial: arm(5_000, 0.985), heldOut: arm(5_000, 0.95) }, 'kept'],
    [
      'is not kept as better where they end alike',
      { proof: 'better', trial: arm(90_000, 0.98), heldOut: arm(90_000, 0.98) },
      'go_on',
    ],
    ['is kept as no worse where they end alike', { trial: arm(90_000, 0.98), heldOut: arm(90_000, 0.98) }, 'kept'],
    ['goes on where alike is not certain yet', { trial: arm(2_000, 0.98), heldOut: arm(2_000, 0.98) }, 'go_on'],
    [
      'is reverted where what should save costs more',
      { trial: arm(90_000, 0.98, 700), heldOut: arm(90_000, 0.98, 500) },
      'reverted',
    ],
    ['holds without a failure in either share', { trial: arm(90_000, 1), heldOut: arm(90_000, 1) }, 'kept'],
    [
      'of slots goes by fewer',
      { setting: 'requests_per_second', proof: 'better', trial: arm(29, 1), heldOut: arm(29, 0) },
      'go_on',
    ],
  ])('%s', (_, given, verdict) => expect(judged(given)).toMatchObject({ verdict }));
});

describe('[TUN-11] a trial ends', () => {
  test('where its shares are not those that were set', () => {
    expect(judged({ trial: arm(6_000, 0.98), heldOut: arm(5_000, 0.98) })).toMatchObject({
      verdict: 'reverted',
      why: expect.stringContaining('shares') as string,
    });
  });

  test('after fourteen days without a proof', () => {
    const given = { proof: 'better', trial: arm(9_000, 0.98), heldOut: arm(9_000, 0.98) } as const;
    expect(judged({ ...given, countedToMs: TRIAL_MS_MAX - 1 }).verdict).toBe('go_on');
    expect(judged({ ...given, countedToMs: TRIAL_MS_MAX }).verdict).toBe('reverted');
    expect(judged({ countedToMs: TRIAL_MS_MAX })).toMatchObject({
      verdict: 'reverted',
      measured: { trialScore: null },
    });
  });
});

test('[TUN-10] looked at a hundred times, of 400 changes without effect at most 5% are kept as better, and of harmful ones none is kept', () => {
  const random = seeded(7);
  const outcome = (rates: readonly [number, number], proof: JudgedTrial['proof']): string => {
    let tallies = { trial: EMPTY_TALLY, heldOut: EMPTY_TALLY };
    for (let look = 0; look < 100; look += 1) {
      const more = rates.map((rate) => {
        const score = binomial(300, rate, random);
        return { ...EMPTY_TALLY, units: 300, score, scoreSquares: score };
      }) as [ArmTally, ArmTally];
      tallies = withTallies(tallies, { trial: more[0], heldOut: more[1] });
      const { verdict } = judged({ ...tallies, proof });
      if (verdict !== 'go_on') return verdict;
    }
    return 'go_on';
  };
  const share = (wanted: string, rates: readonly [number, number], proof: JudgedTrial['proof']): number =>
    Array.from({ length: 400 }, () => outcome(rates, proof)).filter((verdict) => verdict === wanted).length / 400;
  expect(share('kept', [0.97, 0.97], 'better')).toBeLessThanOrEqual(0.05);
  expect(share('kept', [0.955, 0.97], 'not_worse')).toBeLessThanOrEqual(0.01);
  expect(share('kept', [0.985, 0.97], 'better')).toBeGreaterThan(0.9);
});

/** By the normal law: many are drawn. */
function binomial(count: number, rate: number, random: () => number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Math.min(count, Math.max(0, Math.round(count * rate + normal * Math.sqrt(count * rate * (1 - rate)))));
}

test('[TUN-12] sums that are no number, or negative, are not added', () => {
  const known = { trial: arm(10, 1), heldOut: arm(10, 1) };
  const strange = { ...arm(5, 1), cost: Number.NaN };
  expect(withTallies(known, { trial: strange, heldOut: { ...strange, cost: -1 } })).toEqual(known);
});
