// What an isolate needs of its region's routing board.
import type { DecisionCount, TableCursor, TableDelta } from '../domain/routing/table-exchange.ts';

export type { DecisionCount, RegistryUpdate, TableCursor, TableDelta } from '../domain/routing/table-exchange.ts';

export interface BoardPort {
  /** Throws when the board cannot be reached; the caller decides from what it has. */
  refill(cursor: TableCursor | null, decisions: readonly DecisionCount[]): Promise<TableDelta>;
}
