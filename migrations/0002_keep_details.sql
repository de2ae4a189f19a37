-- What history keeps of an attempt beside its result. Rows from before have none of it.
ALTER TABLE attempts
  ADD COLUMN payment_id text,
  ADD COLUMN bin text,
  ADD COLUMN issuer_country text,
  ADD COLUMN initiator text,
  ADD COLUMN three_ds boolean,
  ADD COLUMN network text,
  ADD COLUMN credential_hash text,
  ADD COLUMN customer_hash text,
  ADD COLUMN decline_class text;
--> statement-breakpoint
ALTER TABLE decisions
  ADD COLUMN is_deterministic boolean NOT NULL DEFAULT false,
  ADD COLUMN actual_processor_id text;
--> statement-breakpoint
ALTER TABLE alerts
  ADD COLUMN acknowledged_by text,
  ADD COLUMN acknowledged_at timestamptz(3);
--> statement-breakpoint
-- For results that come after the horizon: whether history has them already is looked up by it.
CREATE INDEX attempts_transaction ON attempts (transaction_id);
--> statement-breakpoint
-- Where partitions stand that are no longer asked and not yet thrown away.
CREATE SCHEMA archive;
--> statement-breakpoint
-- As history_drop_partitions, but the days are put aside under their own names: whoever keeps the archive copies them elsewhere and drops them.
CREATE FUNCTION history_archive_partitions(before date) RETURNS text[]
LANGUAGE plpgsql
SET timezone = 'UTC'
SET lock_timeout = '2s'
AS $$
DECLARE
  parent text;
  part text;
  key text;
  aside text;
  archived text[] := '{}';
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('signalbox_history_partitions'));
  FOR parent, part IN
    SELECT owner.relname, child.relname
    FROM pg_inherits
    JOIN pg_class child ON child.oid = inhrelid
    JOIN pg_class owner ON owner.oid = inhparent
    WHERE inhparent IN ('attempts'::regclass, 'decisions'::regclass)
      AND child.relname ~ '_[0-9]{8}$'
      AND to_date(right(child.relname, 8), 'YYYYMMDD') < before
    ORDER BY child.relname
  LOOP
    aside := part;
    -- A day that was put aside and then written to again.
    WHILE to_regclass(format('archive.%I', aside)) IS NOT NULL LOOP
      aside := aside || '_more';
    END LOOP;
    EXECUTE format('ALTER TABLE %I DETACH PARTITION %I', parent, part);
    IF aside <> part THEN
      FOR key IN SELECT relname FROM pg_index JOIN pg_class ON oid = indexrelid WHERE indrelid = part::regclass LOOP
        EXECUTE format('ALTER INDEX %I RENAME TO %I', key, replace(key, part, aside));
      END LOOP;
      EXECUTE format('ALTER TABLE %I RENAME TO %I', part, aside);
    END IF;
    EXECUTE format('ALTER TABLE %I SET SCHEMA archive', aside);
    archived := archived || aside;
  END LOOP;
  RETURN archived;
END
$$;
