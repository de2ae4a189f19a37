// Maintenance windows as the API tells them: when, why, how far the processor is drained, and how it comes back.
import { z } from '@hono/zod-openapi';
import { IdText, Moment, MomentOut, momentOf, momentOrNull, Rate } from './primitives.ts';
import type { MaintenanceWindow } from '../../domain/predictions/maintenance-window.ts';

export const MaintenanceInput = z
  .strictObject({
    processor_id: IdText,
    duration_minutes: z.number().min(1).max(1_440),
    drain_minutes: z
      .number()
      .min(0)
      .max(360)
      .default(15)
      .openapi({ description: 'So long before it the processor gets no traffic, for what is in flight to end' }),
    starts_at: Moment.optional().openapi({
      description: 'Left out: the quietest hours of the next week in which the others can bear its traffic',
    }),
    why: z.string().min(1).max(500).openapi({ example: 'Certificate change, ticket 4711' }),
  })
  .openapi('MaintenanceInput');

export const MaintenanceOut = z
  .object({
    id: z.string(),
    processor_id: z.string(),
    state: z.enum(['scheduled', 'draining', 'in_maintenance', 'returning', 'ended']),
    outcome: z
      .enum(['returned', 'relapsed', 'never_drained', 'cancelled', 'processor_gone'])
      .nullable()
      .openapi({ description: '`null`: it is not over' }),
    drains_at: MomentOut,
    starts_at: MomentOut,
    ends_at: MomentOut,
    left_segments: z
      .array(z.string())
      .openapi({ description: 'Keep flowing: nobody else can serve them at the moment' }),
    share: Rate.nullable().openapi({ description: 'Of its traffic, at most, while it is returning' }),
    why: z.string(),
    scheduled_by: z.string().openapi({ description: 'Id of the API key, or `predictive-maintenance`' }),
    prediction_id: z.string().nullable(),
    expected_attempts: z
      .number()
      .nullable()
      .openapi({ description: 'By the forecast; `null`: a person chose the time' }),
    part_of_mean_volume: z.number().nullable(),
    created_at: MomentOut,
    ended_at: MomentOut.nullable(),
  })
  .openapi('MaintenanceWindow');

export const MaintenanceList = z
  .object({ maintenance_windows: z.array(MaintenanceOut), count: z.int() })
  .openapi('MaintenanceWindowList');

export function maintenanceJson(given: MaintenanceWindow, now: number): z.output<typeof MaintenanceOut> {
  const { standing, window, plan } = given;
  const isUnderWay = standing.state === 'draining' && now >= window.fromMs;
  return {
    id: given.id,
    processor_id: given.processorId,
    state: isUnderWay ? 'in_maintenance' : standing.state,
    outcome: standing.state === 'ended' ? standing.outcome : null,
    drains_at: momentOf(given.drainFromMs),
    starts_at: momentOf(window.fromMs),
    ends_at: momentOf(window.toMs),
    left_segments: standing.state === 'draining' ? [...standing.left] : [],
    share: standing.state === 'returning' ? standing.share : null,
    why: given.why,
    scheduled_by: given.who,
    prediction_id: given.predictionId,
    expected_attempts: plan?.attemptsExpected ?? null,
    part_of_mean_volume: plan?.partOfMean ?? null,
    created_at: momentOf(given.createdAtMs),
    ended_at: momentOrNull(standing.state === 'ended' ? standing.atMs : null),
  };
}
