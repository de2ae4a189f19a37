// How often a processor's object writes: the figures that its bill, and how long a start takes, rest on.

/** Results wait at most this long for others to share their row: at most 50 rows a second, however many callers. */
export const GROUP_COMMIT_MS = 20;

/** Replaying this much at a start takes well under a second. */
export const CHECKPOINT_EVERY = { commits: 256, results: 50_000 };

/** More slots than commits between two checkpoints, so that no slot is overwritten before its command is in a checkpoint. */
export const JOURNAL_SLOTS = 512;
