-- What foretelling a breaker needs beyond how often it changed, and the queue that the job `scaling` measured each minute.
-- What each column means stands in src/db/schema.ts.
ALTER TABLE processor_minutes
  ADD COLUMN breaker_openings integer DEFAULT 0 NOT NULL,
  ADD COLUMN breaker_closings integer DEFAULT 0 NOT NULL,
  ADD COLUMN queue_depth_max integer DEFAULT 0 NOT NULL;
