// What boards and isolates need of the copy of the routing table that lies outside of every object: the second refill.
import type { KnownTable } from '../domain/routing/known-table.ts';

export interface ReplicaPort {
  /** Joins it with the copy that is there: of two boards that write at once neither loses anything. Throws when that cannot be done in time. */
  publish(table: KnownTable): Promise<void>;
  /** `null`: there is none, or none that one of our boards wrote. Throws when the store does not answer in time. */
  read(): Promise<KnownTable | null>;
}
