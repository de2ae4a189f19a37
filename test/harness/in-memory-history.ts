// The history port in memory: keeps rows by their key, and is away, refuses or is cut off when a test says so.
import { stageOf } from '../../src/domain/results/ledger.ts';
import type { AttemptRow, BreakerChangeRow } from '../../src/domain/history/history-rows.ts';
import type { KeptRows, KeptTable } from '../../src/domain/history/kept-rows.ts';
import type { HistoryFault, HistoryPort, HistoryReply } from '../../src/ports/history-port.ts';

export class InMemoryHistory implements HistoryPort {
  readonly attempts = new Map<string, AttemptRow>();
  readonly breakerChanges = new Map<string, BreakerChangeRow>();
  /** Sizes of the requests, whatever became of them. */
  readonly asked: number[] = [];
  /** Answers of the next requests; `cut`: it writes, and then its answer is lost. */
  readonly coming: (HistoryFault | 'cut' | null)[] = [];
  /** Transactions that it cannot hold. */
  readonly unwritable = new Set<string>();

  async writeAttempts(rows: readonly AttemptRow[]): Promise<HistoryReply<number>> {
    return this.#write(rows, this.attempts, ({ recordedAtMs, epoch, result }) =>
      JSON.stringify([recordedAtMs, result.processorId, epoch, result.transactionId, stageOf(result.result)]),
    );
  }

  async writeBreakerChanges(rows: readonly BreakerChangeRow[]): Promise<HistoryReply<number>> {
    return this.#write(rows, this.breakerChanges, (row) => JSON.stringify(row));
  }

  /** By the last word of each thing, or whole rows where nothing has an id. */
  readonly kept = new Map<string, { readonly table: KeptTable; readonly row: KeptRows[KeptTable] }>();

  async keep<Table extends KeptTable>(table: Table, rows: readonly KeptRows[Table][]): Promise<HistoryReply<number>> {
    if (rows.length === 0) return { ok: true, value: 0 };
    this.asked.push(rows.length);
    const coming = this.coming.shift() ?? null;
    if (coming !== null && coming !== 'cut') return { ok: false, fault: coming };
    if (rows.some((row) => 'id' in row && this.unwritable.has(String(row.id))))
      return { ok: false, fault: { reason: 'refused', code: '22P05' } };
    for (const row of rows)
      this.kept.set(`${table} ${'id' in row ? String(row.id) : JSON.stringify(row)}`, { table, row });
    return coming === 'cut' ? { ok: false, fault: { reason: 'unreachable' } } : { ok: true, value: rows.length };
  }

  rowsOf<Table extends KeptTable>(table: Table): readonly KeptRows[Table][] {
    return [...this.kept.values()].flatMap((held) => (held.table === table ? [held.row as KeptRows[Table]] : []));
  }

  async #write<Row extends AttemptRow | BreakerChangeRow>(
    rows: readonly Row[],
    into: Map<string, Row>,
    keyOf: (row: Row) => string,
  ): Promise<HistoryReply<number>> {
    if (rows.length === 0) return { ok: true, value: 0 };
    this.asked.push(rows.length);
    const coming = this.coming.shift() ?? null;
    if (coming !== null && coming !== 'cut') return { ok: false, fault: coming };
    const isBad = rows.some((row) => 'result' in row && this.unwritable.has(row.result.transactionId));
    if (isBad) return { ok: false, fault: { reason: 'refused', code: '22P05' } };
    const before = into.size;
    for (const row of rows) if (!into.has(keyOf(row))) into.set(keyOf(row), row);
    return coming === 'cut' ? { ok: false, fault: { reason: 'unreachable' } } : { ok: true, value: into.size - before };
  }
}
