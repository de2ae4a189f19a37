// What the health and status endpoints answer: every processor at a glance, one with its history, and the service itself.
import { z } from '@hono/zod-openapi';
import type { HealthDetail } from '../../ports/processor-port.ts';
import { JobState } from './jobs.ts';
import { healthFields, ProcessorHealth } from './health.ts';
import { Misconfigured } from './wrong-variables.ts';
import { BreakerText, MomentOut, momentOf, Rate, StatusText } from './primitives.ts';

export const SystemInfo = z
  .object({
    version: z.string(),
    configuration_version: z.int(),
    table_age_ms: z.number(),
    table_source: z.enum(['memory', 'board', 'replica', 'stale']),
    processors: z.int(),
    processors_enabled: z.int(),
  })
  .openapi('SystemInfo');

export const HealthList = z
  .object({
    status: StatusText.openapi({
      description: 'HEALTHY if every enabled processor is, DOWN if none is up, else DEGRADED',
    }),
    score: Rate.openapi({ description: 'Mean health score of the enabled processors' }),
    processors: z.array(ProcessorHealth),
    count: z.int(),
    timestamp: MomentOut,
    system_info: SystemInfo,
  })
  .openapi('HealthList');

const Result = z.enum(['approved', 'declined', 'error', 'timeout']);
const History = z
  .object({
    timeline: z.array(
      z.object({ minute: MomentOut, approved: z.int(), declined: z.int(), error: z.int(), timeout: z.int() }),
    ),
    recent: z.array(
      z.object({ time: MomentOut, segment: z.string(), result: Result, latency_ms: z.number().nullable() }),
    ),
    transitions: z.array(
      z.object({ at: MomentOut, scope: z.string(), from: BreakerText, to: BreakerText, reason: z.string() }),
    ),
  })
  .openapi('HealthHistory');

export const HealthWithHistory = z
  .object({
    ...healthFields,
    name: z.string(),
    history: History.nullable().openapi({
      description: '`null`: out of reach, the rest is the last that was published',
    }),
  })
  .openapi('ProcessorHealthWithHistory');

export const historyJson = (detail: HealthDetail): z.output<typeof History> => ({
  timeline: detail.timeline.map(({ minuteMs, ...counts }) => ({ minute: momentOf(minuteMs), ...counts })),
  recent: detail.recent.map(({ timeMs, segment, result, latencyMs }) => ({
    time: momentOf(timeMs),
    segment,
    result,
    latency_ms: latencyMs,
  })),
  transitions: detail.transitions.map(({ atMs, ...transition }) => ({ at: momentOf(atMs), ...transition })),
});

export const StatusAnswer = z
  .object({
    status: StatusText,
    score: Rate,
    timestamp: MomentOut,
    system_info: SystemInfo,
    breakers: z.object({
      closed: z.int(),
      open: z.int(),
      half_open: z.int(),
      forced_open: z.int(),
      disabled: z.int(),
      metrics_only: z.int(),
      segments_open: z.int().openapi({ description: 'Open or forced open' }),
    }),
    overrides_in_force: z.int(),
    silences: z.array(z.object({ processor_id: z.string(), segment: z.string(), since: MomentOut })),
    jobs: z
      .array(JobState)
      .nullable()
      .openapi({ description: 'Each with its newest 3 runs; `null`: the book of jobs is out of reach' }),
    misconfigured: Misconfigured,
  })
  .openapi('Status');
