// The night shift at a glance: how each of its rooms stands, and what each has done so far. A room out of reach, or whose variables are wrong, is `null` and named, and hides no other.
import { z } from '@hono/zod-openapi';
import type { AnomalyStanding } from '../../ports/anomaly-port.ts';
import { AnomalyStats } from './anomalies.ts';
import type { HealingAction } from '../../domain/healing/healing-action.ts';
import { HealingStats } from './healing.ts';
import { isTrying, type TuningShelf } from '../../domain/tuning/tuning-shelf.ts';
import type { JobRecord } from '../../domain/jobs/job-record.ts';
import { jobStates } from './jobs.ts';
import type { JobSheet, JobsKept } from '../../ports/job-port.ts';
import type { MaintenanceWindow } from '../../domain/predictions/maintenance-window.ts';
import { Misconfigured } from './wrong-variables.ts';
import { MomentOut, momentOf } from './primitives.ts';
import { PredictionFigures } from './predictions.ts';
import type { PredictionShelf } from '../../domain/predictions/prediction-shelf.ts';
import { ScalingOut } from './resources.ts';

const Unreachable = z.array(z.string()).openapi({ description: 'Rooms that did not answer; they are `null`' });

const JobGlance = z.object({
  name: z.string(),
  running: z.boolean(),
  last_outcome: z
    .enum(['done', 'failed', 'timed_out', 'skipped'])
    .nullable()
    .openapi({ description: '`null`: never ran' }),
  last_ended_at: MomentOut.nullable(),
  watermark: MomentOut.nullable(),
  error: z.string().nullable(),
});

export const AutonomousStatus = z
  .object({
    status: z.enum(['working', 'impaired']).openapi({
      description: '`impaired`: a room is out of reach or misconfigured, or the last run of a job failed',
    }),
    healing: z.object({ mode: z.enum(['act', 'advise', 'off']), open_actions: z.int() }).nullable(),
    scaling: z
      .object({ enabled: z.boolean(), instances: z.int().nullable(), evaluated_at: MomentOut.nullable() })
      .nullable(),
    anomalies: z.object({ enabled: z.boolean(), open: z.int(), learned_through: MomentOut.nullable() }).nullable(),
    predictions: z.object({ enabled: z.boolean(), open: z.int(), maintenance_windows: z.int() }).nullable(),
    optimizations: z
      .object({ mode: z.enum(['act', 'conservative', 'off']), trials: z.int(), kept: z.int() })
      .nullable(),
    training: z.object({ model_version: z.int().nullable() }).nullable(),
    jobs: z.array(JobGlance).nullable(),
    unreachable: Unreachable,
    misconfigured: Misconfigured,
    timestamp: MomentOut,
  })
  .openapi('AutonomousStatus');

export const AutonomousStats = z
  .object({
    healing: HealingStats.nullable(),
    scaling: ScalingOut.nullable(),
    anomalies: AnomalyStats.nullable(),
    predictions: z.array(PredictionFigures).nullable(),
    optimizations: z
      .object({ advised: z.int(), trying: z.int(), kept: z.int(), reverted: z.int() })
      .nullable()
      .openapi({ description: 'Of those that are kept' }),
    jobs: z
      .array(z.object({ name: z.string(), done: z.int(), failed: z.int(), timed_out: z.int(), skipped: z.int() }))
      .nullable()
      .openapi({ description: 'Runs of all time' }),
    unreachable: Unreachable,
    misconfigured: Misconfigured,
    timestamp: MomentOut,
  })
  .openapi('AutonomousStats');

type Status = z.output<typeof AutonomousStatus>;

export const healingGlance = (
  actions: readonly HealingAction[],
  mode: NonNullable<Status['healing']>['mode'],
): Status['healing'] => ({
  mode,
  open_actions: actions.filter(({ standing }) => standing.state === 'acting' || standing.state === 'done').length,
});

export const anomalyGlance = ({ throughMinute, settings }: AnomalyStanding, open: number): Status['anomalies'] => ({
  enabled: settings.enabled,
  open,
  learned_through: throughMinute === null ? null : momentOf((throughMinute + 1) * 60_000),
});

export const predictionGlance = (
  { book }: PredictionShelf,
  windows: readonly MaintenanceWindow[],
  isOn: boolean,
): Status['predictions'] => ({
  enabled: isOn,
  open: book.open.length,
  maintenance_windows: windows.filter(({ standing }) => standing.state !== 'ended').length,
});

export const tuningGlance = (
  { optimizations }: TuningShelf,
  mode: NonNullable<Status['optimizations']>['mode'],
): Status['optimizations'] => ({
  mode,
  trials: optimizations.filter(isTrying).length,
  kept: optimizations.filter(({ standing }) => standing.state === 'kept').length,
});

export function jobGlances(table: readonly JobSheet[], kept: JobsKept, now: number): NonNullable<Status['jobs']> {
  return jobStates(table, kept, now).map(({ name, running, watermark, runs }) => {
    // What never began says nothing of how the job does.
    const last = runs.find(({ outcome }) => outcome !== 'skipped' && outcome !== 'running');
    return {
      name,
      running: running !== null,
      last_outcome: (last?.outcome ?? null) as NonNullable<Status['jobs']>[number]['last_outcome'],
      last_ended_at: last?.ended_at ?? null,
      watermark,
      error: last?.error ?? null,
    };
  });
}

export function tuningCounts({ optimizations }: TuningShelf): z.output<typeof AutonomousStats>['optimizations'] {
  const counts = { advised: 0, trying: 0, kept: 0, reverted: 0 };
  for (const { standing } of optimizations) counts[standing.state] += 1;
  return counts;
}

export const jobTotals = (
  table: readonly JobSheet[],
  { records }: JobsKept,
): z.output<typeof AutonomousStats>['jobs'] => {
  const totals = new Map<string, JobRecord['totals']>(records.map(([name, record]) => [name, record.totals]));
  const none: JobRecord['totals'] = { done: 0, failed: 0, timed_out: 0, skipped: 0 };
  return table.map(({ name }) => ({ name, ...(totals.get(name) ?? none) }));
};
