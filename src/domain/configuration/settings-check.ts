// Whether an experiment, an override or the routing settings may be stored.
import type { Judging } from '../experiments/judgement.ts';
import type { RegisteredProcessor } from '../processor-config.ts';
import { MARGIN_BPS_MAX } from '../routing/net-value.ts';
import type { Experiment, ExperimentArm, Override, RoutingSettings } from './configuration.ts';
import type { Issue } from './configuration-change.ts';
import { checkCode, checkCodes, checkName, CODES, type FieldCheck, issuesOf, isWithin } from './field-check.ts';
import { serves } from './prior-change.ts';

export const OVERRIDE_TTL_MIN_MS = 1_000;
/** An operator's hand on the points is for an incident; what is to stay for longer is a rule. */
export const OVERRIDE_TTL_MAX_MS = 7 * 86_400_000;

/** `path` is empty or ends with a dot. */
export function checkExperiment(experiment: Experiment, path: string): Issue[] {
  // The type says two; what comes over the wire or out of an import may not.
  const arms: readonly ExperimentArm[] = experiment.arms;
  return issuesOf([
    checkCode(experiment.id, CODES.id, `${path}id`),
    checkName(experiment.name, `${path}name`),
    checkCode(experiment.stickyBy, CODES.stickyKey, `${path}sticky_by`),
    ...checkCodes(experiment.paymentMethods, CODES.paymentMethod, { min: 0, max: 256 }, `${path}payment_methods`),
    ...checkCodes(experiment.countries, CODES.country, { min: 0, max: 256 }, `${path}countries`),
    [experiment.shareA > 0 && experiment.shareA < 1, `${path}share_a`, 'must be above 0 and below 1'],
    ...judgingChecks(experiment.judging, `${path}judging.`),
    [arms.length === 2, `${path}arms`, 'must be exactly two'],
    ...arms.slice(0, 2).map((arm, index): FieldCheck => checkName(arm.name, `${path}arms[${index}].name`)),
    [new Set(arms.map(({ name }) => name)).size === arms.length, `${path}arms`, 'must have different names'],
  ]);
}

function judgingChecks(judging: Judging | undefined, path: string): FieldCheck[] {
  if (judging === undefined) return [];
  return [
    [isWithin(judging.alpha, 0.001, 0.2), `${path}alpha`, 'must be 0.001-0.2'],
    [isWithin(judging.guardrail, 0, 0.5), `${path}guardrail`, 'must be 0-0.5'],
    [isWithin(judging.noDifferenceBelow, 0.001, 0.5), `${path}no_difference_below`, 'must be 0.001-0.5'],
    [isWithin(judging.designEffect, 1, 100), `${path}design_effect`, 'must be 1-100'],
  ];
}

export function checkOverride(override: Override, processors: readonly RegisteredProcessor[]): Issue[] {
  const processor = processors.find(({ id }) => id === override.processorId);
  const ttlMs = override.expiresAtMs - override.createdAtMs;
  return issuesOf([
    checkCode(override.id, CODES.id, 'id'),
    [processor !== undefined, 'processor_id', 'names a processor that is not registered'],
    [
      override.segment === null || processor === undefined || serves(processor, override.segment),
      'segment',
      'is not one this processor serves',
    ],
    checkName(override.who, 'who'),
    [override.why.trim() !== '' && override.why.length <= 500, 'why', 'must be 1-500 characters'],
    [isWithin(ttlMs, OVERRIDE_TTL_MIN_MS, OVERRIDE_TTL_MAX_MS), 'ttl', 'must be 1 second to 7 days'],
    override.kind === 'cap'
      ? [isWithin(override.share ?? 0, 0.001, 1), 'share', 'must be 0.001-1 for a cap']
      : [override.share === undefined, 'share', 'is for a cap only'],
  ]);
}

export function checkRouting(routing: RoutingSettings, path: string): Issue[] {
  return issuesOf([
    [isWithin(routing.probeFloor, 0, 0.05), `${path}probe_floor`, 'must be 0-0.05'],
    [isWithin(routing.probeShareMax, 0, 1), `${path}probe_share_max`, 'must be 0-1'],
    [
      routing.marginBps === undefined || (routing.marginBps > 0 && routing.marginBps <= MARGIN_BPS_MAX),
      `${path}margin_bps`,
      `must be above 0 and at most ${MARGIN_BPS_MAX}`,
    ],
  ]);
}
