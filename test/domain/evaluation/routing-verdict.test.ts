import { describe, expect, test } from 'vitest';
import {
  judgeDecisions,
  type DecisionOutcome,
  type SampledDecision,
  type Surroundings,
} from '../../../src/domain/evaluation/routing-policies.ts';
import type { Interval } from '../../../src/domain/evaluation/off-policy.ts';
import { routingVerdict, type TrafficVerdict } from '../../../src/domain/evaluation/routing-verdict.ts';
import { seeded } from '../../harness/seeded.ts';
import { surroundingsOf } from '../../../src/domain/evaluation/surroundings.ts';

/** `a` comes first by priority, and cannot be had a tenth of the time. */
const IDS = ['a', 'b', 'c'] as const;
type Id = (typeof IDS)[number];
type Chances = Readonly<Record<Id, number>>;
const APPROVAL: Readonly<Record<string, Chances>> = {
  PIX: { a: 0.7, b: 0.85, c: 0.8 },
  CARD: { a: 0.9, b: 0.6, c: 0.75 },
};
const OURS: Readonly<Record<string, Chances>> = {
  PIX: { a: 0.15, b: 0.6, c: 0.25 },
  CARD: { a: 0.6, b: 0.1, c: 0.3 },
};
const MERCHANT: Readonly<Record<string, Chances>> = {
  PIX: { a: 0.5, b: 0.3, c: 0.2 },
  CARD: { a: 0.3, b: 0.3, c: 0.4 },
};
const REACHED = 0.9;
const METHODS = ['PIX', 'CARD'] as const;
const MEAN_AMOUNT = 10_000;

const among = (chances: Chances, ids: readonly Id[]): Readonly<Partial<Chances>> => {
  const total = ids.reduce((sum, id) => sum + chances[id], 0);
  return Object.fromEntries(ids.map((id) => [id, chances[id] / total]));
};
const worth = (method: string, chances: Readonly<Partial<Chances>>): number =>
  IDS.reduce((sum, id) => sum + (chances[id] ?? 0) * APPROVAL[method]![id], 0);
const average = (of: (method: string) => number): number =>
  METHODS.reduce((sum, method) => sum + of(method) / METHODS.length, 0);

const logged = (method: string): number =>
  REACHED * worth(method, OURS[method]!) + (1 - REACHED) * worth(method, among(OURS[method]!, ['b', 'c']));
const TRUTH = {
  static: {
    theirs: average((method) => APPROVAL[method]!.a),
    lift: average((method) => worth(method, OURS[method]!) - APPROVAL[method]!.a),
  },
  priority: {
    theirs: average((method) => REACHED * APPROVAL[method]!.a + (1 - REACHED) * APPROVAL[method]!.b),
    lift: average((method) => logged(method) - REACHED * APPROVAL[method]!.a - (1 - REACHED) * APPROVAL[method]!.b),
  },
  signalbox: {
    theirs: average((method) => worth(method, MERCHANT[method]!)),
    lift: average((method) => worth(method, OURS[method]!) - worth(method, MERCHANT[method]!)),
  },
} as const;

function picked(chances: Readonly<Partial<Chances>>, unit: number): Id {
  let rest = unit;
  const ids = IDS.filter((id) => (chances[id] ?? 0) > 0);
  return ids.find((id) => (rest -= chances[id]!) < 0) ?? ids.at(-1)!;
}

const NO_DECISION = { strategy: 'learned', country: 'BR', isDrawn: true, sampleRate: 0.25 } as const;

function simulated(seed: number, traffic: 'live' | 'shadow', payments: number): SampledDecision[] {
  const draw = seeded(seed);
  return Array.from({ length: payments }, () => {
    const paymentMethod = METHODS[Math.floor(draw() * METHODS.length)]!;
    const isReached = traffic === 'shadow' || draw() < REACHED;
    const probabilities = among(OURS[paymentMethod]!, isReached ? IDS : ['b', 'c']);
    const processorId = picked(traffic === 'live' ? probabilities : MERCHANT[paymentMethod]!, draw());
    const approved = draw() < APPROVAL[paymentMethod]![processorId];
    const amountMinor = Math.round(MEAN_AMOUNT * (0.5 + draw()));
    return {
      ...NO_DECISION,
      traffic,
      paymentMethod,
      processorId,
      propensity: probabilities[processorId] ?? 0,
      probabilities,
      outcome: { approved, offRecommendation: false, amountMinor, feeMinor: null, currency: 'BRL' },
    };
  });
}

const PROCESSORS = IDS.map((id, priority) => ({
  id: id as never,
  enabled: true,
  priority,
  paymentMethods: [...METHODS],
  countries: ['BR'],
}));

/** As a week before told it: a little off. */
const RECORDS = METHODS.flatMap((paymentMethod) =>
  IDS.map((processorId, index) => ({
    processorId,
    paymentMethod,
    country: 'BR',
    attempts: 200,
    approved: Math.round(200 * (APPROVAL[paymentMethod]![processorId] + 0.05 * (index - 1))),
  })),
);

