// An object whose rows go to history: what it keeps for PostgreSQL waits in an outbox beside it, and its alarm sees it off.
import type { HistoryPort } from '../src/ports/history-port.ts';
import type { HistoryStanding } from '../src/domain/history/history-standing.ts';
import { migrateSchema } from './schema.ts';
import { ObjectAlarm } from './object-alarm.ts';
import { RowOutbox } from './row-outbox.ts';
import { WakenObject } from './waken-object.ts';

export abstract class HistoryKeeper extends WakenObject {
  protected readonly outbox: RowOutbox;
  /** For others who want to be woken. */
  protected readonly clock: ObjectAlarm;

  /** One of the schema's steps is ROW_OUTBOX_SCHEMA. */
  constructor(ctx: DurableObjectState, env: Env, schema: Parameters<typeof migrateSchema>[1]) {
    super(ctx, env);
    migrateSchema(ctx.storage, schema);
    this.clock = new ObjectAlarm(ctx.storage);
    this.outbox = new RowOutbox(ctx.storage, this.history(), this.clock);
  }

  /** Given by the composition root. */
  protected history(): HistoryPort | null {
    return null;
  }

  protected override async rung(): Promise<void> {
    this.clock.rang();
    await this.outbox.step();
  }

  protected override isWaiting(): boolean {
    return !this.outbox.isEmpty;
  }

  async historyStanding(): Promise<HistoryStanding> {
    return this.outbox.standing();
  }
}
