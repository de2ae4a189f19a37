// How often a processor's object writes: the figures that its bill, and how long a start takes, rest on.

/** Results wait at most this long for others to share their row: at most 50 rows a second. */
export const GROUP_COMMIT_MS = 20;
/** So many calls wait no longer: more rows than that come only of 2,400 calls a second and more, of which each then costs a 48th of one. */
export const CALLS_PER_COMMIT = 48;

/** Replaying this much at a start takes well under a second. */
export const CHECKPOINT_EVERY = { commits: 256, results: 50_000 };

/** More slots than commits between two checkpoints, so that no slot is overwritten before its command is in a checkpoint. */
export const JOURNAL_SLOTS = 512;