function choicesOf(decisions: readonly SampledDecision[]) {
  return METHODS.flatMap((paymentMethod) =>
    IDS.map((processorId) => ({
      processorId,
      paymentMethod,
      country: 'BR',
      decisions: decisions.filter((one) => one.paymentMethod === paymentMethod && one.processorId === processorId)
        .length,
    })),
  );
}

function verdictOf(decisions: readonly SampledDecision[], traffic: 'live' | 'shadow'): TrafficVerdict {
  const around = surroundingsOf(PROCESSORS, RECORDS, traffic === 'shadow' ? choicesOf(decisions) : []);
  const { policies, counts } = judgeDecisions(decisions, around);
  return routingVerdict(traffic, policies, counts);
}

const holds = (interval: Interval | null, truth: number): number => {
  if (interval === null) throw new Error('there is an estimate');
  return Number(interval.low <= truth && truth <= interval.high);
};

test('[ANL-13] 95% intervals cover the simulated truth in 90-98% of logs, of approvals and money, live and in shadow', () => {
  const RUNS = 200;
  const covered: Record<string, number> = {};
  for (let run = 0; run < RUNS; run += 1) {
    for (const traffic of ['live', 'shadow'] as const) {
      const payments = 1_200;
      for (const { policy, approval, money } of verdictOf(simulated(run + 1, traffic, payments), traffic).policies) {
        // In shadow all can be had, so that the first by priority is one and the same.
        const truth = traffic === 'shadow' && policy === 'priority' ? TRUTH.static : TRUTH[policy];
        const note = (name: string, hit: number) =>
          (covered[`${traffic} ${policy} ${name}`] = (covered[`${traffic} ${policy} ${name}`] ?? 0) + hit / RUNS);
        note('theirs', holds(approval.theirs, truth.theirs));
        note('lift', holds(approval.lift, truth.lift));
        const saved = money[0]!;
        note('money', holds(saved.lift, truth.lift * MEAN_AMOUNT));
        note('saved', holds(saved.saved, truth.lift * MEAN_AMOUNT * saved.payments));
      }
    }
  }
  expect(Object.keys(covered)).toHaveLength(20);
  for (const [name, share] of Object.entries(covered)) {
    expect([name, share >= 0.9 && share <= 0.98, share]).toEqual([name, true, share]);
  }
}, 30_000);

test('[ANL-14] money saved is the lift of a payment times the payments that the sample stands for', () => {
  const { policies } = verdictOf(simulated(1, 'live', 1_500), 'live');
  const priority = policies.find(({ policy }) => policy === 'priority')!;
  const [saved] = priority.money;
  expect(saved).toMatchObject({ currency: 'BRL', payments: 6_000 });
  expect(saved!.saved!.value).toBeCloseTo(6_000 * saved!.lift!.value, 6);
  expect(saved!.saved!.low).toBeLessThan(saved!.saved!.high);
  expect(priority.approval.lift!.value).toBeCloseTo(
    priority.approval.ours!.value - priority.approval.theirs!.value,
    12,
  );
});

describe('what is judged', () => {
  const OUTCOME: DecisionOutcome = {
    approved: true,
    offRecommendation: false,
    amountMinor: 100,
    feeMinor: 3,
    currency: 'BRL',
  };
  const DRAWN: SampledDecision = {
    ...NO_DECISION,
    traffic: 'live',
    paymentMethod: 'PIX',
    processorId: 'b',
    propensity: 0.5,
    probabilities: { a: 0.5, b: 0.5 },
    outcome: OUTCOME,
  };
  const around: Surroundings = surroundingsOf(PROCESSORS, RECORDS, []);
  const judged = (given: Partial<SampledDecision>) => judgeDecisions([{ ...DRAWN, ...given }], around);

  test.each([
    ['without a result', { outcome: null }, { awaiting: 1, judged: 0 }],
    [
      'off the recommendation',
      { outcome: { ...OUTCOME, offRecommendation: true } },
      { offRecommendation: 1, judged: 0 },
    ],
    ['what was not drawn', { isDrawn: false }, { judged: 1, undrawn: 1 }],
    ['a sole candidate', { probabilities: { b: 1 }, propensity: 1 }, { judged: 1, undrawn: 1 }],
    ['a certain choice', { probabilities: { a: 0, b: 1 }, propensity: 1 }, { judged: 1, undrawn: 1 }],
    ['a choice without a probability', { propensity: 0 }, { judged: 1, undrawn: 1 }],
    ['a probability that is none', { propensity: Number.NaN }, { judged: 1, undrawn: 1 }],
  ] as const)('[ANL-10] %s is counted and left out', (_, given, expected) => {
    const { policies, counts } = judged(given as Partial<SampledDecision>);
    expect(policies).toEqual([]);
    expect(counts).toMatchObject([{ decisions: 1, ...expected }]);
  });

  test('[ANL-12] where the first by priority could not be chosen, static is left out and priority takes the next', () => {
    const { policies, counts } = judged({ probabilities: { b: 0.5, c: 0.5 } });
    expect(counts).toMatchObject([{ outOfReach: 1 }]);
    expect(policies.map(({ policy, measure }) => `${policy} ${measure}`)).toEqual([
      'priority approval',
      'priority value',
    ]);
    expect(policies[0]!.tally).toMatchObject({ samples: 1, w: 2, r: 1 });
  });

  test('[ANL-12] who is disabled, serves another segment or is no longer registered comes after those who are', () => {
    const order = surroundingsOf(
      [
        { ...PROCESSORS[0]!, enabled: false },
        { ...PROCESSORS[1]!, paymentMethods: ['CARD'] },
        { ...PROCESSORS[2]!, priority: 9 },
        { ...PROCESSORS[2]!, id: 'd' as never, priority: 9 },
      ],
      [],
      [],
    );
    expect(order.order('PIX', 'BR')).toEqual(['c', 'd']);
    expect(order.approval('c', 'PIX', 'BR')).toBe(0.8);
    const gone = judgeDecisions([{ ...DRAWN, probabilities: { x: 0.5, b: 0.5 } }], order);
    expect(gone.policies.map(({ policy, tally }) => [policy, tally.w])).toEqual([
      ['priority', 2],
      ['priority', 2],
    ]);
  });

  test('[ANL-14] an approval is worth its amount less the fee, a failure what it cost', () => {
    const valueOf = (outcome: Partial<DecisionOutcome>) =>
      judged({ outcome: { ...OUTCOME, ...outcome } }).policies.find(({ measure }) => measure === 'value')?.tally.r;
    expect(valueOf({})).toBe(97);
    expect(valueOf({ approved: false })).toBe(-3);
    expect(valueOf({ feeMinor: null })).toBe(100);
    expect(valueOf({ amountMinor: 1e300 })).toBeUndefined();
    expect(valueOf({ feeMinor: Number.NaN })).toBeUndefined();
  });
});

