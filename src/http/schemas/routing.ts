// A routing question and its answer as the API tells them: the seed's fields, and everything the choice rests on.
import { z } from '@hono/zod-openapi';
import { MARGIN_BPS_MAX } from '../../domain/routing/net-value.ts';
import {
  AmountInput,
  ConfidenceText,
  CountryText,
  CurrencyText,
  IdText,
  MethodText,
  MinorUnits,
  Rate,
  StatusText,
  ToldBreakerText,
  wholeInText,
} from './primitives.ts';
import { fewIssues, listOf, PROCESSORS_MAX } from './lists.ts';
import { SettingsOut } from './optimizations.ts';
import { StrategyText } from './rules.ts';

const Text = z.string().min(1).max(128);
const MarginBps = z.number().positive().max(MARGIN_BPS_MAX);
const MARGIN_TOLD = {
  description: 'What an approval of this payment earns of its amount; left out: as the routing settings say',
  example: 1_500,
};

const shared = {
  payment_method: MethodText,
  country: CountryText,
  currency: CurrencyText.optional().openapi({
    description: 'Without it an `amount` in major units cannot be read and is ignored',
  }),
  bin: z
    .string()
    .regex(/^\d{6,8}$/, 'must be 6 to 8 digits')
    .optional(),
  network: z.string().max(32).optional().openapi({ example: 'visa' }),
  customer_ref: Text.optional(),
  payment_id: Text.optional(),
  credential_kind: z.string().toLowerCase().max(32).optional().openapi({ example: 'pan' }),
  strategy: StrategyText.optional(),
  actual_processor: IdText.optional().openapi({ description: 'Shadow: what you will use whatever is answered' }),
};

export const RouteBody = z
  .object({
    ...shared,
    amount: AmountInput.optional(),
    amount_minor: MinorUnits.optional(),
    margin_bps: MarginBps.optional().openapi(MARGIN_TOLD),
    three_ds: z.boolean().optional(),
    metadata: z.record(z.string().max(64), z.string().max(256)).check(fewIssues()).optional(),
    eligible_processors: listOf(IdText, PROCESSORS_MAX).optional(),
  })
  .openapi('RouteRequest', { example: { payment_method: 'PIX', country: 'BR', amount: 150, currency: 'BRL' } });
export type RouteBody = z.output<typeof RouteBody>;
export const SimulateBody = RouteBody.extend({
  seed: z
    .string()
    .regex(/^\d{1,20}$/, 'must be a whole number of 64 bits as text')
    .optional()
    .openapi({ description: 'Fixes the draw: same table, request and seed give the same decision' }),
}).openapi('SimulateRequest');

export const ExplainQuery = z.object({
  explain: z.enum(['all', 'top']).default('top').openapi({ description: '`all`: every row and every exclusion' }),
});
export const RouteQuery = ExplainQuery.extend({
  ...shared,
  amount: z.string().max(40).optional().openapi({ description: 'Major units', example: '150.00' }),
  amount_minor: wholeInText(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER).optional(),
  margin_bps: z
    .string()
    .refine((text) => /^\d{1,6}(\.\d{1,6})?$/.test(text), 'must be a decimal number')
    .transform(Number)
    .pipe(MarginBps)
    .optional()
    .openapi({ ...MARGIN_TOLD, type: 'number', exclusiveMinimum: 0, maximum: MARGIN_BPS_MAX }),
  three_ds: z.enum(['true', 'false']).optional(),
  eligible_processors: z.string().max(8_000).optional().openapi({ description: 'Comma separated' }),
});

const Recommendation = z
  .object({
    processor_id: z.string(),
    rank: z.int(),
    status: StatusText,
    authorization_rate: Rate.nullable(),
    recommended: z.boolean(),
    reason: z.string(),
    effective_status: StatusText,
    breaker: ToldBreakerText,
    score: z.number(),
    probability: Rate,
    approval: z.object({ mean: Rate, sd: z.number() }),
    expected_fee_minor: z.number().nullable(),
    net_value_minor: z.number().nullable().openapi({
      description: 'approval x margin - expected fees; `null`: the ranking is not by net value',
    }),
  })
  .openapi('Recommendation');
const Exclusion = z
  .object({ processor_id: z.string(), reason: z.string(), by: z.string().nullable(), detail: z.string() })
  .openapi('Exclusion');

export const RouteAnswerBody = z
  .object({
    recommendations: z.array(Recommendation),
    payment_method: z.string(),
    country: z.string(),
    decision_id: z
      .string()
      .nullable()
      .openapi({ description: 'Send it back with the result; `null` when nothing is eligible' }),
    processor_id: z.string().nullable().openapi({ description: 'The one to use now' }),
    confidence: ConfidenceText,
    propensity: Rate.openapi({ description: 'Probability with which it was drawn' }),
    deterministic: z.boolean(),
    reasons: z.array(z.string()),
    strategy: StrategyText,
    margin_minor: z.number().nullable().openapi({
      description: 'What an approval earns before fees; `null`: the ranking is not by net value',
    }),
    source: z.enum(['memory', 'board', 'replica', 'stale']),
    table_age_ms: z.number(),
    degraded: z.boolean().openapi({ description: 'All candidates are down: this is the best of them' }),
    permit: z.boolean().openapi({ description: 'This payment is a probe of a half-open breaker' }),
    segment: z.string(),
    settings: SettingsOut.nullable().openapi({
      description: 'How to use the chosen processor (docs/tuning.md); `null`: nothing was chosen, or not heard of yet',
    }),
    experiment: z.object({ id: z.string(), arm: z.union([z.literal(0), z.literal(1)]) }).nullable(),
    rule_ids: z.array(z.string()),
    warnings: z.array(z.string()),
    exclusions: z.array(Exclusion).optional().openapi({ description: 'With `?explain=all`' }),
  })
  .openapi('RouteAnswer');
