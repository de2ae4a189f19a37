// Keeps what healing has done, and lets each piece of work begin once: a thin shell around the core's limits.
import { type BeginMoment, mayBegin } from '../src/domain/healing/attempt-limit.ts';
import { type HealingAction, trackOf } from '../src/domain/healing/healing-action.ts';
import { isBookkeeping, isVoid } from '../src/domain/healing/no-attempt.ts';
import type { HealingBookPort } from '../src/ports/healing-port.ts';
import { isUnfinished } from '../src/domain/healing/undone-standing.ts';
import type { HealingSettings } from '../src/domain/healing/healing-settings.ts';
import { healingRow } from '../src/domain/healing/healing-row.ts';
import { HistoryKeeper } from './history-keeper.ts';
import { ROW_OUTBOX_SCHEMA } from './row-outbox.ts';
import type { Page } from '../src/ports/registry-port.ts';
import { readAction, writeAction } from '../src/domain/healing/stored-action.ts';

const SCHEMA = [
  [
    `CREATE TABLE action (
       number INTEGER PRIMARY KEY AUTOINCREMENT,
       id TEXT NOT NULL UNIQUE,
       track TEXT NOT NULL,
       is_open INTEGER NOT NULL,
       planned_at INTEGER NOT NULL,
       revision INTEGER NOT NULL,
       body TEXT NOT NULL
     )`,
    `CREATE INDEX action_track ON action (track)`,
  ],
  ROW_OUTBOX_SCHEMA,
  [
    `ALTER TABLE action ADD COLUMN is_attempt INTEGER NOT NULL DEFAULT 1`,
    `UPDATE action SET is_attempt = 0 WHERE json_extract(body, '$.remedy.do') = 'end_override'`,
    `CREATE INDEX action_attempt ON action (is_attempt, number)`,
  ],
];
/** Before a sweep that was asked for: what happens has company. */
const SWEEP_IN_MS = 1_000;
/** Between two of them, from the end of one. */
const SWEEP_EVERY_MS = 5_000;
/** When the next one is due. */
const STIRRED = 'stirred';
/** The youngest; those that are open are kept whatever their age. */
const ACTIONS_MAX = 2_000;
/** Beside them: what is no attempt takes no attempt's place. */
const OTHERS_MAX = 500;

interface Row extends Record<string, SqlStorageValue> {
  number: number;
  body: string;
}

const isAttempt = (action: HealingAction): boolean => !isBookkeeping(action) && !isVoid(action);

/** Asked a few times a minute: it reads its disk each time and remembers nothing. */
export class HealingBook extends HistoryKeeper implements HealingBookPort {
  #sweptAtMs = -Infinity;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, SCHEMA);
  }

  /** Given by the composition root: one sweep, if nobody else is at it. */
  protected async sweep(): Promise<boolean> {
    return true;
  }

  /** Something has happened: there is a sweep within a second or two, of however many that have. */
  async stir(): Promise<void> {
    const now = Date.now();
    const due = this.#dueAtMs();
    const dueAtMs = due ?? Math.max(now + SWEEP_IN_MS, Math.min(this.#sweptAtMs, now) + SWEEP_EVERY_MS);
    if (due === null) this.ctx.storage.kv.put(STIRRED, dueAtMs);
    await this.clock.wakeIn(Math.max(0, dueAtMs - now));
  }

  protected override isWaiting(): boolean {
    return super.isWaiting() || this.#dueAtMs() !== null;
  }

  protected override async rung(): Promise<void> {
    const ends = await Promise.allSettled([super.rung(), this.#sweepIfStirred()]);
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  }

  async #sweepIfStirred(): Promise<void> {
    const dueAtMs = this.#dueAtMs();
    if (dueAtMs === null) return;
    const inMs = dueAtMs - Date.now();
    // The alarm was somebody else's. What is due later than it can be is by a clock that was set back.
    if (inMs > 0 && inMs <= SWEEP_EVERY_MS) return await this.clock.wakeIn(inMs);
    // What happens from here on is for the next.
    this.ctx.storage.kv.delete(STIRRED);
    // One that failed is said by its run; the next minute has its own.
    const isTaken = await this.sweep().catch(() => true);
    this.#sweptAtMs = Date.now();
    if (!isTaken) await this.stir();
  }

  #dueAtMs(): number | null {
    return this.ctx.storage.kv.get<number>(STIRRED) ?? null;
  }

  async begin(action: HealingAction, settings: HealingSettings, moment: BeginMoment): Promise<boolean> {
    const before = this.#read(`WHERE track = ?`, trackOf(action));
    if (!mayBegin(action, before, settings, moment)) return false;
    const { sql } = this.ctx.storage;
    sql.exec(
      `INSERT INTO action (id, track, is_open, is_attempt, planned_at, revision, body) VALUES (?, ?, ?, ?, ?, ?, ?)`,
      action.id,
      trackOf(action),
      isUnfinished(action) ? 1 : 0,
      isAttempt(action) ? 1 : 0,
      action.plannedAtMs,
      action.revision,
      writeAction(action),
    );
    this.#keepNewest(1, ACTIONS_MAX);
    this.#keepNewest(0, OTHERS_MAX);
    this.outbox.keep('healingActions', [healingRow(action)]);
    return true;
  }

  #keepNewest(isAttempt: 0 | 1, max: number): void {
    this.ctx.storage.sql.exec(
      `DELETE FROM action WHERE is_attempt = ? AND is_open = 0 AND number <=
         (SELECT number FROM action WHERE is_attempt = ? ORDER BY number DESC LIMIT 1 OFFSET ?)`,
      isAttempt,
      isAttempt,
      max,
    );
  }

  async update(action: HealingAction): Promise<boolean> {
    const changed = this.ctx.storage.sql.exec(
      `UPDATE action SET is_open = ?, is_attempt = ?, revision = ?, body = ? WHERE id = ? AND revision = ?`,
      isUnfinished(action) ? 1 : 0,
      isAttempt(action) ? 1 : 0,
      action.revision,
      writeAction(action),
      action.id,
      action.revision - 1,
    );
    if (changed.rowsWritten === 0) return false;
    this.outbox.keep('healingActions', [healingRow(action)]);
    return true;
  }

  async since(ms: number): Promise<readonly HealingAction[]> {
    return this.#read(`WHERE is_open = 1 OR planned_at >= ?`, ms);
  }

  async one(id: string): Promise<HealingAction | null> {
    return this.#read(`WHERE id = ?`, id)[0] ?? null;
  }

  async page(cursor: string | null, limit: number): Promise<Page<HealingAction>> {
    const below = cursor === null ? Number.MAX_SAFE_INTEGER : Number(cursor);
    const rows = this.#rows(`WHERE number < ? ORDER BY number DESC LIMIT ?`, below, limit + 1);
    const shown = rows.slice(0, limit);
    const last = rows.length > limit ? shown.at(-1) : undefined;
    return {
      items: shown.map(({ body }) => readAction(body)),
      nextCursor: last === undefined ? null : String(last.number),
    };
  }

  async all(): Promise<readonly HealingAction[]> {
    return this.#read('');
  }

  #read(where: string, ...given: SqlStorageValue[]): HealingAction[] {
    return this.#rows(where, ...given).map(({ body }) => readAction(body));
  }

  #rows(where: string, ...given: SqlStorageValue[]): Row[] {
    return this.ctx.storage.sql.exec<Row>(`SELECT number, body FROM action ${where}`, ...given).toArray();
  }
}
