import { describe, expect, test } from 'vitest';
import {
  createOffPolicyTally,
  judgeOffPolicy,
  mergeOffPolicy,
  noteChoice,
  refusalSentence,
  type OffPolicyAnswer,
  type OffPolicyEstimate,
  type OffPolicySample,
} from '../../../src/domain/evaluation/off-policy.ts';
import { seeded } from '../../harness/seeded.ts';

const SAMPLE: OffPolicySample = { reward: 1, propensity: 0.5, probability: 0.5, predicted: 0.8, expected: 0.8 };
const judge = (samples: readonly OffPolicySample[]): OffPolicyAnswer => {
  const tally = createOffPolicyTally();
  for (const sample of samples) noteChoice(tally, sample);
  return judgeOffPolicy(tally);
};
const times = <Value>(count: number, make: (index: number) => Value): Value[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** Three kinds of payment, three processors: what each approves, how the log chose, and what the policy under judgement does. */
const APPROVAL = [
  [0.9, 0.8, 0.7],
  [0.6, 0.85, 0.75],
  [0.8, 0.5, 0.95],
];
const LOGGED = [
  [0.7, 0.2, 0.1],
  [0.6, 0.3, 0.1],
  [0.4, 0.4, 0.2],
];
const TARGET = [
  [0.85, 0.1, 0.05],
  [0.1, 0.8, 0.1],
  [0.1, 0.1, 0.8],
];
const valueOf = (policy: readonly (readonly number[])[]): number =>
  APPROVAL.reduce((sum, row, kind) => sum + dot(row, policy[kind]!) / APPROVAL.length, 0);
const dot = (left: readonly number[], right: readonly number[]): number =>
  left.reduce((sum, value, index) => sum + value * right[index]!, 0);

interface Simulated {
  readonly payments: number;
  readonly target: readonly (readonly number[])[];
  /** `learning`: the log's own choices follow what it has seen, and predictions are its running means. */
  readonly log: 'fixed' | 'learning';
  readonly model: 'true' | 'blind';
}

function simulatedLog(seed: number, { payments, target, log, model }: Simulated): OffPolicySample[] {
  const draw = seeded(seed);
  const seen = APPROVAL.map((row) => row.map(() => ({ approved: 0.8, count: 1 })));
  return times(payments, () => {
    const kind = Math.floor(draw() * APPROVAL.length);
    const means = seen[kind]!.map(({ approved, count }) => approved / count);
    const best = means.indexOf(Math.max(...means));
    const chances = log === 'fixed' ? LOGGED[kind]! : means.map((_, arm) => (arm === best ? 0.7 : 0.15));
    let unit = draw();
    const arm = Math.max(
      0,
      chances.findIndex((chance) => (unit -= chance) < 0),
    );
    const reward = draw() < APPROVAL[kind]![arm]! ? 1 : 0;
    const foretold = log === 'learning' ? means : model === 'true' ? APPROVAL[kind]! : [0.5, 0.5, 0.5];
    const own = seen[kind]![arm]!;
    own.approved += reward;
    own.count += 1;
    const wanted = target[kind]!;
    return {
      reward,
      propensity: chances[arm]!,
      probability: wanted[arm]!,
      predicted: foretold[arm]!,
      expected: dot(wanted, foretold),
    };
  });
}

const always = (arm: number) => APPROVAL.map((row) => row.map((_, each) => (each === arm ? 1 : 0)));
const CASES: readonly (readonly [string, Simulated])[] = [
  ['a fixed log, a true model', { payments: 2_000, target: TARGET, log: 'fixed', model: 'true' }],
  ['a fixed log, a model that knows nothing', { payments: 2_000, target: TARGET, log: 'fixed', model: 'blind' }],
  ['always the last processor', { payments: 3_000, target: always(2), log: 'fixed', model: 'true' }],
  ['a log that learned while it chose', { payments: 2_500, target: always(1), log: 'learning', model: 'true' }],
];

describe.each(CASES)('%s', (_, simulated) => {
  const RUNS = 400;
  const loggedTruth = simulated.log === 'fixed' ? valueOf(LOGGED) : null;
  const answers = times(RUNS, (run) => judge(simulatedLog(run + 1, simulated))).filter(
    (answer): answer is { ok: true } & OffPolicyEstimate => answer.ok,
  );
  const coverage = (of: 'inversePropensity' | 'doublyRobust' | 'lift', truth: number): number =>
    answers.filter((answer) => answer[of].low <= truth && truth <= answer[of].high).length / RUNS;

  test('[OPE-1] 95% intervals hold the simulated truth in 90-98% of the logs', () => {
    expect(answers).toHaveLength(RUNS);
    const truth = valueOf(simulated.target);
    const covered = {
      inversePropensity: coverage('inversePropensity', truth),
      doublyRobust: coverage('doublyRobust', truth),
      ...(loggedTruth !== null && { lift: coverage('lift', truth - loggedTruth) }),
    };
    for (const share of Object.values(covered)) {
      expect(share).toBeGreaterThanOrEqual(0.9);
      expect(share).toBeLessThanOrEqual(0.98);
    }
  });

  test('[OPE-1] on average both estimates are the truth', () => {
    const truth = valueOf(simulated.target);
    for (const of of ['inversePropensity', 'doublyRobust'] as const) {
      const mean = answers.reduce((sum, answer) => sum + answer[of].value, 0) / answers.length;
      expect(Math.abs(mean - truth)).toBeLessThan(0.003);
    }
  });
});

test('[OPE-2] a true model makes the doubly robust interval narrower, and a blind one no wider than a quarter', () => {
  const width = (model: 'true' | 'blind', of: 'inversePropensity' | 'doublyRobust'): number => {
    const answer = judge(simulatedLog(7, { payments: 4_000, target: always(2), log: 'fixed', model }));
    if (!answer.ok) throw new Error(answer.reason);
    return answer[of].high - answer[of].low;
  };
  expect(width('true', 'doublyRobust')).toBeLessThan(width('true', 'inversePropensity'));
  expect(width('blind', 'doublyRobust')).toBeLessThan(1.25 * width('blind', 'inversePropensity'));
});

test('[OPE-2] by hand: two kinds of choice, weights 2 and 0.5', () => {
  const samples = times(1_000, (index): OffPolicySample => {
    const isFirst = index % 3 === 0;
    const reward = index % 2;
    return isFirst
      ? { reward, propensity: 0.25, probability: 0.5, predicted: 0.4, expected: 0.6 }
      : { reward, propensity: 0.8, probability: 0.4, predicted: 0.7, expected: 0.6 };
  });
  const answer = judge(samples);
  // Of 1,000: 334 with weight 2 (167 rewarded), 666 with weight 0.5 (333 rewarded).
  const weights = 334 * 2 + 666 * 0.5;
  expect(answer).toMatchObject({ ok: true, samples: 1_000, meanWeight: weights / 1_000, logged: { value: 0.5 } });
  if (!answer.ok) return;
  expect(answer.effectiveSamples).toBeCloseTo(weights ** 2 / (334 * 4 + 666 * 0.25), 9);
  expect(answer.inversePropensity.value).toBeCloseTo((167 * 2 + 333 * 0.5) / weights, 12);
  const robust = 0.6 + (2 * (167 - 334 * 0.4) + 0.5 * (333 - 666 * 0.7)) / 1_000;
  expect(answer.doublyRobust.value).toBeCloseTo(robust, 12);
  expect(answer.lift.value).toBeCloseTo(robust - 0.5, 12);
});

test('[OPE-3] parts of a log that are counted apart add up to the whole', () => {
  const samples = simulatedLog(3, CASES[0]![1]);
  const parts = [samples.slice(0, 700), samples.slice(700)].map((part) => {
    const tally = createOffPolicyTally();
    for (const sample of part) noteChoice(tally, sample);
    return tally;
  });
  const [merged, whole] = [judgeOffPolicy(mergeOffPolicy(parts[0]!, parts[1]!)), judge(samples)];
  if (!merged.ok || !whole.ok) throw new Error('both can be judged');
  expect(merged.doublyRobust.low).toBeCloseTo(whole.doublyRobust.low, 10);
  expect(merged.effectiveSamples).toBeCloseTo(whole.effectiveSamples, 6);
});

describe('a refusal', () => {
  test.each<[string, readonly OffPolicySample[], string]>([
    ['a log without propensities', [], 'no_propensities'],
    ['a policy the log never follows', times(5_000, () => ({ ...SAMPLE, probability: 0 })), 'no_overlap'],
    ['199 payments', times(199, () => SAMPLE), 'too_few'],
    [
      'an effective sample under 200 in many payments',
      times(50_000, (index) => ({ ...SAMPLE, propensity: 0.002, probability: index % 500 === 0 ? 1 : 0 })),
      'too_few',
    ],
    [
      'a part of the policy that had no chance',
      times(5_000, (index) => ({ ...SAMPLE, propensity: 1, probability: index % 4 === 0 ? 0 : 1 })),
      'partial_overlap',
    ],
    [
      'propensities that cannot be true',
      times(5_000, (index) => ({ ...SAMPLE, propensity: 0.25, probability: index % 2 })),
      'wrong_propensities',
    ],
  ])('[OPE-4] instead of an interval is given for %s, in words', (_, samples, reason) => {
    const answer = judge(samples);
    expect(answer).toMatchObject({ ok: false, reason });
    if (answer.ok) return;
    expect(refusalSentence(answer)).toMatch(/^Cannot be estimated: .{30,}\.$/);
    expect(refusalSentence(answer)).not.toMatch(/NaN|undefined|Infinity/);
  });

  test('[OPE-4] 200 payments that count in full are enough', () => {
    expect(judge(times(200, (index) => ({ ...SAMPLE, reward: index % 2 })))).toMatchObject({ ok: true, samples: 200 });
  });

  test.each([0, -0.1, 1.1, NaN])('[OPE-4] a propensity of %s is a fault of the caller', (propensity) => {
    expect(() => noteChoice(createOffPolicyTally(), { ...SAMPLE, propensity })).toThrow('propensity');
  });
});
