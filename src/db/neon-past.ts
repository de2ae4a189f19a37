// The past of processors over Neon's HTTP driver: attempts are counted up in PostgreSQL, and only counts come here.
import { askNeon, type NeonAnswer, type NeonOptions, type NeonRow } from './neon-query.ts';
import type { HistoryReply } from '../ports/history-port.ts';
import type { HourPast } from '../domain/forecasting/hour-past.ts';
import type { PastPort, Queue, Stretch } from '../ports/past-port.ts';
import type { ProcessorId } from '../domain/identity.ts';
import type { ProcessorMinute } from '../domain/predictions/processor-minute.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const MINUTES_KEPT = 2 * 1_440;
const HOURS_KEPT = 70 * 24;
/** What the column holds. */
const DEPTH_MAX = 2_147_483_647;

/** A refund is no attempt; what was recorded long after it happened says nothing of the minute that it was recorded in. */
const counted = (late: string): string => `
  FROM attempts
  WHERE recorded_at >= $1::timestamptz AND recorded_at < $2::timestamptz
    AND stage IN ('unknown', 'final') AND event_at >= recorded_at - interval '${late}'`;
/** As isTechnicalFailure has it. */
const TECHNICAL = `(result IN ('error', 'timeout') AND fault NOT IN ('issuer', 'user')
  OR result = 'declined' AND fault IN ('processor', 'merchant_config'))`;
/** NaN is greater than every number to PostgreSQL. */
const LATENCY = `percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY latency_ms)
  FILTER (WHERE latency_ms >= 0 AND latency_ms < 'Infinity')`;

const COUNT_MINUTES = `
INSERT INTO processor_minutes (minute, processor_id, attempts, failures, timeouts, latency_p50_ms, latency_p95_ms, breaker_transitions, breaker_openings, breaker_closings)
SELECT minute, processor_id, coalesce(attempts, 0), coalesce(failures, 0), coalesce(timeouts, 0), latency[1], latency[2],
  coalesce(changes, 0), coalesce(openings, 0), coalesce(closings, 0)
FROM (
  SELECT floor(extract(epoch FROM recorded_at) / 60)::int AS minute, processor_id, count(*)::int AS attempts,
    (count(*) FILTER (WHERE ${TECHNICAL}))::int AS failures,
    (count(*) FILTER (WHERE ${TECHNICAL} AND result = 'timeout'))::int AS timeouts,
    ${LATENCY} AS latency
  ${counted('10 minutes')}
  GROUP BY 1, 2
) AS attempted
FULL JOIN (
  SELECT DISTINCT ON (minute, processor_id) minute, processor_id, changes::int, openings::int, closings::int
  FROM (
    SELECT floor(extract(epoch FROM changed_at) / 60)::int AS minute, processor_id, scope, count(*) AS changes,
      count(*) FILTER (WHERE from_state = 'CLOSED') AS openings, count(*) FILTER (WHERE to_state = 'CLOSED') AS closings
    FROM breaker_changes WHERE changed_at >= $1::timestamptz AND changed_at < $2::timestamptz
    GROUP BY 1, 2, 3
  ) AS by_scope
  ORDER BY minute, processor_id, changes DESC, scope
) AS changed USING (minute, processor_id)
ON CONFLICT (minute, processor_id) DO UPDATE SET
  (attempts, failures, timeouts, latency_p50_ms, latency_p95_ms, breaker_transitions, breaker_openings, breaker_closings) =
  (EXCLUDED.attempts, EXCLUDED.failures, EXCLUDED.timeouts, EXCLUDED.latency_p50_ms, EXCLUDED.latency_p95_ms, EXCLUDED.breaker_transitions,
   EXCLUDED.breaker_openings, EXCLUDED.breaker_closings)`;

/** Counted again a minute keeps its queue; of two readings the deeper one holds. */
const KEEP_QUEUES = `
INSERT INTO processor_minutes (minute, processor_id, attempts, failures, timeouts, breaker_transitions, queue_depth_max)
SELECT $1::int, id, 0, 0, 0, 0, depth FROM unnest($2::text[], $3::int[]) AS queue (id, depth)
ON CONFLICT (minute, processor_id) DO UPDATE SET queue_depth_max = greatest(processor_minutes.queue_depth_max, EXCLUDED.queue_depth_max)`;

const COUNT_HOURS = `
INSERT INTO processor_hours (processor_id, hour, attempts, approved, latency_p50_ms, latency_p95_ms)
SELECT coalesce(processor_id, '*'), hour, attempts, approved, latency[1], latency[2]
FROM (
  SELECT processor_id, hour, count(*)::int AS attempts, (count(*) FILTER (WHERE result = 'approved'))::int AS approved, ${LATENCY} AS latency
  FROM (
    SELECT processor_id, floor(extract(epoch FROM recorded_at) / 3600)::int AS hour, result, latency_ms
    ${counted('1 day')}
  ) AS within
  GROUP BY GROUPING SETS ((processor_id, hour), (hour))
) AS attempted
ON CONFLICT (processor_id, hour) DO UPDATE SET (attempts, approved, latency_p50_ms, latency_p95_ms) =
  (EXCLUDED.attempts, EXCLUDED.approved, EXCLUDED.latency_p50_ms, EXCLUDED.latency_p95_ms)`;

