// Ready-made rules: one call makes what a merchant would otherwise write by hand; afterwards it is a rule like any other.
import { z } from '@hono/zod-openapi';
import { asProcessorId } from '../../domain/identity.ts';
import {
  createCostOptimizationRule,
  createHighValueRule,
  createLowLatencyRule,
  type PrebuiltScope,
} from '../../domain/routing/prebuilt-rules.ts';
import type { Configuration, Rule } from '../../domain/configuration/configuration.ts';
import { change, newId, readConfiguration } from '../configuration-access.ts';
import type { App } from '../context.ts';
import { serve } from '../endpoint.ts';
import { CODES_MAX, listOf, PROCESSORS_MAX } from '../schemas/lists.ts';
import { CountryText, CurrencyText, IdText, MethodText } from '../schemas/primitives.ts';
import { RuleAnswer, ruleJson } from '../schemas/rules.ts';

const scope = {
  id: IdText.optional(),
  priority: z.int().default(0),
  payment_methods: listOf(MethodText, CODES_MAX).default([]).openapi({ description: 'Empty: any' }),
  countries: listOf(CountryText, CODES_MAX).default([]),
  currencies: listOf(CurrencyText, CODES_MAX).default([]),
};
const processors = listOf(IdText, PROCESSORS_MAX)
  .min(1)
  .optional()
  .openapi({ description: 'Left out: all registered ones' });
const PrebuiltInput = z
  .discriminatedUnion('template', [
    z.strictObject({ template: z.literal('high_value'), amount_min: z.number().positive().max(1e9), ...scope }),
    z.strictObject({
      template: z.literal('low_latency'),
      latency_p95_ms_max: z.number().positive(),
      processors,
      ...scope,
    }),
    z.strictObject({ template: z.literal('cost'), cost_minor_max: z.number().nonnegative(), processors, ...scope }),
  ])
  .openapi('PrebuiltRuleInput', { example: { template: 'low_latency', latency_p95_ms_max: 800 } });

export function mountPrebuiltRules(app: App): void {
  serve(
    app,
    {
      method: 'post',
      path: '/api/v1/rules/prebuilt',
      scope: 'operate',
      tag: 'Rules and experiments',
      summary: 'Create a ready-made rule',
      description:
        '`high_value`: large payments go to the best authorization rate, without exploration. `low_latency` and `cost`: processors that are slower, or dearer, are left out while others remain.',
      body: PrebuiltInput,
      answer: { status: 201, description: 'In force from now on', schema: RuleAnswer },
    },
    async (call) => {
      const configuration = await readConfiguration(call);
      if (configuration === null) return { refused: { reason: 'no_table' } };
      const rule = ruleFrom(call.body, call.body.id ?? newId('rul', call.world), configuration);
      const changed = await change(call, 'rule', { op: 'put_rule', rule, mode: 'create' });
      return 'refused' in changed ? changed : { body: ruleJson(rule), version: changed.configuration.version };
    },
  );
}

function ruleFrom(input: z.output<typeof PrebuiltInput>, id: string, configuration: Configuration): Rule {
  const place: PrebuiltScope = {
    id,
    priority: input.priority,
    paymentMethods: input.payment_methods,
    countries: input.countries,
    currencies: input.currencies,
  };
  if (input.template === 'high_value') return createHighValueRule(place, input.amount_min);
  const ids = input.processors?.map(asProcessorId) ?? configuration.processors.map((processor) => processor.id);
  return input.template === 'low_latency'
    ? createLowLatencyRule(place, ids, input.latency_p95_ms_max)
    : createCostOptimizationRule(place, ids, input.cost_minor_max);
}
