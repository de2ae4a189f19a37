// The whole configuration as one document that can be exported, kept in version control and imported again; and its audit log.
import { z } from '@hono/zod-openapi';
import type { RoutingSettings } from '../../domain/configuration/configuration.ts';
import { type ConfigurationDocument, documentOf } from '../../domain/configuration/configuration-change.ts';
import type { Configuration } from '../../domain/configuration/configuration.ts';
import { MARGIN_BPS_DEFAULT } from '../../domain/routing/net-value.ts';
import type { AuditEntry } from '../../ports/registry-port.ts';
import { DocumentExperiment, documentExperimentJson, experimentOf } from './experiments.ts';
import { LIMITS } from '../../domain/configuration/apply-change.ts';
import { listOf } from './lists.ts';
import { IdText, MomentOut, momentOf, NextCursor, Rate } from './primitives.ts';
import { ProcessorAnswer, ProcessorInput, processorJson, processorOf } from './processors.ts';
import { RETRY_SETTINGS_DEFAULT } from '../../domain/retries/settable-figures.ts';
import { RetryPolicyInput, retrySettingsJson, retrySettingsOf } from './retry-policy.ts';
import { RuleAnswer, RuleInput, ruleJson, ruleOf, StrategyText } from './rules.ts';
import { ExperimentInput } from './experiments.ts';

const Routing = z
  .strictObject({
    strategy: StrategyText,
    probe_floor: Rate,
    probe_share_max: Rate,
    margin_bps: z.number().default(MARGIN_BPS_DEFAULT).openapi({
      description: 'What an approval earns of its amount, in basis points; `learned` weighs fees against it',
    }),
  })
  .openapi('RoutingSettings');
/** APOS's switch says the same in one word: its own scoring is what it falls back on without a model. */
const RoutingInput = Routing.extend({
  strategy: StrategyText.optional().openapi({ description: 'Required, unless `enable_ml_routing` is there' }),
  enable_ml_routing: z
    .boolean()
    .optional()
    .openapi({ description: 'In place of `strategy`: true is `learned`, false is `apos`' }),
})
  .refine(({ strategy, enable_ml_routing: isOn }) => strategy !== undefined || isOn !== undefined, {
    path: ['strategy'],
    message: 'is required, or enable_ml_routing in its place',
  })
  .refine(({ strategy, enable_ml_routing: isOn }) => strategy === undefined || isOn === undefined, {
    path: ['enable_ml_routing'],
    message: 'must be left out where strategy is given',
  })
  .openapi('RoutingSettingsInput');
const named = { id: IdText };

export const DocumentInput = z
  .strictObject({
    processors: listOf(ProcessorInput.extend(named), LIMITS.processors),
    rules: listOf(RuleInput.extend(named), LIMITS.rules),
    experiments: listOf(ExperimentInput.extend(named), LIMITS.experiments),
    routing: RoutingInput,
    retry_policy: RetryPolicyInput.optional().openapi({ description: 'Left out: our own figures' }),
  })
  .openapi('ConfigurationInput');
export const DocumentAnswer = z
  .object({
    processors: z.array(ProcessorAnswer),
    rules: z.array(RuleAnswer),
    experiments: z.array(DocumentExperiment),
    routing: Routing,
    retry_policy: RetryPolicyInput,
  })
  .openapi('Configuration');
export const ImportAnswer = z
  .object({
    dry_run: z.boolean(),
    version: z.int(),
    changes: z.array(
      z.object({
        path: z.string().openapi({ example: 'rules[high_value].priority' }),
        kind: z.enum(['added', 'removed', 'changed']),
        before: z.unknown(),
        after: z.unknown(),
      }),
    ),
  })
  .openapi('ConfigurationImport');

export function documentOfInput(input: z.output<typeof DocumentInput>): ConfigurationDocument {
  const { routing } = input;
  const { probe_floor: probeFloor, probe_share_max: probeShareMax, margin_bps: marginBps } = routing;
  const strategy = routing.strategy ?? (routing.enable_ml_routing === false ? 'apos' : 'learned');
  return {
    processors: input.processors.map((processor) => processorOf(processor.id, processor)),
    rules: input.rules.map((rule) => ruleOf(rule.id, rule)),
    experiments: input.experiments.map((experiment) => experimentOf(experiment.id, experiment)),
    routing: { strategy, probeFloor, probeShareMax, marginBps },
    retries: input.retry_policy === undefined ? RETRY_SETTINGS_DEFAULT : retrySettingsOf(input.retry_policy),
  };
}

const routingJson = (settings: RoutingSettings): z.output<typeof Routing> => ({
  strategy: settings.strategy,
  probe_floor: settings.probeFloor,
  probe_share_max: settings.probeShareMax,
  margin_bps: settings.marginBps ?? MARGIN_BPS_DEFAULT,
});

export function documentJson(configuration: Configuration): z.output<typeof DocumentAnswer> {
  const { processors, rules, experiments, routing, retries } = documentOf(configuration);
  return {
    processors: processors.map(processorJson),
    rules: rules.map(ruleJson),
    experiments: experiments.map(documentExperimentJson),
    routing: routingJson(routing),
    retry_policy: retrySettingsJson(retries),
  };
}

export const AuditList = z
  .object({
    entries: z.array(
      z.object({
        id: z.int(),
        at: MomentOut,
        key_id: z.string(),
        request_id: z.string(),
        action: z.string().openapi({ example: 'put_rule' }),
        subject: z.string(),
        version: z.int(),
        before: z.string().nullable().openapi({ description: 'JSON text, shortened' }),
        after: z.string().nullable(),
      }),
    ),
    count: z.int(),
    next_cursor: NextCursor,
  })
  .openapi('AuditList');

export const auditJson = (entry: AuditEntry): z.output<typeof AuditList>['entries'][number] => ({
  id: entry.id,
  at: momentOf(entry.atMs),
  key_id: entry.keyId,
  request_id: entry.requestId,
  action: entry.action,
  subject: entry.subject,
  version: entry.version,
  before: entry.before,
  after: entry.after,
});
