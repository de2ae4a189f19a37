// Keeps which cron job runs, up to where each is done, and its last runs: a thin shell around the core's leases.
import { DurableObject } from 'cloudflare:workers';
import { EMPTY_RECORD, type JobRecord } from '../src/domain/jobs/job-record.ts';
import type { JobBookPort, JobsKept } from '../src/ports/job-port.ts';
import type { JobRun } from '../src/domain/jobs/job-run.ts';
import { KEY_KEPT_MS, KEYED_MAX, type KeyedRun, newlyKeyed } from '../src/domain/jobs/keyed-run.ts';
import {
  type LeaseAnswer,
  type LeaseAsk,
  requestKeyOf,
  type RunEnd,
  settleRun,
  takeLease,
} from '../src/domain/jobs/lease.ts';
import { migrateSchema } from './schema.ts';
import { NO_UNKNOWN_CRONS, type UnknownCrons, withUnknownCron } from '../src/domain/jobs/unknown-crons.ts';
import { readRecord, writeRecord } from '../src/domain/jobs/stored-record.ts';

const SCHEMA = [
  [`CREATE TABLE job (name TEXT PRIMARY KEY, body TEXT NOT NULL)`],
  [
    `CREATE TABLE keyed_run (
      job TEXT NOT NULL, request_key TEXT NOT NULL, ended_at_ms REAL NOT NULL, body TEXT NOT NULL,
      PRIMARY KEY (job, request_key)
    )`,
    `CREATE INDEX keyed_run_by_age ON keyed_run (job, ended_at_ms)`,
    // Records held them until now, the newest of a key first.
    `INSERT OR IGNORE INTO keyed_run (job, request_key, ended_at_ms, body)
      SELECT job.name, json_extract(run.value, '$.requestKey'), json_extract(run.value, '$.endedAtMs'), run.value
      FROM job, json_each(job.body, '$.runs') AS run
      WHERE json_extract(run.value, '$.requestKey') IS NOT NULL
      ORDER BY run.key`,
  ],
];
const UNKNOWN_CRONS = 'unknown_crons';

/** Asked a few times a minute: it reads its disk each time and remembers nothing. */
export class JobBook extends DurableObject<Env> implements JobBookPort {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    migrateSchema(ctx.storage, SCHEMA);
  }

  async take(job: string, ask: LeaseAsk): Promise<LeaseAnswer> {
    const before = this.#load(job);
    const now = Date.now();
    const requestKey = requestKeyOf(ask);
    const keyed = requestKey === null ? null : this.#keyed(job, requestKey);
    const { record, answer } = takeLease(before, ask, keyed, now);
    if (record !== before) this.#save(job, before, record, now);
    return answer;
  }

  async settle(job: string, token: number, end: RunEnd): Promise<JobRun | null> {
    const now = Date.now();
    const before = this.#load(job);
    const { record, run } = settleRun(before, token, end, now);
    if (run !== null) this.#save(job, before, record, now);
    return run;
  }

  async refuseCron(cron: string): Promise<void> {
    this.ctx.storage.kv.put(UNKNOWN_CRONS, withUnknownCron(this.#unknownCrons(), cron, Date.now()));
  }

  async read(): Promise<JobsKept> {
    const rows = this.ctx.storage.sql.exec<{ name: string; body: string }>(`SELECT name, body FROM job`).toArray();
    const records = rows.map(({ name, body }) => [name, readRecord(body)] as const);
    return { records, unknownCrons: this.#unknownCrons() };
  }

  #load(job: string): JobRecord {
    const { sql } = this.ctx.storage;
    const [row] = sql.exec<{ body: string }>(`SELECT body FROM job WHERE name = ?`, job).toArray();
    return row === undefined ? EMPTY_RECORD : readRecord(row.body);
  }

  #save(job: string, before: JobRecord, record: JobRecord, now: number): void {
    this.ctx.storage.sql.exec(`INSERT OR REPLACE INTO job (name, body) VALUES (?, ?)`, job, writeRecord(record));
    for (const run of newlyKeyed(before, record)) this.#keep(job, run, now);
  }

  #keyed(job: string, requestKey: string): JobRun | null {
    const { sql } = this.ctx.storage;
    const [row] = sql
      .exec<{ body: string }>(`SELECT body FROM keyed_run WHERE job = ? AND request_key = ?`, job, requestKey)
      .toArray();
    return row === undefined ? null : (JSON.parse(row.body) as JobRun);
  }

  #keep(job: string, run: KeyedRun, now: number): void {
    const { sql } = this.ctx.storage;
    sql.exec(
      `INSERT OR REPLACE INTO keyed_run (job, request_key, ended_at_ms, body) VALUES (?, ?, ?, ?)`,
      job,
      run.requestKey,
      run.endedAtMs,
      JSON.stringify(run),
    );
    sql.exec(`DELETE FROM keyed_run WHERE job = ? AND ended_at_ms <= ?`, job, now - KEY_KEPT_MS);
    sql.exec(
      `DELETE FROM keyed_run WHERE rowid IN (
        SELECT rowid FROM keyed_run WHERE job = ? ORDER BY ended_at_ms DESC, rowid DESC LIMIT -1 OFFSET ?
      )`,
      job,
      KEYED_MAX,
    );
  }

  #unknownCrons(): UnknownCrons {
    return this.ctx.storage.kv.get<UnknownCrons>(UNKNOWN_CRONS) ?? NO_UNKNOWN_CRONS;
  }
}
