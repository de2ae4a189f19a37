// Workers on workerd itself: a generated configuration, no proxy and no simulator between the load and the code.
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { unstable_readConfig } from 'wrangler';
import { configurationText, type BareWorker } from './workerd-configuration.ts';
import { buildWorker } from '../tools/bundle.ts';
import { endProgram, PROJECT_ROOT, startProgram } from '../tools/run-program.ts';
import { makeTemporaryDirectory, removeTemporaryDirectory } from '../tools/temporary-directories.ts';
import { type LocalSecrets, secretBindings } from '../tools/secrets.ts';

export type { BareWorker } from './workerd-configuration.ts';

export interface BareWorkerd {
  /** Worker -> its address, without a trailing slash. */
  readonly urls: Readonly<Record<string, string>>;
  readonly pid: number;
  /** What workerd and its Workers said last, at most 4,000 characters. */
  said(): string;
  /** Ends workerd and removes its state. Doing it twice is harmless. */
  stop(): Promise<void>;
}

export interface BareOptions {
  /** Of the first Worker; default and for all others: free ones. */
  readonly port?: number;
  /** Of workerd's command line, such as `--inspector-addr=127.0.0.1:9229`. */
  readonly flags?: readonly string[];
}

const START_WAIT_MS = 30_000;
const SAID_MAX = 4_000;

/** Throws where workerd does not listen within 30 s, with what it said. */
export async function startBareWorkerd(
  workers: readonly BareWorker[],
  { port = 0, flags = [] }: BareOptions = {},
): Promise<BareWorkerd> {
  const directory = makeTemporaryDirectory('bare-workerd');
  mkdirSync(join(directory, 'state'));
  for (const { name, modules } of workers) {
    for (const { path, contents } of modules) {
      const file = join(directory, name, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, contents);
    }
  }
  const file = join(directory, 'config.capnp');
  const { compatibility_date: date = '', compatibility_flags: compatibility } = deployedConfig();
  writeFileSync(
    file,
    configurationText(workers, { state: join(directory, 'state'), port, date, flags: compatibility }),
  );
  // workerd itself chooses the free ports and tells them: no other program can take one in between.
  const program = startProgram('workerd', ['serve', '--experimental', '--control-fd=1', ...flags, file]);
  let said = '';
  program.stderr?.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-SAID_MAX)));
  const stop = async (): Promise<void> => {
    await endProgram(program);
    removeTemporaryDirectory(directory);
  };
  const ports = new Map<string, number>();
  const listening = new Promise<void>((resolve, reject) => {
    createInterface({ input: program.stdout! }).on('line', (line) => {
      const told = listenedOf(line);
      if (told === null) said = `${said}${line}\n`.slice(-SAID_MAX);
      else ports.set(told.socket, told.port);
      if (ports.size === workers.length) resolve();
    });
    program.once('error', reject);
    program.once('close', (code) => reject(new Error(`workerd ended with ${code}:\n${said}`)));
    setTimeout(() => reject(new Error(`workerd does not listen:\n${said}`)), START_WAIT_MS).unref();
  });
  try {
    await listening;
  } catch (error) {
    await stop();
    throw error;
  }
  const urls = Object.fromEntries([...ports].map(([name, its]) => [name, `http://127.0.0.1:${its}`]));
  return { urls, pid: program.pid!, said: () => said, stop };
}

/**
 * The deployed bundle with the bindings of these secrets, as the owner of all objects; further isolates of it reach the owner's. No crons: workerd alone has none.
 * `texts` stand in place of variables of wrangler.toml.
 */
export async function signalboxWorkers(
  secrets: LocalSecrets,
  isolates = 1,
  texts: Readonly<Record<string, string>> = {},
): Promise<readonly BareWorker[]> {
  const { vars, durable_objects: objects, ratelimits } = deployedConfig();
  const whole = {
    modules: await buildWorker(),
    texts: { ...vars, ...texts, ...secretBindings(secrets) },
    objects: Object.fromEntries(objects.bindings.map(({ name, class_name: className }) => [name, className])),
    limits: ratelimits.map(({ name }) => name),
  };
  return Array.from({ length: isolates }, (_, place) =>
    place === 0 ? { ...whole, name: OWNER } : { ...whole, name: `${OWNER}-${place + 1}`, objectsOf: OWNER },
  );
}

/** For what is measured of one object: workerd runs all of them on one thread, and a processor that divides itself there only does more. */
export const UNDIVIDED = { SHARDS_MAX: '1' };

/** The Worker that owns the objects. */
export const OWNER = 'signalbox';

interface DeployedConfig {
  readonly compatibility_date?: string;
  readonly compatibility_flags: readonly string[];
  readonly vars: Readonly<Record<string, string>>;
  readonly durable_objects: { readonly bindings: readonly { readonly name: string; readonly class_name: string }[] };
  readonly ratelimits: readonly { readonly name: string }[];
}
const deployedConfig = (): DeployedConfig =>
  unstable_readConfig({ config: join(PROJECT_ROOT, 'wrangler.toml') }) as DeployedConfig;

function listenedOf(line: string): { socket: string; port: number } | null {
  try {
    const told = JSON.parse(line) as { event?: unknown; socket?: unknown; port?: unknown };
    const isListening = told.event === 'listen' && typeof told.socket === 'string' && typeof told.port === 'number';
    return isListening ? (told as { socket: string; port: number }) : null;
  } catch {
    return null;
  }
}

/** Throws with a sentence for people where another program listens there. */
export async function checkFree(port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error) =>
      reject(new Error(`port ${port} cannot be had (${error.message}); without --port free ones are taken`)),
    );
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve()));
  });
}
