// Keeps what is usual in every scope, what was found, and who is still to be told of it: a thin shell around the core's watches.
import {
  anomalyFigures,
  type AnomalyFigures,
  type AnomalySummary,
} from '../src/domain/payment-anomalies/anomaly-statistics.ts';
import { type AnomalySettings, ANOMALY_SETTINGS_DEFAULT } from '../src/domain/payment-anomalies/anomaly-settings.ts';
import { areAlike, type Cause, isExplainable } from '../src/domain/payment-anomalies/explain-anomaly.ts';
import {
  type House,
  type KeptScope,
  type Learned,
  learnMinutes,
  type MinuteBatch,
  setBack,
} from '../src/domain/payment-anomalies/house-watch.ts';
import {
  EMPTY_INCIDENT_BOOK,
  type IncidentBook,
  REOPENS_WITHIN_MINUTES,
} from '../src/domain/payment-anomalies/incident-book.ts';
import { anomalyRow, feedbackRow } from '../src/domain/payment-anomalies/anomaly-row.ts';
import { type GivenFeedback, judgeAnomaly } from '../src/domain/payment-anomalies/judge-anomaly.ts';
import {
  readActs,
  readAnomaly,
  readIncidents,
  readScope,
  writeActs,
  writeAnomaly,
  writeIncidents,
  writeScope,
} from '../src/domain/payment-anomalies/stored-book.ts';
import { type Anomaly, withCauses } from '../src/domain/payment-anomalies/anomaly.ts';
import type { AnomalyBookPort, AnomalyFilter, AnomalyStanding } from '../src/ports/anomaly-port.ts';
import { HOUSE } from '../src/domain/payment-anomalies/scope-name.ts';
import { HistoryKeeper } from './history-keeper.ts';
import { ROW_OUTBOX_SCHEMA } from './row-outbox.ts';
import { NO_ACTS } from '../src/domain/payment-anomalies/known-acts.ts';
import { MINUTE_MS } from '../src/domain/payment-anomalies/reading-plan.ts';
import type { Page } from '../src/ports/registry-port.ts';

const SCHEMA = [
  [
    `CREATE TABLE kept (name TEXT PRIMARY KEY, body TEXT NOT NULL)`,
    `CREATE TABLE scope (name TEXT PRIMARY KEY, body TEXT NOT NULL)`,
    `CREATE TABLE anomaly (
       number INTEGER PRIMARY KEY AUTOINCREMENT,
       id TEXT NOT NULL UNIQUE,
       kind TEXT NOT NULL,
       severity TEXT NOT NULL,
       feedback TEXT,
       is_joined INTEGER NOT NULL,
       opened_minute INTEGER NOT NULL,
       closed_minute INTEGER,
       changed_minute INTEGER NOT NULL,
       revision INTEGER NOT NULL,
       told_revision INTEGER NOT NULL,
       body TEXT NOT NULL
     )`,
  ],
  ROW_OUTBOX_SCHEMA,
];
/** The youngest; those that are open are kept whatever their age. */
const ANOMALIES_MAX = 2_000;
/** While an anomaly is young more is learned of its causes every few minutes; later less often. */
const EXPLAINED_EVERY_MINUTES = 5;
const YOUNG_MINUTES = 60;
const LATER_EVERY_MINUTES = 30;

interface Row extends Record<string, SqlStorageValue> {
  number: number;
  body: string;
}

