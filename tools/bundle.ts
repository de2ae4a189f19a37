// Builds the Worker as it is deployed (`wrangler deploy --dry-run`), once per state of the sources, into dist/.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT, runProgram } from './run-program.ts';
import type { BundleTrace } from './start-up.ts';
import { makeTemporaryDirectory, removeTemporaryDirectory } from './temporary-directories.ts';

const SOURCES = ['src', 'workers', 'durable-objects', 'wrangler.toml', 'package-lock.json'];
const MODULE_TYPES: Readonly<Record<string, WorkerModule['type']>> = {
  js: 'ESModule',
  wasm: 'CompiledWasm',
  txt: 'Text',
  html: 'Text',
  sql: 'Text',
  bin: 'Data',
};

export interface WorkerModule {
  readonly type: 'ESModule' | 'CompiledWasm' | 'Text' | 'Data';
  /** Relative to the bundle; the entry comes first. */
  readonly path: string;
  readonly contents: Uint8Array<ArrayBuffer>;
}

/** The modules of the bundle, in memory: a system that runs on them is not disturbed by a later build. */
export async function buildWorker(): Promise<readonly WorkerModule[]> {
  return readModules(await builtWorker());
}

/** Of which sources the bundle is made, and how they import each other, as the bundler tells it. */
export async function traceWorker(): Promise<BundleTrace> {
  return JSON.parse(readFileSync(join(await builtWorker(), 'bundle-meta.json'), 'utf8')) as BundleTrace;
}

async function builtWorker(): Promise<string> {
  const dist = join(PROJECT_ROOT, 'dist');
  const name = `worker-${sourceHash()}`;
  const built = join(dist, name);
  if (!existsSync(built)) {
    mkdirSync(dist, { recursive: true });
    const unfinished = makeTemporaryDirectory('unfinished', dist);
    try {
      await runProgram('wrangler', ['deploy', '--dry-run', '--metafile', '--outdir', join(unfinished, 'out')]);
      removeOldBundles(dist, name);
      publish(join(unfinished, 'out'), built);
    } finally {
      removeTemporaryDirectory(unfinished);
    }
  }
  return built;
}

/** The modules of another Worker than the deployed one: `script` under the configuration at `config`. */
export async function buildScript(script: string, config: string): Promise<readonly WorkerModule[]> {
  const directory = makeTemporaryDirectory('script');
  try {
    await runProgram('wrangler', ['deploy', script, '--dry-run', '--outdir', directory, '--config', config]);
    return readModules(directory);
  } finally {
    removeTemporaryDirectory(directory);
  }
}

/** Two builders may finish at once: what both built is the same, so the second one's failure to rename is no loss. */
function publish(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!existsSync(to)) throw error;
  }
}

function removeOldBundles(dist: string, keep: string): void {
  for (const name of readdirSync(dist)) {
    if (name.startsWith('worker-') && name !== keep) rmSync(join(dist, name), { recursive: true, force: true });
  }
}

function readModules(directory: string): WorkerModule[] {
  const modules = filesUnder(directory).flatMap((path): WorkerModule[] => {
    const type = MODULE_TYPES[path.slice(path.lastIndexOf('.') + 1)];
    return type ? [{ type, path, contents: new Uint8Array(readFileSync(join(directory, path))) }] : [];
  });
  return modules.sort((a, b) => Number(b.path === 'index.js') - Number(a.path === 'index.js'));
}

function sourceHash(): string {
  const hash = createHash('sha256');
  for (const source of SOURCES) {
    const path = join(PROJECT_ROOT, source);
    const files = statSync(path).isDirectory() ? filesUnder(path).map((file) => join(path, file)) : [path];
    for (const file of files) hash.update(file).update('\0').update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex').slice(0, 16);
}

/** Paths relative to the directory, sorted, so that a hash over them is stable. */
function filesUnder(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort();
}