/** From the newest count, if the clock is ahead of it: a clock that jumps takes nothing away. */
const PRUNE = `
WITH newest AS (SELECT least($1::int, max(minute)) AS minute FROM processor_minutes),
  minutes AS (DELETE FROM processor_minutes WHERE minute < (SELECT minute FROM newest) - ${MINUTES_KEPT} RETURNING 1),
  hours AS (DELETE FROM processor_hours WHERE hour < (SELECT minute FROM newest) / 60 - ${HOURS_KEPT} RETURNING 1)
SELECT (SELECT count(*) FROM minutes) + (SELECT count(*) FROM hours) AS gone`;

const READ_MINUTES = `
SELECT processor_id, minute, attempts, failures, timeouts, latency_p50_ms, latency_p95_ms, breaker_transitions,
  breaker_openings, breaker_closings, queue_depth_max
FROM processor_minutes WHERE minute >= $2 AND processor_id = ANY($1) ORDER BY minute`;

const READ_HOURS = `
SELECT processor_id, hour, attempts, approved, latency_p50_ms, latency_p95_ms
FROM processor_hours WHERE processor_id = ANY($1) AND hour >= $2 AND hour < $3 ORDER BY hour`;

export interface NeonPastOptions extends NeonOptions {
  /** Of counting a stretch, which takes longer than reading counts. */
  readonly countTimeoutMs: number;
}

export function createNeonPast(options: NeonPastOptions): PastPort {
  return new NeonPast(options);
}

class NeonPast implements PastPort {
  readonly #options: NeonPastOptions;

  constructor(options: NeonPastOptions) {
    this.#options = options;
  }

  async firstAttemptMs(): Promise<HistoryReply<number | null>> {
    return await this.#ask('SELECT min(recorded_at) AS first FROM attempts', [], ({ rows }) => {
      const first = rows[0]?.['first'];
      return first instanceof Date ? first.getTime() : null;
    });
  }

  async countMinutes(stretch: Stretch): Promise<HistoryReply<number>> {
    return await this.#count(COUNT_MINUTES, bounds(stretch, MINUTE_MS));
  }

  async countHours(stretch: Stretch): Promise<HistoryReply<number>> {
    return await this.#count(COUNT_HOURS, bounds(stretch, HOUR_MS));
  }

  async keepQueues(minute: number, queues: readonly Queue[]): Promise<HistoryReply<number>> {
    const depths = queues.map(({ depth }) => Math.min(DEPTH_MAX, depth));
    return await this.#ask(KEEP_QUEUES, [minute, queues.map(({ id }) => id), depths], ({ rowCount }) => rowCount);
  }

  async prune(nowMs: number): Promise<HistoryReply<number>> {
    return await this.#ask(PRUNE, [Math.floor(nowMs / MINUTE_MS)], ({ rows }) => Number(rows[0]?.['gone']));
  }

  async minutes(
    ids: readonly ProcessorId[],
    fromMinute: number,
  ): Promise<HistoryReply<ReadonlyMap<string, readonly ProcessorMinute[]>>> {
    return await this.#ask(READ_MINUTES, [ids, fromMinute], ({ rows }) => byProcessor(rows, minuteOf));
  }

  async hours(
    ids: readonly string[],
    fromHour: number,
    toHour: number,
  ): Promise<HistoryReply<ReadonlyMap<string, readonly HourPast[]>>> {
    return await this.#ask(READ_HOURS, [ids, fromHour, toHour], ({ rows }) => byProcessor(rows, hourOf));
  }

  async #count(text: string, parameters: readonly unknown[]): Promise<HistoryReply<number>> {
    const { databaseUrl, countTimeoutMs: timeoutMs } = this.#options;
    const reply = await askNeon({ databaseUrl, timeoutMs }, text, parameters);
    return reply.ok ? { ok: true, value: reply.value.rowCount } : reply;
  }

  async #ask<Value>(
    text: string,
    parameters: readonly unknown[],
    read: (answer: NeonAnswer) => Value,
  ): Promise<HistoryReply<Value>> {
    const reply = await askNeon(this.#options, text, parameters);
    return reply.ok ? { ok: true, value: read(reply.value) } : reply;
  }
}

const momentText = (ms: number): string => new Date(ms).toISOString();

/** Whole steps: a part of one would be kept as all of it. */
const bounds = ({ fromMs, toMs }: Stretch, stepMs: number): string[] =>
  [fromMs, toMs].map((ms) => momentText(Math.floor(ms / stepMs) * stepMs));

function byProcessor<Value>(rows: readonly NeonRow[], read: (row: NeonRow) => Value): Map<string, Value[]> {
  const found = new Map<string, Value[]>();
  for (const row of rows) {
    const id = String(row['processor_id']);
    const held = found.get(id);
    if (held === undefined) found.set(id, [read(row)]);
    else held.push(read(row));
  }
  return found;
}

const minuteOf = (row: NeonRow): ProcessorMinute => ({
  minute: Number(row['minute']),
  attempts: Number(row['attempts']),
  failures: Number(row['failures']),
  timeouts: Number(row['timeouts']),
  latencyP50Ms: numberOrNull(row['latency_p50_ms']),
  latencyP95Ms: numberOrNull(row['latency_p95_ms']),
  breakerTransitions: Number(row['breaker_transitions']),
  breakerOpenings: Number(row['breaker_openings']),
  breakerClosings: Number(row['breaker_closings']),
  queueDepth: Number(row['queue_depth_max']),
});

const hourOf = (row: NeonRow): HourPast => ({
  hour: Number(row['hour']),
  attempts: Number(row['attempts']),
  approved: Number(row['approved']),
  latencyP50Ms: numberOrNull(row['latency_p50_ms']),
  latencyP95Ms: numberOrNull(row['latency_p95_ms']),
});

const numberOrNull = (value: unknown): number | null => (typeof value === 'number' ? value : null);