/** Asked a few times a minute: it reads its disk each time and remembers nothing. */
export class AnomalyBook extends HistoryKeeper implements AnomalyBookPort {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, SCHEMA);
  }

  async standing(): Promise<AnomalyStanding> {
    const { settings, revision } = this.#settings();
    const house = this.#scope(HOUSE);
    const { attempts = 0, minutes = 0 } = house?.watch.recent ?? {};
    const [scopes] = this.#exec<{ count: number }>(`SELECT COUNT(*) AS count FROM scope`);
    return {
      throughMinute: this.#through(),
      settings,
      settingsRevision: revision,
      scopes: scopes?.count ?? 0,
      attemptsPerMinute: minutes > 0 ? attempts / minutes : 0,
      currency: house?.currency ?? '',
    };
  }

  async learn(batch: MinuteBatch): ReturnType<AnomalyBookPort['learn']> {
    const through = this.#through();
    const isNext = batch.afterMinute === through && (through === null || batch.fromMinute > through);
    if (!isNext || batch.throughMinute < batch.fromMinute) return { learned: false, opened: 0, closed: 0 };
    const house = this.#house();
    const open = (anomalies: readonly Anomaly[]): number =>
      anomalies.filter(({ closedMinute }) => closedMinute === null).length;
    const known = new Set(house.anomalies.map(({ id }) => id));
    const learned = learnMinutes(house, batch, this.#settings().settings, { symptom: draw, anomaly: draw });
    const opened = learned.anomalies.filter(({ id }) => !known.has(id)).length;
    this.#save(house, learned, batch.throughMinute);
    return { learned: true, opened, closed: open(house.anomalies) + opened - open(learned.anomalies) };
  }

  async setBack(minute: number): Promise<void> {
    const house = this.#house();
    this.#save(house, setBack(house, minute), minute);
  }

  async unexplained(limit: number): Promise<readonly Anomaly[]> {
    const due = (anomaly: Anomaly): number => {
      if (anomaly.localisedMinute === null) return 0;
      const isYoung = anomaly.localisedMinute - anomaly.openedMinute < YOUNG_MINUTES;
      return anomaly.localisedMinute + (isYoung ? EXPLAINED_EVERY_MINUTES : LATER_EVERY_MINUTES);
    };
    const through = this.#through() ?? 0;
    return this.#read(`WHERE closed_minute IS NULL`)
      .filter((anomaly) => isExplainable(anomaly.kind) && due(anomaly) <= through)
      .toSorted((left, right) => due(left) - due(right) || left.openedMinute - right.openedMinute)
      .slice(0, limit);
  }

  async explain(id: string, causes: readonly Cause[], minute: number): Promise<void> {
    const anomaly = await this.one(id);
    if (anomaly === null) return;
    this.#put([withCauses(anomaly, causes, minute, areAlike(anomaly.causes, causes))], minute);
  }

  async untold(limit: number): Promise<readonly Anomaly[]> {
    return this.#read(`WHERE told_revision < revision ORDER BY number LIMIT ?`, limit);
  }

  async told(anomalies: readonly Anomaly[]): Promise<void> {
    this.ctx.storage.transactionSync(() => {
      for (const { id, revision } of anomalies)
        this.#exec(`UPDATE anomaly SET told_revision = MAX(told_revision, ?) WHERE id = ?`, revision, id);
    });
  }

  async judge(given: GivenFeedback): Promise<Anomaly | null> {
    const anomaly = await this.one(given.anomalyId);
    if (anomaly === null) return null;
    const minute = this.#through() ?? Math.floor(given.givenAtMs / MINUTE_MS);
    const currencyOf = (scope: string): string => this.#scope(scope)?.currency ?? '';
    const judged = judgeAnomaly(this.#incidents(), anomaly, given.verdict, { minute, currencyOf });
    this.ctx.storage.transactionSync(() => {
      this.#keep('incidents', writeIncidents(judged.book));
      this.#put([judged.anomaly], minute);
      if (judged.anomaly !== anomaly) this.outbox.keep('incidentFeedback', [feedbackRow(given)]);
    });
    return judged.anomaly;
  }

  async page(filter: AnomalyFilter, cursor: string | null, limit: number): Promise<Page<Anomaly>> {
    const { state, kind = null, severity = null, sinceMs } = filter;
    const rows = this.#rows(
      `WHERE number < ? AND (? IS NULL OR (closed_minute IS NULL) = ?) AND (? IS NULL OR kind = ?)
         AND (? IS NULL OR severity = ?) AND changed_minute >= ? ORDER BY number DESC LIMIT ?`,
      cursor === null ? Number.MAX_SAFE_INTEGER : Number(cursor),
      ...twice(state === undefined ? null : Number(state === 'open')),
      ...twice(kind),
      ...twice(severity),
      sinceMs === undefined ? -Number.MAX_SAFE_INTEGER : Math.floor(sinceMs / MINUTE_MS),
      limit + 1,
    );
    const shown = rows.slice(0, limit);
    const last = rows.length > limit ? shown.at(-1) : undefined;
    return {
      items: shown.map(({ body }) => readAnomaly(body)),
      nextCursor: last === undefined ? null : String(last.number),
    };
  }

  async one(id: string): Promise<Anomaly | null> {
    return this.#read(`WHERE id = ?`, id)[0] ?? null;
  }

  async figures(): Promise<AnomalyFigures> {
    const rows = this.#exec<Record<'kind' | 'severity' | 'feedback', string | null> & { closed_minute: number | null }>(
      `SELECT kind, severity, feedback, closed_minute FROM anomaly WHERE is_joined = 0`,
    );
    return anomalyFigures(
      rows.map(({ closed_minute: closed, ...words }) => ({ ...words, isOpen: closed === null }) as AnomalySummary),
    );
  }

  async configure(settings: AnomalySettings, ifMatch: number | null): Promise<AnomalyStanding | 'stale'> {
    const { revision } = this.#settings();
    if (ifMatch !== null && ifMatch !== revision) return 'stale';
    this.#keep('settings', JSON.stringify({ settings, revision: revision + 1 }));
    return await this.standing();
  }

  #settings(): { readonly settings: AnomalySettings; readonly revision: number } {
    const body = this.#kept('settings');
    return body === null ? { settings: ANOMALY_SETTINGS_DEFAULT, revision: 0 } : (JSON.parse(body) as never);
  }

  #house(): House {
    const scopes = new Map<string, KeptScope>();
    for (const { name, body } of this.#exec<{ name: string; body: string }>(`SELECT name, body FROM scope`))
      scopes.set(name, readScope(body));
    const recently = (this.#through() ?? 0) - REOPENS_WITHIN_MINUTES;
    const anomalies = this.#read(`WHERE is_joined = 0 AND (closed_minute IS NULL OR closed_minute >= ?)`, recently);
    const acts = this.#kept('acts');
    return { scopes, book: this.#incidents(), anomalies, acts: acts === null ? NO_ACTS : readActs(acts) };
  }

  /** All of it or nothing: who is killed in here has learned nothing. */
  #save({ scopes, book, anomalies }: House, learned: Learned, throughMinute: number): void {
    this.ctx.storage.transactionSync(() => {
      for (const [name, scope] of scopes)
        this.#exec(`INSERT OR REPLACE INTO scope (name, body) VALUES (?, ?)`, name, writeScope(scope));
      for (const name of learned.forgotten) this.#exec(`DELETE FROM scope WHERE name = ?`, name);
      if (learned.book !== book) this.#keep('incidents', writeIncidents(learned.book));
      this.#keep('acts', writeActs(learned.acts));
      const before = new Set(anomalies);
      this.#put(
        learned.anomalies.filter((anomaly) => !before.has(anomaly)),
        throughMinute,
      );
      this.#keep('through', String(throughMinute));
      this.#exec(
        `DELETE FROM anomaly WHERE closed_minute IS NOT NULL AND number <= (SELECT MAX(number) FROM anomaly) - ?`,
        ANOMALIES_MAX,
      );
    });
  }

  #put(anomalies: readonly Anomaly[], minute: number): void {
    for (const anomaly of anomalies) {
      const [before] = this.#exec<{ revision: number }>(`SELECT revision FROM anomaly WHERE id = ?`, anomaly.id);
      if (before?.revision !== anomaly.revision) this.outbox.keep('anomalies', [anomalyRow(anomaly, minute)]);
      this.#exec(
        `INSERT INTO anomaly (id, kind, severity, feedback, is_joined, opened_minute, closed_minute, changed_minute, revision, told_revision, body)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?)
           ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, severity = excluded.severity, feedback = excluded.feedback,
             is_joined = excluded.is_joined, opened_minute = excluded.opened_minute, closed_minute = excluded.closed_minute,
             changed_minute = CASE WHEN excluded.revision > revision THEN excluded.changed_minute ELSE changed_minute END,
             revision = excluded.revision, body = excluded.body`,
        anomaly.id,
        anomaly.kind,
        anomaly.severity,
        anomaly.feedback,
        Number(anomaly.closedAs === 'joined'),
        anomaly.openedMinute,
        anomaly.closedMinute,
        minute,
        anomaly.revision,
        writeAnomaly(anomaly),
      );
    }
  }

  #incidents(): IncidentBook {
    const body = this.#kept('incidents');
    return body === null ? EMPTY_INCIDENT_BOOK : readIncidents(body);
  }

  #through(): number | null {
    const body = this.#kept('through');
    return body === null ? null : Number(body);
  }

  #scope(name: string): KeptScope | null {
    const [row] = this.#exec<{ body: string }>(`SELECT body FROM scope WHERE name = ?`, name);
    return row === undefined ? null : readScope(row.body);
  }

  #kept(name: string): string | null {
    return this.#exec<{ body: string }>(`SELECT body FROM kept WHERE name = ?`, name)[0]?.body ?? null;
  }

  #keep(name: string, body: string): void {
    this.#exec(`INSERT OR REPLACE INTO kept (name, body) VALUES (?, ?)`, name, body);
  }

  #read(where: string, ...given: SqlStorageValue[]): Anomaly[] {
    return this.#rows(where, ...given).map(({ body }) => readAnomaly(body));
  }

  #rows(where: string, ...given: SqlStorageValue[]): Row[] {
    return this.#exec<Row>(`SELECT number, body FROM anomaly ${where}`, ...given);
  }

  #exec<Found extends Record<string, SqlStorageValue>>(text: string, ...given: SqlStorageValue[]): Found[] {
    return this.ctx.storage.sql.exec<Found>(text, ...given).toArray();
  }
}

const twice = <Value>(value: Value): [Value, Value] => [value, value];

const draw = (): string =>
  `ano_${Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