describe('where nobody can say', () => {
  test('[ANL-16] too few payments, no chance in the choices and no overlap are told in words, without a figure', () => {
    const few = verdictOf(simulated(1, 'live', 100), 'live');
    expect(few).toMatchObject({ accuracy: null, accuracyWord: expect.stringContaining('200 are the least') });
    expect(few.policies[0]!.approval).toMatchObject({ lift: null, theirs: null, refusal: 'too_few' });
    expect(few.policies[0]!.money).toMatchObject([
      { saved: null, word: expect.stringContaining('Cannot be estimated') },
    ]);
    const none = verdictOf([], 'live');
    expect(none.policies.map(({ approval }) => approval.refusal)).toEqual(['no_decisions', 'no_decisions']);
    const never = simulated(1, 'live', 2_000).map((one) => ({
      ...one,
      processorId: 'b',
      propensity: 0.4,
      probabilities: { a: 0.6, b: 0.4 },
    }));
    expect(verdictOf(never, 'live').policies[0]!.approval).toMatchObject({ refusal: 'no_overlap', lift: null });
    // A merchant that never goes where we would: a part of what we would do has no chance in its log.
    const stubborn = simulated(1, 'shadow', 2_000).filter(({ processorId }) => processorId !== 'c');
    expect(verdictOf(stubborn, 'shadow').policies.map(({ approval }) => approval.refusal)).toEqual(
      Array.from({ length: 3 }, () => 'partial_overlap'),
    );
    // And one that never goes to the first by priority.
    const elsewhere = simulated(1, 'shadow', 2_000).filter(({ processorId }) => processorId !== 'a');
    expect(verdictOf(elsewhere, 'shadow').policies[1]!.approval.refusal).not.toBeNull();
  });

  test('[ANL-16] accuracy is told from 200 payments on, with an interval inside 0-1', () => {
    const all = simulated(1, 'live', 200).map((one) => ({ ...one, outcome: { ...one.outcome!, approved: true } }));
    const { accuracy } = verdictOf(all, 'live');
    expect(accuracy).toMatchObject({ value: 1, high: expect.closeTo(1, 9) });
    expect(accuracy!.low).toBeGreaterThan(0.97);
    expect(verdictOf(all.slice(1), 'live').accuracy).toBeNull();
  });

  test.each<[string, Partial<SampledDecision>, readonly (string | null)[]]>([
    ['none has a result', { outcome: null }, ['no_decisions', 'no_decisions']],
    ['none was drawn', { isDrawn: false }, ['no_propensities', 'no_propensities']],
    [
      'where the first by priority was out of reach',
      { processorId: 'c', probabilities: { b: 0.5, c: 0.5 } },
      ['no_decisions', 'no_overlap'],
    ],
  ])('[ANL-19] no chances are missed where there are none to miss: %s', (_, over, expected) => {
    const decisions = simulated(1, 'live', 500).map((one) => ({ ...one, ...over }));
    const { policies } = verdictOf(decisions, 'live');
    expect(policies.map(({ approval }) => approval.refusal)).toEqual(expected);
    for (const { approval } of policies) expect(approval.word).toMatch(/^Cannot be estimated: .+\.$/);
  });
});
