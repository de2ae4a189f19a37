// What tuning rests on, over Neon's HTTP driver: attempts are counted up in PostgreSQL, and only counts come here.
import { askNeon, type NeonOptions, type NeonRow } from './neon-query.ts';
import type { ArmTally, TrialTallies } from '../domain/tuning/optimization.ts';
import { EMPTY_TALLY } from '../domain/tuning/optimization.ts';
import type { EvidenceAsk, TrialStretch, TunedPastPort } from '../ports/tuning-port.ts';
import type { HistoryReply } from '../ports/history-port.ts';
import { isBySlot, MIX_FIRST, MIX_SECOND, SLOT_MS, TRIAL_SHARE } from '../domain/tuning/trial-arm.ts';
import { NO_EVIDENCE, type ProcessorEvidence } from '../domain/tuning/processor-evidence.ts';
import type { SettingName } from '../domain/tuning/tuned-settings.ts';

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
/** Of each processor: however busy a day was, no more than the newest are looked at. */
const NEWEST_MAX = 20_000;
/** Results later than this after the decision are not counted. */
const RESULT_WAIT = `interval '30 minutes'`;

/** As isTechnicalFailure has it. */
const FAILED = `(result IN ('error', 'timeout') AND fault NOT IN ('issuer', 'user')
  OR result = 'declined' AND fault IN ('processor', 'merchant_config'))`;
/** NaN is greater than every number to PostgreSQL. */
const LATENCY = `CASE WHEN latency_ms >= 0 AND latency_ms < 600000 THEN latency_ms END`;

const EVIDENCE = `
WITH wanted AS (SELECT * FROM unnest($1::text[], $2::int8[], $3::timestamptz[]) AS wanted(id, epoch, since)),
newest AS (
  SELECT its.* FROM wanted CROSS JOIN LATERAL (
    SELECT recorded_at, processor_id, transaction_id, result, fault, event_at, attempt, ${LATENCY} AS latency
    FROM attempts
    WHERE processor_id = wanted.id AND epoch = wanted.epoch AND stage IN ('unknown', 'final')
      AND recorded_at >= $4::timestamptz AND recorded_at >= since AND recorded_at < $5::timestamptz
    ORDER BY recorded_at DESC LIMIT ${NEWEST_MAX}
  ) AS its
),
-- The first word of each attempt: what settles a timeout later was one all the same.
heard AS (
  SELECT DISTINCT ON (processor_id, transaction_id) newest.*, ${FAILED} AS failed
  FROM newest
  ORDER BY processor_id, transaction_id, recorded_at
),
told AS (
  SELECT processor_id, count(*)::float8 AS attempts, (count(*) FILTER (WHERE failed))::float8 AS failures,
    (count(*) FILTER (WHERE result = 'timeout'))::float8 AS timeouts,
    (count(latency) FILTER (WHERE result <> 'timeout'))::float8 AS measured,
    percentile_cont(ARRAY[0.5, 0.99, 0.995]) WITHIN GROUP (ORDER BY latency) FILTER (WHERE result <> 'timeout') AS latencies
  FROM heard GROUP BY 1
),
numbered AS (
  SELECT processor_id, json_agg(json_build_object('attempt', attempt, 'count', count, 'approved', approved) ORDER BY attempt) AS by_attempt
  FROM (
    SELECT processor_id, attempt, count(*) AS count, count(*) FILTER (WHERE result = 'approved') AS approved
    FROM heard WHERE attempt BETWEEN 1 AND 6 GROUP BY 1, 2
  ) AS counted GROUP BY 1
),
seconds AS (
  SELECT processor_id, count(*)::float8 AS load, (count(*) FILTER (WHERE failed))::float8 AS failed
  FROM heard GROUP BY processor_id, floor(extract(epoch FROM event_at))
),
edges AS (
  SELECT processor_id, percentile_disc(0.95) WITHIN GROUP (ORDER BY load) AS busy_load, max(load) AS peak FROM seconds GROUP BY 1
),
loads AS (
  SELECT processor_id, busy_load, peak,
    coalesce(sum(load) FILTER (WHERE load >= busy_load), 0) AS busy, coalesce(sum(failed) FILTER (WHERE load >= busy_load), 0) AS busy_failed,
    coalesce(sum(load) FILTER (WHERE load < busy_load), 0) AS calm, coalesce(sum(failed) FILTER (WHERE load < busy_load), 0) AS calm_failed
  FROM seconds JOIN edges USING (processor_id) GROUP BY 1, 2, 3
),
changes AS (
  SELECT processor_id, count(*)::float8 AS breaker_changes
  FROM breaker_changes JOIN wanted ON wanted.id = processor_id AND wanted.epoch = breaker_changes.epoch
  WHERE changed_at >= $6::timestamptz AND changed_at < $5::timestamptz AND (to_state = 'OPEN' OR to_state = 'CLOSED')
  GROUP BY 1
)
SELECT told.*, by_attempt, busy_load, peak, busy, busy_failed, calm, calm_failed, coalesce(breaker_changes, 0) AS breaker_changes
FROM told LEFT JOIN numbered USING (processor_id) LEFT JOIN loads USING (processor_id) LEFT JOIN changes USING (processor_id)`;

