// The two questions that anomalies ask of the history: attempts by scope and minute, and by all that a cause can be named by.

/**
 * $1, $2: the stretch of `recorded_at`. An attempt counts when it was recorded first: at its end, or when its outcome was unknown. What was told more
 * than an hour after it happened is no part of the minute in which it came. A full join is one by hash whatever the planner believes of tables that
 * nobody has analysed: thousands of unknowns would else be gone through for each attempt.
 */
const told = (columns: string, stretch: string): string => `unknown AS MATERIALIZED (
  SELECT DISTINCT processor_id, epoch, transaction_id FROM attempts
  WHERE stage = 'unknown' AND recorded_at >= $1::timestamptz - interval '1 day' AND recorded_at < $2::timestamptz
),
recorded AS MATERIALIZED (
  SELECT a.*, u.transaction_id IS NOT NULL AS was_unknown
  FROM (
    SELECT recorded_at, processor_id, epoch, transaction_id, stage, payment_method, country, bin, credential_hash, decline_class,
      result, fault, decline_code, greatest(amount_minor, 0) AS amount_minor, currency,
      CASE WHEN latency_ms >= 0 AND latency_ms < 'infinity'::double precision THEN least(latency_ms, 600000) END AS latency_ms
    FROM attempts
    WHERE ${stretch}
      AND stage IN ('unknown', 'final') AND event_at > recorded_at - interval '1 hour'
  ) AS a FULL JOIN unknown u USING (processor_id, epoch, transaction_id)
),
told AS MATERIALIZED (
  SELECT ${columns}, result, fault, decline_code, amount_minor, currency, latency_ms,
    CASE
      WHEN result = 'approved' THEN 'approved'
      WHEN result IN ('error', 'timeout') AND fault NOT IN ('issuer', 'user') THEN 'failed'
      WHEN result = 'declined' AND fault IN ('processor', 'merchant_config') THEN 'failed'
      ELSE 'declined'
    END AS outcome
  FROM recorded WHERE stage = 'unknown' OR stage = 'final' AND NOT was_unknown
)`;

/** Of one kind of codes and amounts in one scope and minute; the rest are one. */
const NAMES_MAX = 24;
const SEGMENTS_MAX = 150;

/** Rows of scope, minute, what is counted, its name, how many, and one figure more. Latencies in bins of 5%. */
export const MINUTES_QUERY = `WITH ${told(
  `floor(extract(epoch FROM recorded_at) / 60)::integer AS minute, processor_id,
    payment_method || '|' || country AS segment, left(bin, 6) AS bin, credential_hash, decline_class`,
  'recorded_at >= $1::timestamptz AND recorded_at < $2::timestamptz',
)},
busy AS (SELECT segment FROM told GROUP BY segment ORDER BY count(*) DESC, segment LIMIT ${SEGMENTS_MAX}),
busy_routes AS (SELECT processor_id, segment FROM told GROUP BY 1, 2 ORDER BY count(*) DESC, 1, 2 LIMIT ${SEGMENTS_MAX}),
scoped AS MATERIALIZED (
  SELECT of.scope, told.* FROM told CROSS JOIN LATERAL (VALUES ('*', true), ('processor:' || processor_id, true),
    ('segment:' || segment, segment IN (SELECT segment FROM busy)),
    ('route:' || processor_id || '|' || segment, (processor_id, segment) IN (SELECT processor_id, segment FROM busy_routes))) AS of (scope, is_told)
  WHERE of.is_told
),
named AS (
  SELECT scope, minute, outcome AS what, left(coalesce(decline_code, result), 64) AS name, count(*) AS count
  FROM scoped WHERE outcome <> 'approved' GROUP BY 1, 2, 3, 4
  UNION ALL
  SELECT scope, minute, 'amount', round(2 * ln(1 + least(amount_minor, 1000000000000000)::double precision) / ln(2::double precision))::text, count(*) FROM scoped GROUP BY 1, 2, 4
  UNION ALL
  SELECT scope, minute, 'currency', currency, count(*) FROM scoped GROUP BY 1, 2, 4
),
placed AS (SELECT *, row_number() OVER (PARTITION BY scope, minute, what ORDER BY count DESC, name) <= ${NAMES_MAX} AS is_told FROM named)
SELECT scope, minute, what, CASE WHEN is_told THEN name ELSE 'other' END AS name, sum(count)::double precision AS count, 0::double precision AS more
FROM placed GROUP BY 1, 2, 3, 4
UNION ALL
SELECT scope, minute, 'attempts', outcome, count(*), count(*) FILTER (WHERE outcome = 'declined' AND decline_class = 'fix_data') FROM scoped GROUP BY 1, 2, 4
UNION ALL
SELECT scope, minute, 'minor', currency, count(*), sum(amount_minor)::double precision FROM scoped GROUP BY 1, 2, 4
UNION ALL
SELECT scope, minute, 'latency', ceil(ln(greatest(latency_ms, 0.1)) / ln(1.05))::text, count(*), sum(latency_ms)
FROM scoped WHERE latency_ms IS NOT NULL GROUP BY 1, 2, 4
UNION ALL
SELECT scope, minute, 'credentials', '', count(*), max(count) FROM (
  SELECT scope, minute, credential_hash, count(*) AS count FROM scoped WHERE credential_hash IS NOT NULL GROUP BY 1, 2, 3
) AS credentials GROUP BY 1, 2
UNION ALL
SELECT scope, minute, 'bins', '', count(*), max(count) FROM (
  SELECT scope, minute, bin, count(*) AS count FROM scoped WHERE bin IS NOT NULL GROUP BY 1, 2, 3
) AS bins GROUP BY 1, 2`;

const GROUPS_MAX = 60_000;

/** $3, $4: the end of the usual stretch, and the beginning of the other; $5: the currency that amounts are summed in. */
export const CAUSES_QUERY = `WITH ${told(
  `recorded_at >= $4::timestamptz AS is_during, recorded_at, processor_id, payment_method, country,
    coalesce(left(bin, 6), 'unknown') AS bin`,
  '(recorded_at >= $1::timestamptz AND recorded_at < $3::timestamptz OR recorded_at >= $4::timestamptz AND recorded_at < $2::timestamptz)',
)},
slow AS MATERIALIZED (
  SELECT percentile_disc(0.9) WITHIN GROUP (ORDER BY latency_ms) AS above FROM told WHERE recorded_at < $3::timestamptz AND latency_ms IS NOT NULL
)
SELECT is_during, processor_id, payment_method, country, bin, result, fault, outcome, left(coalesce(decline_code, ''), 64) AS code,
  count(*)::double precision AS count,
  coalesce(sum(amount_minor) FILTER (WHERE currency = $5), 0)::double precision AS minor,
  count(latency_ms)::double precision AS answered,
  (count(*) FILTER (WHERE latency_ms > above))::double precision AS slow
FROM told CROSS JOIN slow
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9 ORDER BY count(*) DESC LIMIT ${GROUPS_MAX}`;
