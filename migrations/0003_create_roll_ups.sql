-- What analytics reads: attempts counted by hour and by day, what was rolled up already, and the sums by which other routing policies are judged.
-- What each column means stands in src/db/schema.ts.
CREATE TABLE roll_up_marks (
  recorded_hour timestamptz(3) NOT NULL,
  processor_id text NOT NULL,
  marks bigint NOT NULL,
  rolled_marks bigint NOT NULL,
  rolled_rows bigint NOT NULL,
  rolled_at timestamptz(3),
  PRIMARY KEY (recorded_hour, processor_id)
);
--> statement-breakpoint
CREATE INDEX roll_up_marks_open ON roll_up_marks (recorded_hour) WHERE marks > rolled_marks;
--> statement-breakpoint
CREATE TABLE attempt_parts (
  event_hour timestamptz(3) NOT NULL,
  processor_id text NOT NULL,
  payment_method text NOT NULL,
  country text NOT NULL,
  currency text NOT NULL,
  result text NOT NULL,
  decline_class text NOT NULL,
  recorded_hour timestamptz(3) NOT NULL,
  attempts bigint NOT NULL,
  retries bigint NOT NULL,
  recommended bigint NOT NULL,
  off_recommendation bigint NOT NULL,
  amount_minor numeric NOT NULL,
  fee_minor double precision NOT NULL,
  latency_ms double precision NOT NULL,
  latencies bigint NOT NULL,
  PRIMARY KEY (event_hour, processor_id, payment_method, country, currency, result, decline_class, recorded_hour)
);
--> statement-breakpoint
CREATE INDEX attempt_parts_recorded ON attempt_parts (recorded_hour, processor_id);
--> statement-breakpoint
CREATE TABLE attempt_hours (
  event_hour timestamptz(3) NOT NULL,
  processor_id text NOT NULL,
  payment_method text NOT NULL,
  country text NOT NULL,
  currency text NOT NULL,
  decline_class text NOT NULL,
  approved bigint NOT NULL,
  declined bigint NOT NULL,
  error bigint NOT NULL,
  timeout bigint NOT NULL,
  refunded bigint NOT NULL,
  disputed bigint NOT NULL,
  retries bigint NOT NULL,
  recommended bigint NOT NULL,
  off_recommendation bigint NOT NULL,
  attempted_minor double precision NOT NULL,
  approved_minor double precision NOT NULL,
  refunded_minor double precision NOT NULL,
  disputed_minor double precision NOT NULL,
  fee_minor double precision NOT NULL,
  latency_ms double precision NOT NULL,
  latencies bigint NOT NULL,
  PRIMARY KEY (decline_class, event_hour, processor_id, payment_method, country, currency)
);
--> statement-breakpoint
CREATE TABLE attempt_days (
  event_day timestamptz(3) NOT NULL,
  processor_id text NOT NULL,
  payment_method text NOT NULL,
  country text NOT NULL,
  currency text NOT NULL,
  decline_class text NOT NULL,
  approved bigint NOT NULL,
  declined bigint NOT NULL,
  error bigint NOT NULL,
  timeout bigint NOT NULL,
  refunded bigint NOT NULL,
  disputed bigint NOT NULL,
  retries bigint NOT NULL,
  recommended bigint NOT NULL,
  off_recommendation bigint NOT NULL,
  attempted_minor double precision NOT NULL,
  approved_minor double precision NOT NULL,
  refunded_minor double precision NOT NULL,
  disputed_minor double precision NOT NULL,
  fee_minor double precision NOT NULL,
  latency_ms double precision NOT NULL,
  latencies bigint NOT NULL,
  PRIMARY KEY (decline_class, event_day, processor_id, payment_method, country, currency)
);
--> statement-breakpoint
CREATE TABLE policy_hours (
  decided_hour timestamptz(3) NOT NULL,
  traffic text NOT NULL,
  policy text NOT NULL,
  measure text NOT NULL,
  payment_method text NOT NULL,
  country text NOT NULL,
  strategy text NOT NULL,
  currency text NOT NULL,
  payments double precision NOT NULL,
  samples double precision NOT NULL,
  w double precision NOT NULL,
  ww double precision NOT NULL,
  r double precision NOT NULL,
  rr double precision NOT NULL,
  wr double precision NOT NULL,
  wrr double precision NOT NULL,
  wwr double precision NOT NULL,
  wwrr double precision NOT NULL,
  v double precision NOT NULL,
  vv double precision NOT NULL,
  vr double precision NOT NULL,
  PRIMARY KEY (decided_hour, traffic, policy, measure, payment_method, country, strategy, currency)
);
--> statement-breakpoint
CREATE TABLE decision_hours (
  decided_hour timestamptz(3) NOT NULL,
  traffic text NOT NULL,
  payment_method text NOT NULL,
  country text NOT NULL,
  strategy text NOT NULL,
  decisions bigint NOT NULL,
  judged bigint NOT NULL,
  approved bigint NOT NULL,
  awaiting bigint NOT NULL,
  off_recommendation bigint NOT NULL,
  undrawn bigint NOT NULL,
  out_of_reach bigint NOT NULL,
  PRIMARY KEY (decided_hour, traffic, payment_method, country, strategy)
);
--> statement-breakpoint
CREATE TABLE judged_hours (
  decided_hour timestamptz(3) PRIMARY KEY,
  judged_at timestamptz(3) NOT NULL
);
--> statement-breakpoint
-- A result finds the hour of its decision, however late it came.
CREATE INDEX attempts_decided ON attempts (decided_at) WHERE decided_at IS NOT NULL;
--> statement-breakpoint
-- Rows may arrive long after they were recorded: each insert says which hours have to be counted again. In one order, so that no two wait for each other.
CREATE FUNCTION history_mark_hours() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  INSERT INTO roll_up_marks AS kept (recorded_hour, processor_id, marks, rolled_marks, rolled_rows)
  SELECT date_trunc('hour', recorded_at, 'UTC'), processor_id, 1, 0, 0
  FROM written
  GROUP BY 1, 2
  ORDER BY 1, 2
  ON CONFLICT (recorded_hour, processor_id) DO UPDATE SET marks = kept.marks + 1;
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER attempts_mark_hours
AFTER INSERT ON attempts
REFERENCING NEW TABLE AS written
FOR EACH STATEMENT EXECUTE FUNCTION history_mark_hours();
--> statement-breakpoint
INSERT INTO roll_up_marks (recorded_hour, processor_id, marks, rolled_marks, rolled_rows)
SELECT date_trunc('hour', recorded_at, 'UTC'), processor_id, 1, 0, 0
FROM attempts
GROUP BY 1, 2;
--> statement-breakpoint
-- Counts anew what was recorded in one hour, for the processors that have more of it than was counted. Marks are read before rows: what is written
-- meanwhile leaves a mark that is still open. Rows that are fewer than were counted have been dropped with their day: their counts stay.
CREATE FUNCTION history_roll_up(of_hour timestamptz, at timestamptz) RETURNS bigint
LANGUAGE plpgsql
SET timezone = 'UTC'
AS $$
DECLARE
  due jsonb;
  found jsonb;
  redone text[];
  hours timestamptz[];
  days timestamptz[];
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('signalbox_history_roll_up'));
  SELECT jsonb_object_agg(processor_id, marks) INTO due
  FROM roll_up_marks WHERE recorded_hour = of_hour AND marks > rolled_marks;
  IF due IS NULL THEN RETURN 0; END IF;
  SELECT coalesce(jsonb_object_agg(processor_id, rows_found), '{}') INTO found
  FROM (
    SELECT processor_id, count(*) AS rows_found
    FROM attempts
    WHERE recorded_at >= of_hour AND recorded_at < of_hour + interval '1 hour' AND due ? processor_id
    GROUP BY processor_id
  ) AS counted;
  SELECT coalesce(array_agg(processor_id), '{}') INTO redone
  FROM roll_up_marks
  WHERE recorded_hour = of_hour AND due ? processor_id AND (found ->> processor_id)::bigint >= rolled_rows;

  WITH gone AS (
    DELETE FROM attempt_parts WHERE recorded_hour = of_hour AND processor_id = ANY (redone) RETURNING event_hour
  )
  SELECT array_agg(DISTINCT event_hour) INTO hours FROM gone;

  -- A timeout that its final has settled since is taken back where it was counted.
  WITH finals AS MATERIALIZED (
    SELECT processor_id, epoch, transaction_id
    FROM attempts
    WHERE recorded_at >= of_hour AND recorded_at < of_hour + interval '1 hour' AND processor_id = ANY (redone) AND stage = 'final'
  ), told AS (
    SELECT 1 AS counts, a.*
    FROM attempts a
    WHERE a.recorded_at >= of_hour AND a.recorded_at < of_hour + interval '1 hour' AND a.processor_id = ANY (redone)
    UNION ALL
    SELECT -1, u.*
    FROM attempts u
    JOIN finals USING (processor_id, epoch, transaction_id)
    WHERE u.stage = 'unknown'
      AND u.recorded_at >= of_hour - interval '31 days' AND u.recorded_at < of_hour + interval '1 hour'
  ), made AS (
    INSERT INTO attempt_parts
    SELECT
      date_trunc('hour', event_at, 'UTC'), processor_id, payment_method, country, currency, result,
      CASE
        WHEN result IN ('declined', 'error') THEN coalesce(decline_class, 'unclassified')
        WHEN result = 'timeout' THEN coalesce(decline_class, 'unknown')
        ELSE 'none'
      END,
      of_hour,
      sum(counts),
      sum(counts * (attempt > 1)::int),
      sum(counts * (decision_nonce IS NOT NULL AND NOT is_off_recommendation)::int),
      sum(counts * (decision_nonce IS NOT NULL AND is_off_recommendation)::int),
      sum(counts * amount_minor::numeric),
      coalesce(sum(counts * fee_minor) FILTER (WHERE abs(fee_minor) <= 1e15), 0),
      coalesce(sum(counts * told.latency_ms) FILTER (WHERE told.latency_ms BETWEEN 0 AND 1e12), 0),
      coalesce(sum(counts) FILTER (WHERE told.latency_ms BETWEEN 0 AND 1e12), 0)
    FROM told
    GROUP BY 1, 2, 3, 4, 5, 6, 7
    RETURNING event_hour
  )
  SELECT array_agg(event_hour) INTO hours FROM (SELECT event_hour FROM made UNION SELECT unnest(hours)) AS touched;
  SELECT array_agg(DISTINCT date_trunc('day', hour, 'UTC')) INTO days FROM unnest(hours) AS hour;

  DELETE FROM attempt_hours WHERE event_hour = ANY (hours) AND processor_id = ANY (redone);
  INSERT INTO attempt_hours
  SELECT
    event_hour, processor_id, payment_method, country, currency,
    CASE WHEN grouping(decline_class) = 1 THEN '*' ELSE decline_class END,
    coalesce(sum(attempts) FILTER (WHERE result = 'approved'), 0),
    coalesce(sum(attempts) FILTER (WHERE result = 'declined'), 0),
    coalesce(sum(attempts) FILTER (WHERE result = 'error'), 0),
    coalesce(sum(attempts) FILTER (WHERE result = 'timeout'), 0),
    coalesce(sum(attempts) FILTER (WHERE result = 'refunded'), 0),
    coalesce(sum(attempts) FILTER (WHERE result = 'disputed'), 0),
    coalesce(sum(retries) FILTER (WHERE result NOT IN ('refunded', 'disputed')), 0),
    coalesce(sum(recommended) FILTER (WHERE result NOT IN ('refunded', 'disputed')), 0),
    coalesce(sum(off_recommendation) FILTER (WHERE result NOT IN ('refunded', 'disputed')), 0),
    coalesce(sum(amount_minor) FILTER (WHERE result NOT IN ('refunded', 'disputed')), 0),
    coalesce(sum(amount_minor) FILTER (WHERE result = 'approved'), 0),
    coalesce(sum(amount_minor) FILTER (WHERE result = 'refunded'), 0),
    coalesce(sum(amount_minor) FILTER (WHERE result = 'disputed'), 0),
    sum(fee_minor),
    coalesce(sum(latency_ms) FILTER (WHERE result NOT IN ('refunded', 'disputed')), 0),
    coalesce(sum(latencies) FILTER (WHERE result NOT IN ('refunded', 'disputed')), 0)
  FROM attempt_parts
  WHERE event_hour = ANY (hours) AND processor_id = ANY (redone)
  GROUP BY event_hour, processor_id, payment_method, country, currency, GROUPING SETS ((), (decline_class))
  HAVING grouping(decline_class) = 1 OR decline_class <> 'none';

  DELETE FROM attempt_days WHERE event_day = ANY (days) AND processor_id = ANY (redone);
  INSERT INTO attempt_days
  SELECT
    date_trunc('day', event_hour, 'UTC'), processor_id, payment_method, country, currency, decline_class,
    sum(approved), sum(declined), sum(error), sum(timeout), sum(refunded), sum(disputed),
    sum(retries), sum(recommended), sum(off_recommendation),
    sum(attempted_minor), sum(approved_minor), sum(refunded_minor), sum(disputed_minor), sum(fee_minor),
    sum(latency_ms), sum(latencies)
  FROM unnest(days) AS day
  JOIN attempt_hours ON event_hour >= day AND event_hour < day + interval '1 day'
  WHERE processor_id = ANY (redone)
  GROUP BY 1, 2, 3, 4, 5, 6;

  -- Last, for those who write wait from here on.
  UPDATE roll_up_marks AS kept
  SET rolled_marks = (due ->> processor_id)::bigint,
      rolled_rows = greatest(rolled_rows, coalesce((found ->> processor_id)::bigint, 0)),
      rolled_at = at
  WHERE recorded_hour = of_hour AND due ? processor_id;
  RETURN (SELECT coalesce(sum(value::bigint), 0) FROM jsonb_each_text(found) WHERE key = ANY (redone));
END
$$;
--> statement-breakpoint
-- What was found of the decisions of one hour, in place of what was found before.
CREATE FUNCTION history_keep_judgement(of_hour timestamptz, at timestamptz, policies jsonb, counts jsonb) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('signalbox_history_judgement'));
  DELETE FROM policy_hours WHERE decided_hour = of_hour;
  DELETE FROM decision_hours WHERE decided_hour = of_hour;
  INSERT INTO policy_hours SELECT * FROM jsonb_populate_recordset(NULL::policy_hours, policies);
  INSERT INTO decision_hours SELECT * FROM jsonb_populate_recordset(NULL::decision_hours, counts);
  INSERT INTO judged_hours VALUES (of_hour, at) ON CONFLICT (decided_hour) DO UPDATE SET judged_at = excluded.judged_at;
END
$$;
