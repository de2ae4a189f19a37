// Keeps the models that were trained and what became of each: a thin shell, in which of two who decide on the same model one does.
import {
  type ModelDecision,
  type ModelDraft,
  type ModelRecord,
  modelRow,
  type ModelState,
  type ModelSummary,
  readModel,
  summaryOf,
  writeModel,
} from '../src/domain/training/model-record.ts';
import { HistoryKeeper } from './history-keeper.ts';
import type { ModelBookPort, ModelStanding } from '../src/ports/training-port.ts';
import type { Page } from '../src/ports/registry-port.ts';
import { ROW_OUTBOX_SCHEMA } from './row-outbox.ts';

const SCHEMA = [
  [
    `CREATE TABLE model (
       version INTEGER PRIMARY KEY AUTOINCREMENT,
       scheduled_ms INTEGER NOT NULL UNIQUE,
       state TEXT NOT NULL,
       body TEXT NOT NULL
     )`,
  ],
  ROW_OUTBOX_SCHEMA,
];
/** The youngest, and of those that were promoted as many more: a month of nights, and where it may go back to. */
export const MODELS_MAX = 40;
const PROMOTED_MAX = 10;

interface Row extends Record<string, SqlStorageValue> {
  version: number;
  body: string;
}

/** Asked a few times a day: it reads its disk each time and remembers nothing. */
export class ModelBook extends HistoryKeeper implements ModelBookPort {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, SCHEMA);
  }

  async standing(): Promise<ModelStanding> {
    const last = (state: ModelState): ModelRecord | null =>
      this.#read(`WHERE state = ? ORDER BY version DESC LIMIT 1`, state)[0] ?? null;
    const reverted = this.#read(`WHERE state = 'reverted'`).map(({ decidedAtMs }) => decidedAtMs ?? 0);
    return {
      inForce: last('promoted'),
      candidate: last('candidate'),
      revertedAtMs: reverted.length === 0 ? null : Math.max(...reverted),
    };
  }

  async page(cursor: string | null, limit: number): Promise<Page<ModelSummary>> {
    const before = cursor === null ? Number.MAX_SAFE_INTEGER : Number(cursor);
    const found = this.#read(`WHERE version < ? ORDER BY version DESC LIMIT ?`, before, limit + 1);
    const items = found.slice(0, limit).map(summaryOf);
    const last = found.length > limit ? items.at(-1) : undefined;
    return { items, nextCursor: last === undefined ? null : String(last.version) };
  }

  async one(version: number): Promise<ModelRecord | null> {
    return this.#read(`WHERE version = ?`, version)[0] ?? null;
  }

  async ofRun(scheduledMs: number): Promise<ModelRecord | null> {
    return this.#read(`WHERE scheduled_ms = ?`, scheduledMs)[0] ?? null;
  }

  async add(draft: ModelDraft): Promise<ModelRecord> {
    const [held] = this.#read(`WHERE scheduled_ms = ?`, draft.scheduledMs);
    if (held !== undefined) return held;
    return this.ctx.storage.transactionSync(() => {
      const [row] = this.ctx.storage.sql
        .exec<{
          version: number;
        }>(
          `INSERT INTO model (scheduled_ms, state, body) VALUES (?, ?, ?) RETURNING version`,
          draft.scheduledMs,
          draft.state,
          writeModel(draft),
        )
        .toArray();
      this.ctx.storage.sql.exec(
        `DELETE FROM model
         WHERE version NOT IN (SELECT version FROM model ORDER BY version DESC LIMIT ?)
           AND version NOT IN (SELECT version FROM model WHERE state = 'promoted' ORDER BY version DESC LIMIT ?)`,
        MODELS_MAX,
        PROMOTED_MAX,
      );
      const model = { ...draft, version: row!.version };
      this.outbox.keep('modelVersions', [modelRow(model)]);
      return model;
    });
  }

  async decide(version: number, from: ModelState, to: ModelDecision): Promise<ModelRecord | null> {
    const [held] = this.#read(`WHERE version = ?`, version);
    if (held?.state !== from) return null;
    const { version: _version, ...draft } = { ...held, ...to };
    const model = { ...draft, version };
    this.ctx.storage.transactionSync(() => {
      this.ctx.storage.sql.exec(
        `UPDATE model SET state = ?, body = ? WHERE version = ?`,
        to.state,
        writeModel(draft),
        version,
      );
      this.outbox.keep('modelVersions', [modelRow(model)]);
    });
    return model;
  }

  #read(where: string, ...given: SqlStorageValue[]): ModelRecord[] {
    return this.ctx.storage.sql
      .exec<Row>(`SELECT version, body FROM model ${where}`, ...given)
      .toArray()
      .map(({ version, body }) => readModel(version, body));
  }
}
