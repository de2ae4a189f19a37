-- The tables of the history: what was decided, what became of it, and what Signalbox did about it. What each column means stands in src/db/schema.ts.
-- The driver sends one statement at a time: the lines that are nothing but a breakpoint set them apart.
CREATE TABLE attempts (
  recorded_at timestamptz(3) NOT NULL,
  processor_id text NOT NULL,
  epoch bigint NOT NULL,
  transaction_id text NOT NULL,
  stage text NOT NULL,
  result text NOT NULL,
  fault text NOT NULL,
  payment_method text NOT NULL,
  country text NOT NULL,
  decline_code text,
  amount_minor bigint NOT NULL,
  currency text NOT NULL,
  event_at timestamptz(3) NOT NULL,
  has_own_event_time boolean NOT NULL,
  latency_ms double precision,
  fee_minor double precision,
  attempt integer NOT NULL,
  teaches_approval boolean NOT NULL,
  decision_nonce text,
  decided_at timestamptz(3),
  propensity double precision,
  arm smallint,
  is_off_recommendation boolean,
  had_permit boolean,
  PRIMARY KEY (recorded_at, processor_id, epoch, transaction_id, stage)
) PARTITION BY RANGE (recorded_at);
--> statement-breakpoint
CREATE TABLE decisions (
  decided_at timestamptz(3) NOT NULL,
  nonce text NOT NULL,
  table_version bigint NOT NULL,
  payment_method text NOT NULL,
  country text NOT NULL,
  amount_minor bigint,
  currency text,
  processor_id text NOT NULL,
  propensity double precision NOT NULL,
  arm smallint NOT NULL,
  experiment_id text,
  strategy text NOT NULL,
  probabilities jsonb NOT NULL,
  source text NOT NULL,
  table_age_ms integer NOT NULL,
  sample_rate double precision NOT NULL,
  PRIMARY KEY (decided_at, nonce)
) PARTITION BY RANGE (decided_at);
--> statement-breakpoint
CREATE TABLE breaker_changes (
  changed_at timestamptz(3) NOT NULL,
  processor_id text NOT NULL,
  epoch bigint NOT NULL,
  scope text NOT NULL,
  from_state text NOT NULL,
  to_state text NOT NULL,
  reason text NOT NULL,
  PRIMARY KEY (changed_at, processor_id, epoch, scope, from_state, to_state)
);
--> statement-breakpoint
CREATE TABLE status_changes (
  changed_at timestamptz(3) NOT NULL,
  processor_id text NOT NULL,
  epoch bigint NOT NULL,
  scope text NOT NULL,
  from_status text NOT NULL,
  to_status text NOT NULL,
  reason text NOT NULL,
  PRIMARY KEY (changed_at, processor_id, epoch, scope, from_status, to_status)
);
--> statement-breakpoint
CREATE TABLE alerts (
  id text PRIMARY KEY,
  kind text NOT NULL,
  processor_id text NOT NULL,
  scope text NOT NULL,
  subject text,
  from_status text NOT NULL,
  to_status text NOT NULL,
  opened_at timestamptz(3) NOT NULL,
  updated_at timestamptz(3) NOT NULL,
  closed_at timestamptz(3),
  reason text NOT NULL,
  evidence jsonb NOT NULL,
  risk_minor_per_hour bigint,
  risk_currency text
);
--> statement-breakpoint
CREATE TABLE anomalies (
  id text PRIMARY KEY,
  metric text NOT NULL,
  processor_id text NOT NULL,
  scope text NOT NULL,
  severity text NOT NULL,
  score double precision NOT NULL,
  expected double precision,
  observed double precision,
  opened_at timestamptz(3) NOT NULL,
  updated_at timestamptz(3) NOT NULL,
  closed_at timestamptz(3),
  evidence jsonb NOT NULL,
  cause jsonb,
  risk_minor_per_hour bigint,
  risk_currency text
);
--> statement-breakpoint
CREATE TABLE incident_feedback (
  incident_id text NOT NULL,
  given_at timestamptz(3) NOT NULL,
  verdict text NOT NULL,
  key_id text NOT NULL,
  note text,
  PRIMARY KEY (incident_id, given_at)
);
--> statement-breakpoint
CREATE TABLE predictions (
  id text PRIMARY KEY,
  kind text NOT NULL,
  processor_id text NOT NULL,
  scope text NOT NULL,
  made_at timestamptz(3) NOT NULL,
  probability double precision NOT NULL,
  window_from timestamptz(3) NOT NULL,
  window_to timestamptz(3) NOT NULL,
  evidence jsonb NOT NULL,
  recommended_action text NOT NULL,
  outcome text,
  judged_at timestamptz(3)
);
--> statement-breakpoint
CREATE TABLE healing_actions (
  id text PRIMARY KEY,
  action text NOT NULL,
  processor_id text NOT NULL,
  scope text NOT NULL,
  mode text NOT NULL,
  reason text NOT NULL,
  evidence jsonb NOT NULL,
  first_symptom_at timestamptz(3) NOT NULL,
  planned_at timestamptz(3) NOT NULL,
  acted_at timestamptz(3),
  verified_at timestamptz(3),
  outcome text,
  undo jsonb,
  undone_at timestamptz(3)
);
--> statement-breakpoint
CREATE TABLE tunings (
  id text PRIMARY KEY,
  processor_id text NOT NULL,
  setting text NOT NULL,
  value_before double precision NOT NULL,
  value_after double precision NOT NULL,
  state text NOT NULL,
  reason text NOT NULL,
  evidence jsonb NOT NULL,
  started_at timestamptz(3) NOT NULL,
  ended_at timestamptz(3)
);
--> statement-breakpoint
CREATE TABLE scaling_events (
  id text PRIMARY KEY,
  target text NOT NULL,
  direction text NOT NULL,
  instances_before integer NOT NULL,
  instances_after integer NOT NULL,
  reason text NOT NULL,
  evidence jsonb NOT NULL,
  happened_at timestamptz(3) NOT NULL
);
--> statement-breakpoint
CREATE TABLE model_versions (
  version bigint PRIMARY KEY,
  trained_at timestamptz(3) NOT NULL,
  trained_from timestamptz(3) NOT NULL,
  trained_to timestamptz(3) NOT NULL,
  judged_to timestamptz(3) NOT NULL,
  trained_attempts bigint NOT NULL,
  judged_attempts bigint NOT NULL,
  model jsonb NOT NULL,
  value_estimate double precision,
  value_low double precision,
  value_high double precision,
  state text NOT NULL,
  decided_at timestamptz(3),
  reason text NOT NULL
);
--> statement-breakpoint
CREATE TABLE audit (
  id bigint PRIMARY KEY,
  happened_at timestamptz(3) NOT NULL,
  key_id text NOT NULL,
  request_id text NOT NULL,
  action text NOT NULL,
  subject text NOT NULL,
  version bigint NOT NULL,
  before text,
  after text
);
--> statement-breakpoint
-- Attached and not made in place: whoever writes meanwhile is not kept waiting. The lock lets two who find the same day missing make it once.
CREATE FUNCTION history_make_partitions(first_day date, days integer) RETURNS integer
LANGUAGE plpgsql
SET timezone = 'UTC'
AS $$
DECLARE
  parent text;
  day date;
  part text;
  made integer := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('signalbox_history_partitions'));
  FOREACH parent IN ARRAY ARRAY['attempts', 'decisions'] LOOP
    FOR ahead IN 0 .. days - 1 LOOP
      day := first_day + ahead;
      part := parent || '_' || to_char(day, 'YYYYMMDD');
      CONTINUE WHEN to_regclass(part) IS NOT NULL;
      EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', part, parent);
      EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', parent, part, day::timestamptz, (day + 1)::timestamptz);
      made := made + 1;
    END LOOP;
  END LOOP;
  RETURN made;
END
$$;
--> statement-breakpoint
-- Whole days before this one. It gives up after two seconds rather than stand in the way of those who write: it is asked again.
CREATE FUNCTION history_drop_partitions(before date) RETURNS text[]
LANGUAGE plpgsql
SET timezone = 'UTC'
SET lock_timeout = '2s'
AS $$
DECLARE
  part text;
  dropped text[] := '{}';
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('signalbox_history_partitions'));
  FOR part IN
    SELECT child.relname
    FROM pg_inherits
    JOIN pg_class child ON child.oid = inhrelid
    WHERE inhparent IN ('attempts'::regclass, 'decisions'::regclass)
      AND child.relname ~ '_[0-9]{8}$'
      AND to_date(right(child.relname, 8), 'YYYYMMDD') < before
    ORDER BY child.relname
  LOOP
    EXECUTE format('DROP TABLE %I', part);
    dropped := dropped || part;
  END LOOP;
  RETURN dropped;
END
$$;
