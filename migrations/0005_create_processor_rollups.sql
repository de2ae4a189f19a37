-- What forecasts and predictions look back on: each processor by the minute (two days) and by the hour (ten weeks), counted from attempts by the job `foretell-trouble`.
-- What each column means stands in src/db/schema.ts.
CREATE TABLE processor_minutes (
  minute integer NOT NULL,
  processor_id text NOT NULL,
  attempts integer NOT NULL,
  failures integer NOT NULL,
  timeouts integer NOT NULL,
  latency_p50_ms double precision,
  latency_p95_ms double precision,
  breaker_transitions integer NOT NULL,
  PRIMARY KEY (minute, processor_id)
);
--> statement-breakpoint
CREATE TABLE processor_hours (
  processor_id text NOT NULL,
  hour integer NOT NULL,
  attempts integer NOT NULL,
  approved integer NOT NULL,
  latency_p50_ms double precision,
  latency_p95_ms double precision,
  PRIMARY KEY (processor_id, hour)
);
