// What routing has brought, as the API tells it: every figure with its 95% interval, or a word that says why there is none.
import { z } from '@hono/zod-openapi';
import type { Interval } from '../../domain/evaluation/off-policy.ts';
import type { Stretch } from '../../domain/analytics/stretch.ts';
import type {
  Comparison,
  MoneyComparison,
  PolicyComparison,
  TrafficVerdict,
} from '../../domain/evaluation/routing-verdict.ts';
import { CountryText, MethodText, Moment, MomentOut, momentOf, momentOrNull } from './primitives.ts';
import { StrategyText } from './rules.ts';

export const RoutingStatsQuery = z.object({
  from: Moment.optional().openapi({ description: 'Of the decision; rounded down to the day' }),
  to: Moment.optional().openapi({ description: 'Rounded up; left out: now' }),
  payment_method: MethodText.optional(),
  country: CountryText.optional(),
  strategy: StrategyText.optional().openapi({ description: 'Only decisions of this strategy' }),
});

const Bounds = z
  .object({ value: z.number(), low: z.number(), high: z.number() })
  .openapi('Interval', { description: '95%' });
const estimate = {
  samples: z.number().openapi({ description: 'Payments that could be laid beside it' }),
  effective_samples: z
    .number()
    .nullable()
    .openapi({ description: 'As many as they tell as much as; under 200: no figure' }),
  word: z.string().nullable().openapi({ description: 'Why there is no figure; `null`: there is one' }),
  reason: z
    .enum(['no_decisions', 'no_propensities', 'no_overlap', 'too_few', 'partial_overlap', 'wrong_propensities'])
    .nullable()
    .openapi({ description: 'The same for programs' }),
  ours: Bounds.nullable().openapi({ description: 'A payment of our routing' }),
  theirs: Bounds.nullable().openapi({ description: 'A payment under the other' }),
  lift: Bounds.nullable().openapi({ description: 'Ours less theirs' }),
};

const ComparisonOut = z
  .object({
    policy: z.enum(['static', 'priority', 'merchant']),
    what: z.string(),
    one_step: z.boolean().openapi({
      description:
        'The other looks at a state that its own choices would have changed: judged is each choice by itself, in the state that there was',
    }),
    propensities: z.enum(['logged', 'estimated']),
    approval: z.object(estimate),
    money: z
      .array(
        z.object({
          currency: z.string(),
          payments: z.number().openapi({ description: 'For which the samples stand' }),
          saved_minor: Bounds.nullable().openapi({ description: 'Over all of them' }),
          ...estimate,
        }),
      )
      .openapi({ description: 'Approved amounts less fees, in minor units; a fee that was not told is none' }),
  })
  .openapi('RoutingComparison');

const TrafficOut = z
  .object({
    decisions: z.number().openapi({ description: 'In the sample' }),
    judged: z.number().openapi({ description: 'First attempts that went where the decision said, with their result' }),
    awaiting: z.number().openapi({ description: 'Without a result so far' }),
    off_recommendation: z.number().openapi({ description: 'Went elsewhere: left out' }),
    undrawn: z
      .number()
      .openapi({ description: 'Not drawn, e.g. a sole candidate: the same under every policy, left out' }),
    out_of_reach: z.number().openapi({
      description: 'Left out of the comparison with `static`: its processor could not have been chosen',
    }),
    accuracy: Bounds.nullable().openapi({ description: 'Approvals among those judged, 0-1' }),
    accuracy_word: z.string().nullable().openapi({ description: 'Why it is not told' }),
    against: z.array(ComparisonOut),
  })
  .openapi('RoutingTraffic');

export const RoutingStats = z
  .object({
    from: MomentOut,
    to: MomentOut,
    judged_at: MomentOut.nullable().openapi({ description: '`null`: nothing was judged yet' }),
    live: TrafficOut,
    shadow: TrafficOut,
  })
  .openapi('RoutingStats');

type ComparisonJson = z.output<typeof ComparisonOut>;

/** `policy` is the other one: in shadow ours is what is estimated. */
const TOLD: Readonly<Record<PolicyComparison['policy'], Pick<ComparisonJson, 'policy' | 'what' | 'one_step'>>> = {
  static: {
    policy: 'static',
    what: 'Always the same processor in a segment: the first by priority, whatever becomes of it. Judged where it could have been chosen.',
    one_step: false,
  },
  priority: {
    policy: 'priority',
    what: 'The first by priority that could have been chosen; one step only.',
    one_step: true,
  },
  signalbox: {
    policy: 'merchant',
    what: 'What the merchant did, beside what Signalbox would have done; one step only. The shares of the merchant in each segment stand for its chances: right as long as nothing else decides where it goes.',
    one_step: true,
  },
};

const boundsJson = (interval: Interval | null): z.output<typeof Bounds> | null =>
  interval && { value: interval.value, low: interval.low, high: interval.high };

const estimateJson = ({ samples, effectiveSamples, word, refusal, ours, theirs, lift }: Comparison) => ({
  samples,
  effective_samples: effectiveSamples,
  word,
  reason: refusal,
  ours: boundsJson(ours),
  theirs: boundsJson(theirs),
  lift: boundsJson(lift),
});

const moneyJson = ({ currency, payments, saved, ...compared }: MoneyComparison) => ({
  currency,
  payments,
  saved_minor: boundsJson(saved),
  ...estimateJson(compared),
});

const trafficJson = (
  { counts, accuracy, accuracyWord, policies }: TrafficVerdict,
  propensities: ComparisonJson['propensities'],
): z.output<typeof TrafficOut> => ({
  decisions: counts.decisions,
  judged: counts.judged,
  awaiting: counts.awaiting,
  off_recommendation: counts.offRecommendation,
  undrawn: counts.undrawn,
  out_of_reach: counts.outOfReach,
  accuracy: boundsJson(accuracy),
  accuracy_word: accuracyWord,
  against: policies.map(({ policy, approval, money }) => ({
    ...TOLD[policy],
    propensities,
    approval: estimateJson(approval),
    money: money.map(moneyJson),
  })),
});

export const routingStatsJson = (
  { fromMs, toMs }: Stretch,
  judgedAtMs: number | null,
  { live, shadow }: { readonly live: TrafficVerdict; readonly shadow: TrafficVerdict },
): z.output<typeof RoutingStats> => ({
  from: momentOf(fromMs),
  to: momentOf(toMs),
  judged_at: momentOrNull(judgedAtMs),
  live: trafficJson(live, 'logged'),
  shadow: trafficJson(shadow, 'estimated'),
});
