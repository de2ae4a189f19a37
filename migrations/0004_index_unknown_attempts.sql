-- Who counts attempts passes over the end of one that was counted when its outcome was unknown: those are few, and found by this.
CREATE INDEX attempts_unknown ON attempts (recorded_at, processor_id, epoch, transaction_id) WHERE stage = 'unknown';
