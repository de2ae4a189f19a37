// The history port over Neon's HTTP driver: one request a call, bounded in time, every fault a value.
import { askNeon, type NeonAnswer, type NeonOptions, type NeonRow } from './neon-query.ts';
import { attemptColumns, breakerChangeColumns } from './history-columns.ts';
import { attempts, breakerChanges } from './schema.ts';
import { KEPT_STATEMENTS } from './kept-tables.ts';
import { dayOf } from './utc-day.ts';
import { insertStatement, type InsertStatement } from './insert-statement.ts';
import type { AttemptRow, BreakerChangeRow } from '../domain/history/history-rows.ts';
import type { KeptRows, KeptTable } from '../domain/history/kept-rows.ts';
import type { HistoryFault, HistoryKeeperPort, HistoryPort, HistoryReply } from '../ports/history-port.ts';

/** A partition is made for the day that lacks one and this many after it, so that midnight finds its own. */
const DAYS_AHEAD = 2;
const CHECK_VIOLATION = '23514';
const INSERT_ATTEMPTS = insertStatement(attempts);
const INSERT_BREAKER_CHANGES = insertStatement(breakerChanges);

export function createNeonHistory(options: NeonOptions): HistoryPort & HistoryKeeperPort {
  return new NeonHistory(options);
}

class NeonHistory implements HistoryPort, HistoryKeeperPort {
  readonly #options: NeonOptions;

  constructor(options: NeonOptions) {
    this.#options = options;
  }

  async writeAttempts(rows: readonly AttemptRow[]): Promise<HistoryReply<number>> {
    if (rows.length === 0) return { ok: true, value: 0 };
    const momentsMs = rows.map(({ recordedAtMs }) => recordedAtMs);
    return await this.#insertParted(INSERT_ATTEMPTS, rows.map(attemptColumns), momentsMs);
  }

  async writeBreakerChanges(rows: readonly BreakerChangeRow[]): Promise<HistoryReply<number>> {
    if (rows.length === 0) return { ok: true, value: 0 };
    return await this.#insert(INSERT_BREAKER_CHANGES, rows.map(breakerChangeColumns));
  }

  async keep<Table extends KeptTable>(table: Table, given: readonly KeptRows[Table][]): Promise<HistoryReply<number>> {
    const { lastWords, columnsOf, partedBy, ...statement } = KEPT_STATEMENTS[table];
    const rows = lastWords(given as unknown as readonly NeonRow[]);
    if (rows.length === 0) return { ok: true, value: 0 };
    const values = rows.map(columnsOf);
    return partedBy === null
      ? await this.#insert(statement, values)
      : await this.#insertParted(statement, values, rows.map(partedBy));
  }

  async clock(): Promise<HistoryReply<number>> {
    const read = await this.#ask('SELECT extract(epoch FROM now()) * 1000 AS ms', []);
    return read.ok ? { ok: true, value: Number(read.value.rows[0]?.['ms']) } : read;
  }

  async makePartitions(fromMs: number, days: number): Promise<HistoryReply<number>> {
    const made = await this.#ask('SELECT history_make_partitions($1, $2) AS made', [dayOf(fromMs), days]);
    return made.ok ? { ok: true, value: Number(made.value.rows[0]?.['made']) } : made;
  }

  async dropPartitionsBefore(beforeMs: number): Promise<HistoryReply<readonly string[]>> {
    const dropped = await this.#ask('SELECT history_drop_partitions($1) AS dropped', [dayOf(beforeMs)]);
    return dropped.ok ? { ok: true, value: dropped.value.rows[0]?.['dropped'] as string[] } : dropped;
  }

  async archivePartitionsBefore(beforeMs: number): Promise<HistoryReply<readonly string[]>> {
    const archived = await this.#ask('SELECT history_archive_partitions($1) AS archived', [dayOf(beforeMs)]);
    return archived.ok ? { ok: true, value: archived.value.rows[0]?.['archived'] as string[] } : archived;
  }

  async #insertParted(
    statement: InsertStatement,
    values: readonly NeonRow[],
    momentsMs: readonly number[],
  ): Promise<HistoryReply<number>> {
    const written = await this.#insert(statement, values);
    if (written.ok || !lacksPartition(written.fault)) return written;
    for (const day of new Set(momentsMs.map(dayOf))) {
      const made = await this.makePartitions(Date.parse(day), 1 + DAYS_AHEAD);
      if (!made.ok) return made;
    }
    return await this.#insert(statement, values);
  }

  async #insert({ text, parameters }: InsertStatement, rows: readonly NeonRow[]): Promise<HistoryReply<number>> {
    const inserted = await this.#ask(text, parameters(rows));
    return inserted.ok ? { ok: true, value: inserted.value.rowCount } : inserted;
  }

  async #ask(text: string, parameters: readonly unknown[]): Promise<HistoryReply<NeonAnswer>> {
    return await askNeon(this.#options, text, parameters);
  }
}

/** The partition key is the only thing that these tables check. */
const lacksPartition = (fault: HistoryFault): boolean => fault.reason === 'refused' && fault.code === CHECK_VIOLATION;
