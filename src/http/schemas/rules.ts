// Rules as the API tells them: what they match, over whose state they look, and what they do to the choice.
import { z } from '@hono/zod-openapi';
import {
  STRATEGIES,
  type Rule,
  type RuleAction,
  type StatePredicate,
} from '../../domain/configuration/configuration.ts';
import { asProcessorId } from '../../domain/identity.ts';
import { CODES_MAX, listOf, PROCESSORS_MAX, WORDS_MAX } from './lists.ts';
import { BreakerText, CountryText, CurrencyText, IdText, MethodText, Rate, StatusText } from './primitives.ts';

export const StrategyText = z.enum(STRATEGIES).openapi('Strategy');

const When = z
  .strictObject({
    processor_id: IdText.optional(),
    status_in: listOf(StatusText, WORDS_MAX).optional(),
    breaker_in: listOf(BreakerText, WORDS_MAX).optional(),
    approval_below: Rate.optional(),
    approval_at_least: Rate.optional(),
    latency_p95_ms_above: z.number().optional(),
    cost_minor_above: z.number().optional(),
  })
  .openapi('StatePredicate', { description: "Over a candidate's state; every given field must hold" });

const Processors = listOf(IdText, PROCESSORS_MAX);
const Action = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('pin'), processors: Processors }),
    z.strictObject({ kind: z.literal('prefer'), processors: Processors }),
    z.strictObject({ kind: z.literal('exclude'), processors: Processors }),
    z.strictObject({
      kind: z.literal('split'),
      weights: listOf(z.strictObject({ processor: IdText, weight: z.number() }), PROCESSORS_MAX),
      sticky_by: z
        .string()
        .nullable()
        .default(null)
        .openapi({ description: '`customer_ref`, `payment_id` or `metadata.<name>`' }),
    }),
    z.strictObject({ kind: z.literal('strategy'), strategy: StrategyText }),
  ])
  .openapi('RuleAction', { description: 'Acts among the eligible and admitted only' });

const fields = {
  name: z.string(),
  enabled: z.boolean().default(true),
  priority: z.int().default(0).openapi({ description: 'Higher first' }),
  payment_methods: listOf(MethodText, CODES_MAX).default([]).openapi({ description: 'Empty: any' }),
  countries: listOf(CountryText, CODES_MAX).default([]),
  currencies: listOf(CurrencyText, CODES_MAX).default([]),
  condition: z
    .string()
    .nullable()
    .default(null)
    .openapi({ description: 'CEL over the request, at most 1,000 bytes', example: 'amount > 500.0' }),
  when: When.nullable().default(null),
  action: Action,
};
export const RuleInput = z.strictObject({ id: IdText.optional(), ...fields }).openapi('RuleInput', {
  example: {
    name: 'High value',
    priority: 10,
    condition: 'amount > 500.0',
    action: { kind: 'prefer', processors: ['processor_c'] },
  },
});
export type RuleInput = z.output<typeof RuleInput>;
export const RuleAnswer = z.object({ id: z.string(), ...fields }).openapi('Rule');
export const RuleList = z.object({ rules: z.array(RuleAnswer), count: z.int() }).openapi('RuleList');

export function ruleOf(id: string, input: RuleInput): Rule {
  return {
    id,
    name: input.name,
    enabled: input.enabled,
    priority: input.priority,
    paymentMethods: input.payment_methods,
    countries: input.countries,
    currencies: input.currencies,
    condition: input.condition,
    when: input.when && predicateOf(input.when),
    action: actionOf(input.action),
  };
}

function predicateOf(when: z.output<typeof When>): StatePredicate {
  return {
    ...(when.processor_id !== undefined && { processorId: asProcessorId(when.processor_id) }),
    ...(when.status_in && { statusIn: when.status_in }),
    ...(when.breaker_in && { breakerIn: when.breaker_in }),
    ...(when.approval_below !== undefined && { approvalBelow: when.approval_below }),
    ...(when.approval_at_least !== undefined && { approvalAtLeast: when.approval_at_least }),
    ...(when.latency_p95_ms_above !== undefined && { latencyP95MsAbove: when.latency_p95_ms_above }),
    ...(when.cost_minor_above !== undefined && { costMinorAbove: when.cost_minor_above }),
  };
}

function actionOf(action: z.output<typeof Action>): RuleAction {
  switch (action.kind) {
    case 'pin':
    case 'prefer':
    case 'exclude':
      return { kind: action.kind, processors: action.processors.map(asProcessorId) };
    case 'split':
      return {
        kind: 'split',
        weights: action.weights.map(({ processor, weight }) => ({ processor: asProcessorId(processor), weight })),
        stickyBy: action.sticky_by,
      };
    case 'strategy':
      return action;
  }
}

export function ruleJson(rule: Rule): z.output<typeof RuleAnswer> {
  return {
    id: rule.id,
    name: rule.name,
    enabled: rule.enabled,
    priority: rule.priority,
    payment_methods: [...rule.paymentMethods],
    countries: [...rule.countries],
    currencies: [...rule.currencies],
    condition: rule.condition,
    when: rule.when && predicateJson(rule.when),
    action: actionJson(rule.action),
  };
}

function predicateJson(when: StatePredicate): z.output<typeof When> {
  return {
    ...(when.processorId !== undefined && { processor_id: when.processorId }),
    ...(when.statusIn && { status_in: [...when.statusIn] }),
    ...(when.breakerIn && { breaker_in: [...when.breakerIn] }),
    ...(when.approvalBelow !== undefined && { approval_below: when.approvalBelow }),
    ...(when.approvalAtLeast !== undefined && { approval_at_least: when.approvalAtLeast }),
    ...(when.latencyP95MsAbove !== undefined && { latency_p95_ms_above: when.latencyP95MsAbove }),
    ...(when.costMinorAbove !== undefined && { cost_minor_above: when.costMinorAbove }),
  };
}

function actionJson(action: RuleAction): z.output<typeof Action> {
  switch (action.kind) {
    case 'pin':
    case 'prefer':
    case 'exclude':
      return { kind: action.kind, processors: [...action.processors] };
    case 'split':
      return { kind: 'split', weights: action.weights.map((share) => ({ ...share })), sticky_by: action.stickyBy };
    case 'strategy':
      return action;
  }
}
