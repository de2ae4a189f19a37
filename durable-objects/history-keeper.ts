// An object whose rows go to history: what it keeps for PostgreSQL waits in an outbox beside it, and its alarm sees it off.
import { DurableObject } from 'cloudflare:workers';
import type { HistoryPort } from '../src/ports/history-port.ts';
import type { HistoryStanding } from '../src/domain/history/history-standing.ts';
import { migrateSchema } from './schema.ts';
import { ObjectAlarm } from './object-alarm.ts';
import { RowOutbox } from './row-outbox.ts';

export abstract class HistoryKeeper extends DurableObject<Env> {
  protected readonly outbox: RowOutbox;
  readonly #alarm: ObjectAlarm;

  /** One of the schema's steps is ROW_OUTBOX_SCHEMA. */
  constructor(ctx: DurableObjectState, env: Env, schema: Parameters<typeof migrateSchema>[1]) {
    super(ctx, env);
    migrateSchema(ctx.storage, schema);
    this.#alarm = new ObjectAlarm(ctx.storage);
    this.outbox = new RowOutbox(ctx.storage, this.history(), this.#alarm);
  }

  /** Given by the composition root. */
  protected history(): HistoryPort | null {
    return null;
  }

  override async alarm(): Promise<void> {
    this.#alarm.rang();
    await this.outbox.step();
  }

  async historyStanding(): Promise<HistoryStanding> {
    return this.outbox.standing();
  }
}
