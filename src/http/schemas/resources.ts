// Load, head-room and the number of instances as the API tells them.
import { z } from '@hono/zod-openapi';
import { CPU_FIGURES } from '../../domain/scaling/cpu-figures.ts';
import { OBJECT_LIMITS } from '../../domain/scaling/object-load.ts';
import { WINDOW_MS } from '../../domain/scaling/load-window.ts';
import { HOLD_MAX_MS, type ScalingDecision } from '../../domain/scaling/scale-decision.ts';
import { type MeasuredObject, trafficOf } from '../../flows/measure-load.ts';
import type { ScalingChange, ScalingState } from '../../domain/scaling/scaling-state.ts';
import type { ScalingSettings } from '../../domain/scaling/scaling-settings.ts';
import { MomentOut, momentOf, momentOrNull, Rate } from './primitives.ts';

const HOLD_MINUTES_MAX = HOLD_MAX_MS / 60_000;

export const ScaleInput = z
  .strictObject({
    instances: z.int().openapi({ description: 'From `min_instances` to `max_instances`', example: 4 }),
    hold_minutes: z.number().min(0).max(HOLD_MINUTES_MAX).default(60).openapi({
      description: 'How long the number is let alone; 0: until the load asks for another and the cooldown is over',
    }),
    why: z.string().min(1).max(500).optional(),
  })
  .openapi('ScaleInput');

const ChangeOut = z
  .object({
    at: MomentOut,
    event: z.enum(['scaled_up', 'scaled_down']),
    from: z.int(),
    to: z.int(),
    cause: z.enum(['load', 'bounds', 'operator']),
    transactions_per_minute: z.number().nullable(),
    why: z.string().nullable(),
  })
  .openapi('ScalingChange');

const SettingsOut = z
  .object({
    enabled: z.boolean(),
    min_instances: z.int(),
    max_instances: z.int(),
    target_tpm_per_instance: z.number(),
    scale_up_threshold: Rate,
    scale_down_threshold: Rate,
    scale_up_cooldown_ms: z.int(),
    scale_down_cooldown_ms: z.int(),
  })
  .openapi('ScalingSettings');

export const ScalingOut = z
  .object({
    instances: z.int().nullable().openapi({ description: '`null`: it was never evaluated' }),
    evaluated_at: MomentOut.nullable(),
    held_until: MomentOut.nullable().openapi({ description: "A person's number stands until then" }),
    changes: z.array(ChangeOut).openapi({ description: 'Newest first, at most 50' }),
    settings: SettingsOut.nullable().openapi({
      description: '`null`: a variable of the deployment is wrong, which GET /api/v1/status names',
    }),
  })
  .openapi('Scaling');

const ObjectOut = z
  .object({
    processor_id: z.string(),
    shard: z.int().openapi({ description: "0: the processor's own object; k: its shard `<processor>#<k>`" }),
    slots: z.int().openapi({ description: 'Of the 256 of its transactions: those that it records' }),
    reachable: z.boolean(),
    requests_per_second: z.number().nullable(),
    results_per_second: z
      .number()
      .nullable()
      .openapi({ description: 'Repeats, finals of unknowns, refunds and disputes among them' }),
    refused_share: Rate.nullable().openapi({
      description: 'Of the results that were brought: refused as `overloaded`',
    }),
    commits_per_second: z.number().nullable(),
    results_per_commit: z.number().nullable(),
    commit_lag_ms: z.object({ mean: z.number().nullable(), max: z.number().nullable() }),
    queue_depth: z.int().nullable(),
    queue_depth_max: z.int().nullable(),
    cpu_share_estimated: z.number().nullable().openapi({
      description:
        'Of one core, by `cpu_figures`: what was counted here, times what each took where it was measured. A Worker has no figure of its own, for its clock stands still while it computes',
    }),
    load: z.number().nullable().openapi({ description: 'The largest share of any limit; 1: full' }),
    head_room: Rate.nullable(),
    bound_by: z.enum(['requests', 'queue', 'cpu', 'refusals']).nullable().openapi({
      description: 'The limit that `load` is the share of. `cpu`: by an estimate, `cpu_figures`',
    }),
    measured_seconds: z.number().nullable().openapi({ description: 'Of the window the object was in memory for' }),
  })
  .openapi('ObjectLoad');

export const ResourceStats = z
  .object({
    window_seconds: z.number(),
    objects: z.array(ObjectOut),
    count: z.int(),
    limits: z.object({ requests_per_second: z.number(), queue_depth: z.int(), cpu_share: z.number() }),
    cpu_figures: z
      .object({
        result_us: z.number(),
        commit_us: z.number(),
        permit_us: z.number(),
        decision_us: z.number().openapi({ description: 'Of a recommendation, which isolates make' }),
        measured_on: z.string(),
        machine: z.string(),
        runtime: z.string(),
        core: z.string().openapi({ description: 'Fingerprint of the code that was measured' }),
      })
      .openapi({ description: 'Processor time of the pure work in microseconds, and where it was measured' }),
    transactions_per_minute: z.number().openapi({ description: 'Attempts, each once however many results told of it' }),
    complete: z.boolean().openapi({
      description:
        'If not, `transactions_per_minute` is a lower bound: an object could not be asked, knows less than 30 seconds of its attempts, or refused results',
    }),
    scaling: ScalingOut,
    timestamp: MomentOut,
  })
  .openapi('ResourceStats');