/** As trialPosition has it; the factors and every half product fit into 64 bits. */
function isTrialOf(unit: string): string {
  const mixed = (bits: string, shift: number, factor: number) =>
    `(((${bits}) # ((${bits}) >> ${shift})) * ${factor}) % 4294967296`;
  const twice = `SELECT ${mixed('once', 15, MIX_SECOND)} AS bits FROM (SELECT ${mixed('salted', 16, MIX_FIRST)} AS once FROM (SELECT (${unit}) # $5::int8 AS salted) AS a) AS b`;
  return `(SELECT (bits # (bits >> 16)) < ${TRIAL_SHARE * 2 ** 32} FROM (${twice}) AS c)`;
}

/** What is no nonce of ours is in no share. */
const NONCE_BITS = `CASE WHEN decision_nonce ~ '^[0-9a-f]{16}$' THEN ('x' || right(decision_nonce, 8))::bit(32)::int8 END`;
const SLOT = `floor(extract(epoch FROM decided_at) * 1000 / ${SLOT_MS})::int8`;

/** Made in the stretch; what was told of them within the wait. */
const DECIDED = `
  SELECT DISTINCT ON (transaction_id) transaction_id, payment_id, decision_nonce, decided_at, result, attempt,
    CASE WHEN ${FAILED} THEN 0 ELSE 1 END AS score, ${LATENCY} AS latency
  FROM attempts
  WHERE recorded_at >= $3::timestamptz AND recorded_at < $4::timestamptz + ${RESULT_WAIT}
    AND decided_at >= $3::timestamptz AND decided_at < $4::timestamptz AND processor_id = $1 AND epoch = $2
    AND stage IN ('unknown', 'final') AND decision_nonce IS NOT NULL AND is_off_recommendation IS NOT TRUE
  ORDER BY transaction_id, recorded_at`;

const SUMS = `
SELECT is_trial, count(*)::float8 AS units, coalesce(sum(score), 0)::float8 AS score, coalesce(sum(score * score), 0)::float8 AS score_squares,
  count(cost)::float8 AS costs, coalesce(sum(cost), 0)::float8 AS cost, coalesce(sum(cost * cost), 0)::float8 AS cost_squares`;
const BY_DECISION = `
${SUMS} FROM (
  SELECT is_trial, score::float8, coalesce(latency, CASE WHEN result = 'timeout' THEN ($6::float8[])[CASE WHEN is_trial THEN 1 ELSE 2 END] END) AS cost
  FROM (SELECT decided.*, ${isTrialOf(NONCE_BITS)} AS is_trial FROM (${DECIDED}) AS decided) AS parted
) AS units WHERE is_trial IS NOT NULL GROUP BY 1`;

const BY_SLOT = `
${SUMS} FROM (
  SELECT ${isTrialOf('slot')} AS is_trial, score, cost FROM (
    SELECT ${SLOT} AS slot, avg(score)::float8 AS score, avg(coalesce(latency, CASE WHEN result = 'timeout' THEN ($6::float8[])[2] END)) AS cost
    FROM (${DECIDED}) AS decided GROUP BY 1
  ) AS slots
) AS units GROUP BY 1`;

