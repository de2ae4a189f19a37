// Keeps which cron job runs, up to where each is done, and its last runs: a thin shell around the core's leases.
import { DurableObject } from 'cloudflare:workers';
import { EMPTY_RECORD, type JobRecord } from '../src/domain/jobs/job-record.ts';
import type { JobBookPort, JobsKept } from '../src/ports/job-port.ts';
import type { JobRun } from '../src/domain/jobs/job-run.ts';
import { type LeaseAnswer, type LeaseAsk, type RunEnd, settleRun, takeLease } from '../src/domain/jobs/lease.ts';
import { migrateSchema } from './schema.ts';
import { NO_UNKNOWN_CRONS, type UnknownCrons, withUnknownCron } from '../src/domain/jobs/unknown-crons.ts';
import { readRecord, writeRecord } from '../src/domain/jobs/stored-record.ts';

const SCHEMA = [[`CREATE TABLE job (name TEXT PRIMARY KEY, body TEXT NOT NULL)`]];
const UNKNOWN_CRONS = 'unknown_crons';

/** Asked a few times a minute: it reads its disk each time and remembers nothing. */
export class JobBook extends DurableObject<Env> implements JobBookPort {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    migrateSchema(ctx.storage, SCHEMA);
  }

  async take(job: string, ask: LeaseAsk): Promise<LeaseAnswer> {
    const before = this.#load(job);
    const { record, answer } = takeLease(before, ask, Date.now());
    if (record !== before) this.#save(job, record);
    return answer;
  }

  async settle(job: string, token: number, end: RunEnd): Promise<JobRun | null> {
    const { record, run } = settleRun(this.#load(job), token, end, Date.now());
    if (run !== null) this.#save(job, record);
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

  #save(job: string, record: JobRecord): void {
    this.ctx.storage.sql.exec(`INSERT OR REPLACE INTO job (name, body) VALUES (?, ?)`, job, writeRecord(record));
  }

  #unknownCrons(): UnknownCrons {
    return this.ctx.storage.kv.get<UnknownCrons>(UNKNOWN_CRONS) ?? NO_UNKNOWN_CRONS;
  }
}
