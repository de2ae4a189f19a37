// A region's routing board: holds the newest rows and the configuration, refills isolates, and tells dashboards over live sockets.
import { DurableObject } from 'cloudflare:workers';
import { BoardState, SEGMENTS_PER_ANSWER } from '../src/domain/routing/board-state.ts';
import { BOOTSTRAP_KEY_ID, isLiving } from '../src/domain/configuration/access.ts';
import { CopyPublisher } from './copy-publisher.ts';
import { knownTableOf, type KnownTable } from '../src/domain/routing/known-table.ts';
import { LiveRoom, type LiveWriter } from './live-room.ts';
import { migrateSchema } from './schema.ts';
import { rowOf } from './processor-client.ts';
import { registryStub } from './registry-client.ts';
import { silenceSignals, type SilenceView } from '../src/domain/health/silence-signals.ts';
import { withinTime } from './time-limit.ts';
import type { Anomaly } from '../src/domain/payment-anomalies/anomaly.ts';
import type { HealingEvent } from '../src/domain/healing/healing-event.ts';
import type { KeptAlert } from '../src/domain/notifications/word.ts';
import type { CopyStanding } from '../src/ports/copy-port.ts';
import type { DecisionCount, RegistryUpdate, TableCursor, TableDelta } from '../src/domain/routing/table-exchange.ts';
import type { PredictionEvent } from '../src/ports/prediction-port.ts';
import type { ReplicaPort } from '../src/ports/replica-port.ts';
import type { ScalingChange } from '../src/domain/scaling/scaling-state.ts';
import type { StatusRow } from '../src/domain/health/status-row.ts';
import type { TuningEvent } from '../src/ports/tuning-port.ts';

/** How long a refill waits for the Registry when the board has heard nothing: an isolate gives the whole refill 150 ms. */
const REGISTRY_WAIT_MS = 100;
/** A starting board has nothing to answer from and waits longer. */
const START_WAIT_MS = 1_000;
const ROW_WAIT_MS = 500;
const PULLS_AT_ONCE = 6;
/** A Registry that does not answer is told again; it knows a signal it has already heard. */
const TELL_WAIT_MS = 5_000;
/** Keys that expire are noticed before anything is told, at most once a second. */
const SOCKETS_CHECK_MS = 1_000;
/** A value in SQLite is at most 2 MB; a character may take 3 bytes. */
const PART_CHARACTERS = 600_000;

const SCHEMA = [
  [
    `CREATE TABLE kept (name TEXT NOT NULL, part INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (name, part)) WITHOUT ROWID`,
    `CREATE TABLE ticket (hash TEXT PRIMARY KEY, key_id TEXT NOT NULL, expires_at INTEGER NOT NULL) WITHOUT ROWID`,
  ],
];