/** A payment belongs to its first attempt's decision, and ends wherever it does. */
const BY_PAYMENT = `
${SUMS} FROM (
  SELECT is_trial, CASE WHEN bool_or(later.result = 'approved') THEN 1 ELSE 0 END::float8 AS score,
    count(DISTINCT (later.processor_id, later.transaction_id))::float8 AS cost
  FROM (
    SELECT decided.*, ${isTrialOf(NONCE_BITS)} AS is_trial FROM (${DECIDED}) AS decided WHERE attempt = 1 AND payment_id IS NOT NULL
  ) AS firsts
  JOIN attempts AS later ON later.payment_id = firsts.payment_id AND later.stage IN ('unknown', 'final')
    AND later.recorded_at >= $3::timestamptz AND later.recorded_at < $4::timestamptz + ${RESULT_WAIT}
  WHERE is_trial IS NOT NULL GROUP BY firsts.transaction_id, is_trial
) AS units GROUP BY 1`;

const statementOf = (setting: SettingName): string => {
  if (isBySlot(setting)) return BY_SLOT;
  return setting === 'attempts_max' ? BY_PAYMENT : BY_DECISION;
};

export function createNeonTuning(options: NeonOptions): TunedPastPort {
  return {
    evidence: async (asks, nowMs) => await evidence(options, asks, nowMs),
    tally: async (stretch) => await tally(options, stretch),
  };
}

async function evidence(
  options: NeonOptions,
  asks: readonly EvidenceAsk[],
  nowMs: number,
): Promise<HistoryReply<ReadonlyMap<string, ProcessorEvidence>>> {
  const reply = await askNeon(options, EVIDENCE, [
    asks.map(({ processorId }) => processorId),
    asks.map(({ epoch }) => epoch),
    asks.map(({ sinceMs }) => momentText(sinceMs)),
    momentText(nowMs - DAY_MS),
    momentText(nowMs),
    momentText(nowMs - WEEK_MS),
  ]);
  if (!reply.ok) return reply;
  return { ok: true, value: new Map(reply.value.rows.map((row) => [String(row['processor_id']), evidenceOf(row)])) };
}

async function tally(options: NeonOptions, stretch: TrialStretch): Promise<HistoryReply<TrialTallies>> {
  const { processorId, epoch, fromMs, toMs, timeoutsMs, salt, setting } = stretch;
  const shared = [processorId, epoch, momentText(fromMs), momentText(toMs), salt];
  const parameters = setting === 'attempts_max' ? shared : [...shared, [...timeoutsMs]];
  const reply = await askNeon(options, statementOf(setting), parameters);
  if (!reply.ok) return reply;
  const of = (isTrial: boolean): ArmTally => {
    const row = reply.value.rows.find((one) => one['is_trial'] === isTrial);
    return row === undefined ? EMPTY_TALLY : tallyOf(row);
  };
  return { ok: true, value: { trial: of(true), heldOut: of(false) } };
}

const momentText = (ms: number): string => new Date(ms).toISOString();

const tallyOf = (row: NeonRow): ArmTally => ({
  units: Number(row['units']),
  score: Number(row['score']),
  scoreSquares: Number(row['score_squares']),
  costs: Number(row['costs']),
  cost: Number(row['cost']),
  costSquares: Number(row['cost_squares']),
});

function evidenceOf(row: NeonRow): ProcessorEvidence {
  const latencies = (row['latencies'] as readonly (number | null)[] | null) ?? [];
  return {
    ...NO_EVIDENCE,
    attempts: Number(row['attempts']),
    failures: Number(row['failures']),
    timeouts: Number(row['timeouts']),
    measured: Number(row['measured']),
    latencyP50Ms: latencies[0] ?? null,
    latencyP99Ms: latencies[1] ?? null,
    latencyP995Ms: latencies[2] ?? null,
    byAttempt: (row['by_attempt'] as ProcessorEvidence['byAttempt'] | null) ?? [],
    busy: { attempts: Number(row['busy']), failures: Number(row['busy_failed']) },
    calm: { attempts: Number(row['calm']), failures: Number(row['calm_failed']) },
    busyPerSecond: numberOrNull(row['busy_load']),
    peakPerSecond: numberOrNull(row['peak']),
    breakerChanges: Number(row['breaker_changes']),
  };
}

const numberOrNull = (value: unknown): number | null => (typeof value === 'number' ? value : null);
