// The history port over Neon's HTTP driver: one request a call, bounded in time, every fault a value.
import { neon, NeonDbError } from './neon-endpoint.ts';
import { attemptColumns, breakerChangeColumns } from './history-columns.ts';
import { attempts, breakerChanges } from './schema.ts';
import { dayOf } from './utc-day.ts';
import { insertStatement, type InsertStatement } from './insert-statement.ts';
import type { AttemptRow, BreakerChangeRow } from '../domain/history/history-rows.ts';
import type { HistoryFault, HistoryKeeperPort, HistoryPort, HistoryReply } from '../ports/history-port.ts';

export interface NeonHistoryOptions {
  readonly databaseUrl: string;
  /** Of one call. */
  readonly timeoutMs: number;
}

/** A partition is made for the day that lacks one and this many after it, so that midnight finds its own. */
const DAYS_AHEAD = 2;
const CHECK_VIOLATION = '23514';
const INSERT_ATTEMPTS = insertStatement(attempts);
const INSERT_BREAKER_CHANGES = insertStatement(breakerChanges);

export function createNeonHistory(options: NeonHistoryOptions): HistoryPort & HistoryKeeperPort {
  return new NeonHistory(options);
}

class NeonHistory implements HistoryPort, HistoryKeeperPort {
  readonly #options: NeonHistoryOptions;

  constructor(options: NeonHistoryOptions) {
    this.#options = options;
  }

  async writeAttempts(rows: readonly AttemptRow[]): Promise<HistoryReply<number>> {
    if (rows.length === 0) return { ok: true, value: 0 };
    const values = rows.map(attemptColumns);
    const written = await this.#insert(INSERT_ATTEMPTS, values);
    if (written.ok || !lacksPartition(written.fault)) return written;
    for (const day of new Set(rows.map(({ recordedAtMs }) => dayOf(recordedAtMs)))) {
      const made = await this.makePartitions(Date.parse(day), 1 + DAYS_AHEAD);
      if (!made.ok) return made;
    }
    return await this.#insert(INSERT_ATTEMPTS, values);
  }

  async writeBreakerChanges(rows: readonly BreakerChangeRow[]): Promise<HistoryReply<number>> {
    if (rows.length === 0) return { ok: true, value: 0 };
    return await this.#insert(INSERT_BREAKER_CHANGES, rows.map(breakerChangeColumns));
  }

  async makePartitions(fromMs: number, days: number): Promise<HistoryReply<number>> {
    const made = await this.#ask('SELECT history_make_partitions($1, $2) AS made', [dayOf(fromMs), days]);
    return made.ok ? { ok: true, value: Number(made.value.rows[0]?.['made']) } : made;
  }

  async dropPartitionsBefore(beforeMs: number): Promise<HistoryReply<readonly string[]>> {
    const dropped = await this.#ask('SELECT history_drop_partitions($1) AS dropped', [dayOf(beforeMs)]);
    return dropped.ok ? { ok: true, value: dropped.value.rows[0]?.['dropped'] as string[] } : dropped;
  }

  async #insert({ text, parameters }: InsertStatement, rows: readonly Row[]): Promise<HistoryReply<number>> {
    const inserted = await this.#ask(text, parameters(rows));
    return inserted.ok ? { ok: true, value: inserted.value.rowCount } : inserted;
  }

  /** A client a call: an object's requests share nothing that another one has begun. */
  async #ask(text: string, parameters: readonly unknown[]): Promise<HistoryReply<Answer>> {
    const { databaseUrl, timeoutMs } = this.#options;
    try {
      const sql = neon(databaseUrl, {
        fullResults: true,
        disableWarningInBrowsers: true,
        fetchOptions: { signal: AbortSignal.timeout(timeoutMs) },
      });
      return { ok: true, value: await sql.query(text, [...parameters]) };
    } catch (error) {
      return { ok: false, fault: faultOf(error) };
    }
  }
}

type Row = Readonly<Record<string, unknown>>;

interface Answer {
  readonly rows: readonly Row[];
  readonly rowCount: number;
}

/** The partition key is the only thing that these tables check. */
const lacksPartition = (fault: HistoryFault): boolean => fault.reason === 'refused' && fault.code === CHECK_VIOLATION;

/** Only what PostgreSQL says of the rows themselves (classes 22 and 23) is their fault; whatever else it says, they wait. */
function faultOf(error: unknown): HistoryFault {
  const code = error instanceof NeonDbError ? error.code : undefined;
  if (code === undefined) return { reason: 'unreachable' };
  return { reason: code.startsWith('22') || code.startsWith('23') ? 'refused' : 'unprepared', code };
}