export const Evaluation = z
  .object({
    reason: z.enum([
      'first',
      'bounds',
      'load_high',
      'load_low',
      'load_fits',
      'cooldown',
      'low_too_briefly',
      'load_unknown',
      'held',
      'off',
    ]),
    instances: z.int().nullable().openapi({ description: 'As they are' }),
    desired_instances: z.int(),
    action: z.enum(['scale_up', 'scale_down', 'none']),
    utilisation: z.number().openapi({ description: 'Of the instances there are; above 1: more than they can take' }),
    instances_least: z.int().openapi({ description: 'So few are needed by the load' }),
    instances_most: z.int().openapi({ description: 'So many are enough by the load' }),
    timestamp: MomentOut,
  })
  .openapi('ScalingEvaluation');

export const ScaleTarget = z
  .object({
    desired_instances: z.int().openapi({ description: 'For `valueLocation`, with a `targetValue` of 1' }),
    min_instances: z.int(),
    max_instances: z.int(),
    evaluated_at: MomentOut,
  })
  .openapi('ScaleTarget');

export function changeJson(change: ScalingChange): z.output<typeof ChangeOut> {
  const { atMs, from, to, cause, perMinute, why } = change;
  const event = to > from ? 'scaled_up' : 'scaled_down';
  return { at: momentOf(atMs), event, from, to, cause, transactions_per_minute: perMinute, why };
}

/** `settings`: `null` where they are wrong. */
export function scalingJson(state: ScalingState | null, settings: ScalingSettings | null): z.output<typeof ScalingOut> {
  return {
    instances: state?.instances ?? null,
    evaluated_at: momentOrNull(state?.evaluatedAtMs ?? null),
    held_until: momentOrNull(state?.hold?.untilMs ?? null),
    changes: (state?.changes ?? []).map(changeJson),
    settings: settings && {
      enabled: settings.isOn,
      min_instances: settings.instancesMin,
      max_instances: settings.instancesMax,
      target_tpm_per_instance: settings.perMinutePerInstance,
      scale_up_threshold: settings.upAt,
      scale_down_threshold: settings.downAt,
      scale_up_cooldown_ms: settings.upCooldownMs,
      scale_down_cooldown_ms: settings.downCooldownMs,
    },
  };
}

export function resourcesJson(
  objects: readonly MeasuredObject[],
  scaling: z.output<typeof ScalingOut>,
  now: number,
): z.output<typeof ResourceStats> {
  const { perMinute, isComplete } = trafficOf(objects);
  return {
    window_seconds: WINDOW_MS / 1_000,
    objects: objects.map(objectJson),
    count: objects.length,
    limits: {
      requests_per_second: OBJECT_LIMITS.requestsPerSecond,
      queue_depth: OBJECT_LIMITS.queueDepth,
      cpu_share: OBJECT_LIMITS.cpuShare,
    },
    cpu_figures: {
      result_us: CPU_FIGURES.resultUs,
      commit_us: CPU_FIGURES.commitUs,
      permit_us: CPU_FIGURES.permitUs,
      decision_us: CPU_FIGURES.decisionUs,
      measured_on: CPU_FIGURES.measured.on,
      machine: CPU_FIGURES.measured.machine,
      runtime: CPU_FIGURES.measured.runtime,
      core: CPU_FIGURES.measured.core,
    },
    transactions_per_minute: perMinute,
    complete: isComplete,
    scaling,
    timestamp: momentOf(now),
  };
}

function objectJson({ processorId, shard, slots, load }: MeasuredObject): z.output<typeof ObjectOut> {
  return {
    processor_id: processorId,
    shard,
    slots,
    reachable: load !== null,
    requests_per_second: load?.requestsPerSecond ?? null,
    results_per_second: load?.resultsPerSecond ?? null,
    refused_share: load?.refusedShare ?? null,
    commits_per_second: load?.commitsPerSecond ?? null,
    results_per_commit: load?.resultsPerCommit ?? null,
    commit_lag_ms: { mean: load?.commitLagMsMean ?? null, max: load?.commitLagMsMax ?? null },
    queue_depth: load?.queueDepth ?? null,
    queue_depth_max: load?.queueDepthMax ?? null,
    cpu_share_estimated: load?.cpuShareEstimated ?? null,
    load: load?.load ?? null,
    head_room: load?.headRoom ?? null,
    bound_by: load?.boundBy ?? null,
    measured_seconds: load === null ? null : load.measuredMs / 1_000,
  };
}

export function evaluationJson(
  { reason, instances, change, utilisation, instancesLeast, instancesMost }: ScalingDecision,
  before: number | null,
  now: number,
): z.output<typeof Evaluation> {
  const action = change === null ? 'none' : change.to > change.from ? 'scale_up' : 'scale_down';
  return {
    reason,
    instances: before,
    desired_instances: instances,
    action,
    utilisation,
    instances_least: instancesLeast,
    instances_most: instancesMost,
    timestamp: momentOf(now),
  };
}
