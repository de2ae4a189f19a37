// The day of a moment as partitions are named by it.

/** `YYYY-MM-DD`, UTC. */
export const dayOf = (atMs: number): string => new Date(atMs).toISOString().slice(0, 10);
