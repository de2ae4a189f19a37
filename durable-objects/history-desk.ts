// Keeps for history what no other object owns, until PostgreSQL has it: sampled decisions; and how every object stood with history when it was last asked.
import type { DecisionRow } from '../src/domain/history/kept-rows.ts';
import type { HistoryDeskPort, HistoryStandings, NamedStanding } from '../src/ports/history-desk.ts';
import type { HistoryPort } from '../src/ports/history-port.ts';
import { migrateSchema } from './schema.ts';
import { ObjectAlarm } from './object-alarm.ts';
import { ROW_OUTBOX_SCHEMA, RowOutbox } from './row-outbox.ts';
import { WakenObject } from './waken-object.ts';

/** Isolates hand on up to 100 decisions a row, every 5 s or whenever they have as many: an hour of 139 isolates, in at most 5 of the 10 GB that an object may hold. */
const ENTRIES_MAX = 100_000;
const STANDINGS = 'standings';
const NEVER: HistoryStandings = { atMs: null, standings: [] };

export class HistoryDesk extends WakenObject implements HistoryDeskPort {
  readonly #alarm: ObjectAlarm;
  readonly #outbox: RowOutbox;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    migrateSchema(ctx.storage, [ROW_OUTBOX_SCHEMA]);
    this.#alarm = new ObjectAlarm(ctx.storage);
    this.#outbox = new RowOutbox(ctx.storage, this.history(), this.#alarm, ENTRIES_MAX);
  }

  /** Given by the composition root. */
  protected history(): HistoryPort | null {
    return null;
  }

  async keepDecisions(rows: readonly DecisionRow[]): Promise<void> {
    this.#outbox.keep('decisions', rows);
  }

  async noteStandings(standings: readonly NamedStanding[], atMs: number): Promise<void> {
    this.ctx.storage.kv.put(STANDINGS, { atMs, standings } satisfies HistoryStandings);
  }

  async standings(): Promise<HistoryStandings> {
    const { atMs, standings } = this.ctx.storage.kv.get<HistoryStandings>(STANDINGS) ?? NEVER;
    return { atMs, standings: [...standings, { object: 'decisions', ...this.#outbox.standing() }] };
  }

  protected override isWaiting(): boolean {
    return !this.#outbox.isEmpty;
  }

  protected override async rung(): Promise<void> {
    this.#alarm.rang();
    await this.#outbox.step();
  }
}
