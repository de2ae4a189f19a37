// Tuning as the API tells it: what holds of each processor, what was tried and why, and what was measured of it.
import { z } from '@hono/zod-openapi';
import { currentValue, SETTING_NAMES, type Tunable, type TunedValues } from '../../domain/tuning/tuned-settings.ts';
import { ATTEMPTS_MIN } from '../../domain/tuning/processor-evidence.ts';
import { measuredNow } from '../../domain/tuning/tuning-row.ts';
import { MomentOut, momentOf, momentOrNull, NextCursor, Rate } from './primitives.ts';
import type { Optimization } from '../../domain/tuning/optimization.ts';
import type { ProcessorLook } from '../../domain/tuning/next-optimization.ts';
import type { Reverted } from '../../flows/revert-optimization.ts';

const figures = {
  timeout_ms: z.number(),
  attempts_max: z.int().openapi({ description: 'Attempts of one payment with this processor' }),
  requests_per_second: z.number().nullable().openapi({ description: '`null`: no limit' }),
  table_max_age_ms: z
    .number()
    .openapi({ description: 'How old a recommendation, or a copy of it, may be when it is used' }),
};

/** With a recommendation. */
export const SettingsOut = z
  .object({
    ...figures,
    optimization: z
      .object({ id: z.string(), on_trial: z.boolean() })
      .nullable()
      .openapi({ description: 'What is on trial, and whether this payment gets it or is held out' }),
  })
  .openapi('ProcessorSettings');

const Measured = z
  .object({
    trial_units: z.int().openapi({ description: 'Payments; slots of ten minutes for `requests_per_second`' }),
    held_out_units: z.int(),
    trial_score: Rate.nullable().openapi({
      description: 'Share that did not fail technically; of `attempts_max`: payments that were approved',
    }),
    held_out_score: Rate.nullable(),
    difference: z.number().nullable().openapi({ description: 'Trial less held out; `null`: too few of either' }),
    low: z.number().nullable().openapi({ description: 'To `high`: 95%, at every look' }),
    high: z.number().nullable(),
    trial_cost: z.number().nullable().openapi({ description: 'Mean ms waited; of `attempts_max`: attempts a payment' }),
    held_out_cost: z.number().nullable(),
  })
  .openapi('MeasuredOptimization');

export const OptimizationOut = z
  .object({
    id: z.string(),
    processor_id: z.string(),
    setting: z.enum(SETTING_NAMES),
    value_before: z.number().nullable(),
    value_after: z.number(),
    state: z
      .enum(['advised', 'trying', 'kept', 'reverted'])
      .openapi({ description: 'advised: nothing was changed. trying: half of the payments get it' }),
    reason: z.string(),
    evidence: z.record(z.string(), z.number()),
    kept_if: z.enum(['better', 'not_worse']).openapi({
      description: 'better: than those held out. not_worse: by half a point at most, for it saves something',
    }),
    measured: Measured.nullable(),
    outcome: z.string().nullable().openapi({ description: 'Why it was kept or reverted' }),
    ended_by: z.string().nullable().openapi({ description: 'Id of the API key, or `tuning`' }),
    undo: z.string().nullable().openapi({ description: '`null`: it is not in force' }),
    started_at: MomentOut,
    ended_at: MomentOut.nullable(),
  })
  .openapi('Optimization');

export function optimizationJson(optimization: Optimization): z.output<typeof OptimizationOut> {
  const { id, processorId, setting, from, to, reason, evidence, proof, standing, startedAtMs } = optimization;
  const ended = 'endedAtMs' in standing ? standing : null;
  const isInForce = standing.state === 'kept' || standing.state === 'trying';
  return {
    id,
    processor_id: processorId,
    setting,
    value_before: from,
    value_after: to,
    state: standing.state,
    reason,
    evidence: { ...evidence },
    kept_if: proof,
    measured: measuredJson(optimization),
    outcome: ended?.why ?? null,
    ended_by: ended?.by ?? null,
    undo: isInForce
      ? `POST /api/v1/autonomous/optimizations/${id}/revert: ${setting} is ${from ?? 'unlimited'} again`
      : null,
    started_at: momentOf(startedAtMs),
    ended_at: momentOrNull(ended?.endedAtMs ?? null),
  };
}

function measuredJson(optimization: Optimization): z.output<typeof Measured> | null {
  const measured = measuredNow(optimization);
  if (measured === null) return null;
  return {
    trial_units: measured.trialUnits,
    held_out_units: measured.heldOutUnits,
    trial_score: measured.trialScore,
    held_out_score: measured.heldOutScore,
    difference: measured.difference,
    low: measured.low,
    high: measured.high,
    trial_cost: measured.trialCost,
    held_out_cost: measured.heldOutCost,
  };
}

const TunedProcessor = z
  .object({
    processor_id: z.string(),
    settings: z.object(figures).openapi({ description: 'What holds, a trial aside' }),
    trial: z.string().nullable().openapi({ description: 'Id of the optimization that is on trial' }),
    attempts: z.int().openapi({ description: 'Measured at the last look, of those under these settings' }),
    attempts_missing: z.int().openapi({ description: `Until ${ATTEMPTS_MIN} are measured nothing is proposed` }),
    looked_at: MomentOut.nullable(),
  })
  .openapi('TunedProcessor');

export interface TunedNow {
  readonly processor: Tunable;
  readonly values: TunedValues;
  readonly trialId: string | null;
  readonly look: ProcessorLook | null;
}

export const tunedJson = ({ processor, values, trialId, look }: TunedNow): z.output<typeof TunedProcessor> => ({
  processor_id: processor.id,
  settings: {
    timeout_ms: currentValue('timeout_ms', values, processor),
    attempts_max: currentValue('attempts_max', values, processor),
    requests_per_second: currentValue('requests_per_second', values, processor),
    table_max_age_ms: currentValue('table_max_age_ms', values, processor),
  },
  trial: trialId,
  attempts: look?.attempts ?? 0,
  attempts_missing: look?.missing ?? ATTEMPTS_MIN,
  looked_at: momentOrNull(look?.atMs ?? null),
});

export const OptimizationList = z
  .object({
    optimizations: z.array(OptimizationOut),
    count: z.int(),
    next_cursor: NextCursor,
    mode: z.enum(['act', 'conservative', 'off']),
    interval_seconds: z.number(),
    processors: z.array(TunedProcessor),
  })
  .openapi('OptimizationList');

export const RevertAnswer = z
  .object({
    optimization: OptimizationOut,
    reverted: z.boolean().openapi({ description: 'False: it was not in force, or not the last one' }),
    why_not: z.string().nullable(),
  })
  .openapi('RevertedOptimization');

export const revertedJson = ({ optimization, isReverted, whyNot }: Reverted): z.output<typeof RevertAnswer> => ({
  optimization: optimizationJson(optimization),
  reverted: isReverted,
  why_not: whyNot,
});
