// `npm run migrate`: brings the history database to the newest of the migrations.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { takeHomeLock } from './home-lock.ts';
import { migrate, MigrationRefusal, readMigrations } from './postgres/migrations.ts';
import { openPostgres } from './postgres/open-postgres.ts';
import { endOnInterrupt, PROJECT_ROOT } from './run-program.ts';

const HELP = `npm run migrate [-- options]

Runs the files of migrations/ that the history database has not run yet, in the order of their numbers, each whole or not at all.
A file that was changed after it had been run is refused by name.

  --home DIR   of the local Signalbox, default .signalbox; only without DATABASE_URL
  --help       this text

DATABASE_URL=postgres://user:password@host/database  which database: Neon's own address of it.
Without it: the local one of \`npm start\`, which must not be running (it migrates by itself when it starts).`;

async function run(databaseUrl: string): Promise<void> {
  const migrations = readMigrations();
  const done = await migrate(databaseUrl, migrations);
  for (const name of done) console.log(`ran ${name}`);
  console.log(done.length === 0 ? `nothing to run: all ${migrations.length} have been` : `${done.length} run`);
}

async function runLocal(home: string): Promise<void> {
  const directory = join(home, 'postgres');
  if (!existsSync(directory))
    throw new MigrationRefusal(`there is no database in ${home}: set DATABASE_URL, or run npm start once`);
  const answer = takeHomeLock(join(home, 'lock'));
  if ('heldBy' in answer)
    throw new MigrationRefusal(
      `${home} is in use by Signalbox (process ${answer.heldBy.pids[0]}), which has migrated it`,
    );
  process.once('exit', () => answer.lock.release());
  const postgres = await openPostgres({ directory });
  try {
    await run(postgres.databaseUrl);
  } finally {
    await postgres.close();
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { home: { type: 'string' }, help: { type: 'boolean', default: false } } });
  if (values.help) {
    console.log(HELP);
    return;
  }
  endOnInterrupt();
  const databaseUrl = process.env['DATABASE_URL'];
  if (databaseUrl !== undefined && databaseUrl !== '') await run(databaseUrl);
  else
    await runLocal(resolve(process.env['INIT_CWD'] ?? process.cwd(), values.home ?? join(PROJECT_ROOT, '.signalbox')));
}

await main().catch((error: unknown) => {
  const text = error instanceof Error ? error.message : String(error);
  console.error(error instanceof MigrationRefusal ? text : `the history database cannot be reached: ${text}`);
  process.exitCode = 1;
});
