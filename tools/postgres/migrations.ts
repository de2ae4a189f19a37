// Brings a history database to the newest of the migrations, each whole or not at all, and refuses one whose past was edited.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { neon, NeonDbError } from '../../src/db/neon-endpoint.ts';
import { PROJECT_ROOT } from '../run-program.ts';

export interface Migration {
  /** `NNNN_verb_noun.sql` */
  readonly name: string;
  readonly checksum: string;
  readonly statements: readonly string[];
}

/** What has to be mended by a person; nothing of the migration it names was done. */
export class MigrationRefusal extends Error {
  override readonly name = 'MigrationRefusal';
}

export const MIGRATIONS_DIRECTORY = join(PROJECT_ROOT, 'migrations');
const NAME = /^\d{4}_[a-z0-9]+(_[a-z0-9]+)+\.sql$/;
const BREAKPOINT = /^--> statement-breakpoint$/m;
const UNIQUE_VIOLATION = '23505';
const NO_TABLE = '42P01';
/** Two who begin at once: the second waits for the first and then finds its name taken. */
const LOCK = `SELECT pg_advisory_xact_lock(hashtext('signalbox_migrations'))`;
const TABLE = `CREATE TABLE IF NOT EXISTS schema_migrations (
  name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz(3) NOT NULL DEFAULT now())`;

/** In the order of their numbers; no number twice. */
export function readMigrations(directory = MIGRATIONS_DIRECTORY): Migration[] {
  const names = readdirSync(directory)
    .filter((name) => name.endsWith('.sql'))
    .sort();
  names.forEach((name, index) => {
    if (!NAME.test(name)) throw new MigrationRefusal(`${name} is not named NNNN_verb_noun.sql`);
    const earlier = names[index - 1];
    if (earlier?.slice(0, 4) === name.slice(0, 4))
      throw new MigrationRefusal(`${earlier} and ${name} have the same number`);
  });
  return names.map((name) => {
    // A checkout on Windows may write the same file with other line ends.
    const text = readFileSync(join(directory, name), 'utf8').replaceAll('\r\n', '\n');
    const checksum = createHash('sha256').update(text).digest('hex');
    return { name, checksum, statements: text.split(BREAKPOINT).filter((statement) => statement.trim() !== '') };
  });
}

/** Names of those it has run. Throws `MigrationRefusal`, or what the driver throws when the database is out of reach. */
export async function migrate(databaseUrl: string, migrations: readonly Migration[]): Promise<string[]> {
  const sql = neon(databaseUrl, { disableWarningInBrowsers: true });
  const applied = await readApplied(databaseUrl);
  refuseEdited(applied, migrations);
  const waiting = migrations.filter(({ name }) => !applied.has(name));
  const done: string[] = [];
  for (const { name, checksum, statements } of waiting) {
    try {
      await sql.transaction([
        sql.query(LOCK),
        sql.query(TABLE),
        sql.query(`INSERT INTO schema_migrations (name, checksum) VALUES ($1, $2)`, [name, checksum]),
        ...statements.map((statement) => sql.query(statement)),
      ]);
      done.push(name);
    } catch (error) {
      if (!(error instanceof NeonDbError) || error.code === undefined) throw error;
      // Another ran it in the meantime: then what stands there must be the same.
      if (error.code !== UNIQUE_VIOLATION || error.table !== 'schema_migrations')
        throw new MigrationRefusal(`${name} was refused and nothing of it done: ${error.message}`, { cause: error });
      refuseEdited(await readApplied(databaseUrl), migrations);
    }
  }
  return done;
}

async function readApplied(databaseUrl: string): Promise<Map<string, string>> {
  const sql = neon(databaseUrl, { disableWarningInBrowsers: true });
  try {
    const rows = await sql.query(`SELECT name, checksum FROM schema_migrations ORDER BY name`);
    return new Map(rows.map((row) => [String(row['name']), String(row['checksum'])]));
  } catch (error) {
    if (error instanceof NeonDbError && error.code === NO_TABLE) return new Map();
    throw error;
  }
}

function refuseEdited(applied: ReadonlyMap<string, string>, migrations: readonly Migration[]): void {
  const known = new Map(migrations.map(({ name, checksum }) => [name, checksum]));
  for (const [name, checksum] of applied) {
    const here = known.get(name);
    if (here === undefined)
      throw new MigrationRefusal(
        `the database has run ${name}, which is not in migrations/: this code is older than it`,
      );
    if (here !== checksum)
      throw new MigrationRefusal(
        `${name} was changed after the database had run it (${checksum.slice(0, 12)} there, ${here.slice(0, 12)} here): put it back and add a new migration`,
      );
  }
  const last = [...applied.keys()].at(-1);
  const overtaken = migrations.find(({ name }) => last !== undefined && name < last && !applied.has(name));
  if (overtaken)
    throw new MigrationRefusal(`${overtaken.name} was never run, but the later ${last} was: give it a later number`);
}
