// What the metrics tell of the copies that boards write to the replica.

/** Of one board, over all its lives. */
export interface CopyStanding {
  /** When the store last took a copy; `null`: never. */
  readonly takenAtMs: number | null;
  readonly failures: number;
}

export interface CopyPort {
  /** By region; without those that have no replica or are out of reach. */
  standings(): Promise<readonly (CopyStanding & { readonly region: string })[]>;
}