/** Abstract in what the composition root hands in: how live messages are written, which is HTTP's, and where copies of the table lie. */
export abstract class RoutingBoard extends DurableObject<Env> {
  readonly #state = new BoardState(crypto.randomUUID());
  readonly #live: LiveRoom;
  readonly #copies: CopyPublisher;
  #registryHeardAt = 0;
  #pulling = false;
  #tellingSilence = false;
  #socketsCheckedAt = 0;
  #silenceTold: SilenceView = { silences: [], sourceSilent: false };

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#live = new LiveRoom(ctx, async () => await this.liveWriter());
    this.#copies = new CopyPublisher({
      replica: () => this.replica(),
      take: async () => await this.#takeCopy(),
      later: (work) => ctx.waitUntil(work),
      keep: (standing) => this.#keep('copies', standing),
    });
    void ctx.blockConcurrencyWhile(async () => {
      migrateSchema(ctx.storage, SCHEMA);
      this.#restore();
      await this.#live.wake();
      await withinTime(START_WAIT_MS, () => this.#pullRegistry());
      await withinTime(ROW_WAIT_MS, () => this.#pullRows());
    });
  }

  protected abstract liveWriter(): Promise<LiveWriter>;
  /** The same one each time; `null`: there is none. */
  protected abstract replica(): ReplicaPort | null;

  /** The difference since `cursor`, and in return the decisions the isolate has made. Throws while nothing is known at all. */
  async refill(cursor: TableCursor | null, decisions: readonly DecisionCount[]): Promise<TableDelta> {
    const now = Date.now();
    this.#state.noteDecisions(decisions, now);
    if (this.#state.registryUnheard(now)) await withinTime(REGISTRY_WAIT_MS, () => this.#pullRegistry());
    this.#pullBehind();
    this.#tellSilences(now);
    const delta = this.#state.delta(cursor, Date.now(), SEGMENTS_PER_ANSWER);
    if (delta === null) throw new Error('the board has never heard from the registry');
    return delta;
  }

  async announce(update: RegistryUpdate): Promise<void> {
    if (!this.#acceptUpdate(update)) return;
    this.#live.tell({ type: 'configuration', version: update.configuration.version });
  }

  /** A processor's row; `transition` rows are kept on disk, the others only in memory. */
  async push(row: StatusRow, transition: boolean): Promise<void> {
    if (!this.#state.acceptRow(row, Date.now())) return;
    this.#copies.note(transition ? 'soon' : 'in_time');
    if (transition) this.#keep(`row ${row.processorId}`, row);
    if (Date.now() - this.#socketsCheckedAt >= SOCKETS_CHECK_MS) this.#closeSockets(Date.now());
    const overrides = this.#state.update?.configuration.overrides ?? [];
    this.#live.tell({ type: 'processor', row, overrides, atMs: Date.now() });
  }

  async announceAlerts(alerts: readonly KeptAlert[]): Promise<void> {
    for (const alert of alerts) this.#live.tell({ type: 'alert', alert });
  }

  async announceScaling(change: ScalingChange): Promise<void> {
    this.#live.tell({ type: change.to > change.from ? 'scaled_up' : 'scaled_down', change });
  }

  async announceAnomalies(anomalies: readonly Anomaly[]): Promise<void> {
    for (const anomaly of anomalies) this.#live.tell({ type: 'anomaly', anomaly });
  }

  async announceHealing(events: readonly HealingEvent[]): Promise<void> {
    for (const event of events) this.#live.tell({ type: 'healing', event });
  }

  async announcePredictions(events: readonly PredictionEvent[]): Promise<void> {
    for (const event of events) this.#live.tell(event);
  }

  async announceTuning(events: readonly TuningEvent[]): Promise<void> {
    for (const event of events) this.#live.tell(event);
  }

  /** Cron's round: makes good what pushes missed and looks for silence. */
  async sweep(): Promise<void> {
    await withinTime(START_WAIT_MS, () => this.#pullRegistry());
    await this.#pullRows();
    this.#tellSilences(Date.now());
    this.#live.dropExpiredTickets(Date.now());
    this.#closeSockets(Date.now());
    // Even if nothing changed: its age is what a reader goes by.
    this.#copies.note('soon');
  }

  /** `null`: there is no replica. */
  async copyStanding(): Promise<CopyStanding | null> {
    return this.replica() === null ? null : this.#copies.standing;
  }

  async issueTicket(keyId: string): Promise<string> {
    return await this.#live.issueTicket(keyId, Date.now());
  }

  override async fetch(request: Request): Promise<Response> {
    const now = Date.now();
    // A revocation that did not reach this board must not be slept through by a socket.
    await withinTime(REGISTRY_WAIT_MS, () => this.#pullRegistry());
    return await this.#live.connect(request, now, (keyId) => this.#isGood(keyId, now));
  }

  override webSocketMessage(socket: WebSocket): void {
    // Listeners only listen; a ping is answered by the platform without waking the board.
    socket.close(1003, 'this socket only sends');
  }

  #isGood(keyId: string, now: number): boolean {
    const update = this.#state.update;
    if (update === null) return false;
    if (keyId === BOOTSTRAP_KEY_ID) return !update.bootstrapVoid;
    return update.keys.some((key) => key.id === keyId && isLiving(key, now));
  }

  #closeSockets(now: number): void {
    this.#socketsCheckedAt = now;
    this.#live.closeUnless((keyId) => this.#isGood(keyId, now));
  }

  #restore(): void {
    const kept = new Map<string, string>();
    const rows = this.ctx.storage.sql.exec<{ name: string; body: string }>(
      `SELECT name, body FROM kept ORDER BY name, part`,
    );
    for (const { name, body } of rows) kept.set(name, (kept.get(name) ?? '') + body);
    const update = kept.get('update');
    // Heard at the beginning of time: what is kept on disk may be old, so the Registry is asked before it is believed.
    if (update !== undefined) this.#state.acceptUpdate(JSON.parse(update) as RegistryUpdate, -Infinity);
    const silence = kept.get('silence');
    if (silence !== undefined) this.#silenceTold = JSON.parse(silence) as SilenceView;
    const copies = kept.get('copies');
    if (copies !== undefined) this.#copies.restore(JSON.parse(copies) as CopyStanding);
    for (const [name, body] of kept)
      if (name.startsWith('row ')) this.#state.acceptRow(JSON.parse(body) as StatusRow, -Infinity);
  }

  #keep(name: string, value: unknown): void {
    const body = JSON.stringify(value);
    const sql = this.ctx.storage.sql;
    let part = 0;
    for (; part * PART_CHARACTERS < body.length; part += 1) {
      const piece = body.slice(part * PART_CHARACTERS, (part + 1) * PART_CHARACTERS);
      sql.exec(`INSERT OR REPLACE INTO kept (name, part, body) VALUES (?, ?, ?)`, name, part, piece);
    }
    sql.exec(`DELETE FROM kept WHERE name = ? AND part >= ?`, name, part);
  }

  async #pullRegistry(): Promise<void> {
    this.#acceptUpdate(await registryStub(this.env).snapshot());
  }

  #acceptUpdate(update: RegistryUpdate): boolean {
    const now = Date.now();
    this.#registryHeardAt = now;
    if (!this.#state.acceptUpdate(update, now)) return false;
    this.#keep('update', update);
    this.#closeSockets(now);
    this.#copies.note('soon');
    return true;
  }

  async #takeCopy(): Promise<KnownTable | null> {
    if (this.#state.registryUnheard(Date.now())) await withinTime(REGISTRY_WAIT_MS, () => this.#pullRegistry());
    const whole = this.#state.delta(null, Date.now());
    return whole === null ? null : knownTableOf(whole, this.#registryHeardAt);
  }

  #pullBehind(): void {
    if (this.#pulling || this.#state.processorsUnheard(Date.now()).length === 0) return;
    this.ctx.waitUntil(this.#pullRows());
  }

  async #pullRows(): Promise<void> {
    this.#pulling = true;
    try {
      const unheard = this.#state.processorsUnheard(Date.now());
      for (let start = 0; start < unheard.length; start += PULLS_AT_ONCE) {
        await Promise.all(
          unheard.slice(start, start + PULLS_AT_ONCE).map(async (processor) => {
            const row = await withinTime(ROW_WAIT_MS, () => rowOf(this.env, processor));
            this.#state.noteHeard(processor.id, Date.now());
            if (row !== null && this.#state.acceptRow(row, Date.now())) this.#copies.note('in_time');
          }),
        );
      }
    } finally {
      this.#pulling = false;
    }
  }

  /** What was told is noted only when the Registry has it: a signal that is lost is sent again with the next look. */
  #tellSilences(now: number): void {
    if (this.#tellingSilence) return;
    const view = this.#state.silences(now);
    const signals = silenceSignals(this.#silenceTold, view, this.#state.rows(), now);
    if (signals.length === 0) return;
    this.#tellingSilence = true;
    const telling = withinTime(TELL_WAIT_MS, async () => {
      await registryStub(this.env).signal(signals);
      this.#silenceTold = view;
      this.#keep('silence', view);
    }).finally(() => {
      this.#tellingSilence = false;
    });
    this.ctx.waitUntil(telling);
  }
}
