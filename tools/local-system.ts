// Runs Signalbox on workerd on this machine: the real bundle, a loopback port, its own state. The demo and the system tests stand on it.
import { createServer } from 'node:net';
import { join } from 'node:path';
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare';
import { unstable_getMiniflareWorkerOptions, unstable_readConfig } from 'wrangler';
import { buildWorker, type WorkerModule } from './bundle.ts';
import { killQuietly, processTable } from './process-table.ts';
import type { LocalPostgres } from './postgres/open-postgres.ts';
import { PROJECT_ROOT } from './run-program.ts';
import { drawSecrets, type LocalSecrets, secretBindings } from './secrets.ts';
import type { Bridge } from './upstash-bridge/bridge-server.ts';
import { redisBindings } from './upstash-bridge/open-redis.ts';
import { gatherTemporaryFiles, makeTemporaryDirectory, removeTemporaryDirectory } from './temporary-directories.ts';

export interface LocalSystemOptions {
  /** Where the objects' state lives; left alone at the end. Default: a directory that `stop` removes. */
  readonly stateDirectory?: string;
  /** Default: a free one. */
  readonly port?: number;
  readonly secrets?: LocalSecrets;
  /** What stands in for Upstash; opened and closed by whoever hands it in. Default: there is none. */
  readonly redis?: Pick<Bridge, 'url' | 'token'>;
  /** What stands in for Neon; as with `redis`, and migrated. Default: there is no history. */
  readonly postgres?: Pick<LocalPostgres, 'databaseUrl'>;
  /** Variables in place of those in wrangler.toml. */
  readonly bindings?: Readonly<Record<string, string>>;
  /** Answers what the Worker asks of the world outside, in its place. Default: the world does. */
  readonly outside?: (request: Request) => Promise<Response>;
  /** Lines the Worker logs (at most 10,000 are kept either way). Default: errors go to standard error. */
  readonly onLog?: (line: WorkerLog) => void;
}

export interface WorkerLog {
  readonly level: string;
  readonly message: string;
}

export interface LocalSystem {
  /** Without a trailing slash. */
  readonly url: string;
  readonly bootstrapKey: string;
  readonly stateDirectory: string;
  readonly logs: readonly WorkerLog[];
  /** Fires one cron line of wrangler.toml now. */
  runCron(cron: string): Promise<void>;
  /** SIGKILL for workerd, as a power cut: nothing is flushed. `restart` brings it back. */
  kill(): Promise<void>;
  /** Same state, address and secrets. */
  restart(): Promise<void>;
  /** Ends workerd and removes the state if it was temporary. Doing it twice is harmless. */
  stop(): Promise<void>;
}

const LOGS_MAX = 10_000;
/** Whatever ends this process, its workerd processes end with it, one that was just being started included. */
process.once('exit', () => {
  for (const pid of workerdChildren()) killQuietly(pid);
});

export async function startLocalSystem(options: LocalSystemOptions = {}): Promise<LocalSystem> {
  gatherTemporaryFiles();
  const modules = await buildWorker();
  const temporaryState = options.stateDirectory ? null : makeTemporaryDirectory('state');
  const stateDirectory = options.stateDirectory ?? temporaryState ?? '';
  const secrets = options.secrets ?? drawSecrets();
  const port = options.port ?? (await freePort());
  const logs: WorkerLog[] = [];
  let workerd: number | null = null;

  const onLog = (line: WorkerLog): void => {
    if (logs.length < LOGS_MAX) logs.push(line);
    if (options.onLog) options.onLog(line);
    else if (line.level === 'error') console.error(`[worker] ${line.message}`);
  };
  const redis = options.redis ? redisBindings(options.redis) : {};
  const database = options.postgres ? { DATABASE_URL: options.postgres.databaseUrl } : {};
  const bindings = { ...redis, ...database, ...options.bindings, ...secretBindings(secrets) };
  const boot = async (): Promise<Miniflare> => {
    const { miniflare, pid } = await bootWorkerd({
      modules,
      port,
      stateDirectory,
      bindings,
      onLog,
      outside: options.outside,
    });
    workerd = pid;
    return miniflare;
  };

  let miniflare: Miniflare | null = await boot();
  const down = async (): Promise<void> => {
    const ending = miniflare;
    miniflare = null;
    workerd = null;
    // A workerd that was killed cannot answer its farewell.
    await ending?.dispose().catch(() => undefined);
  };
  return {
    url: `http://127.0.0.1:${port}`,
    bootstrapKey: secrets.bootstrapKey,
    stateDirectory,
    logs,
    async runCron(cron) {
      const path = `/cdn-cgi/local/scheduled?cron=${encodeURIComponent(cron)}`;
      const response = await fetch(`http://127.0.0.1:${port}${path}`);
      if (!response.ok) throw new Error(`cron ${cron} ended with ${response.status}: ${await response.text()}`);
    },
    async kill() {
      if (workerd !== null) await killAndWait(workerd);
      await down();
    },
    async restart() {
      await down();
      miniflare = await boot();
    },
    async stop() {
      await down();
      if (temporaryState !== null) removeTemporaryDirectory(temporaryState);
    },
  };
}

interface Boot {
  readonly modules: readonly WorkerModule[];
  readonly port: number;
  readonly stateDirectory: string;
  readonly bindings: Readonly<Record<string, string>>;
  readonly onLog: (line: WorkerLog) => void;
  readonly outside: LocalSystemOptions['outside'];
}

/** One boot at a time: the new child is told from the old ones by comparing before and after. */
let lastBoot: Promise<unknown> = Promise.resolve();
function bootWorkerd(boot: Boot): Promise<{ miniflare: Miniflare; pid: number }> {
  const mine = lastBoot.then(async () => {
    const before = new Set(workerdChildren());
    const miniflare = new Miniflare(miniflareOptions(boot));
    await miniflare.ready;
    const pid = workerdChildren().find((child) => !before.has(child));
    if (pid === undefined) throw new Error('workerd answers, but no child process of that name was found');
    return { miniflare, pid };
  });
  lastBoot = mine.catch(() => undefined);
  return mine;
}

/** The Worker of wrangler.toml on these modules, without an address or a place for its state. */
export function workerOptions(modules: readonly WorkerModule[], bindings: Readonly<Record<string, string>>) {
  const config = unstable_readConfig({ config: join(PROJECT_ROOT, 'wrangler.toml') });
  return {
    // The secrets come with `bindings`: nobody need look for them in files, and warn that there are none.
    ...unstable_getMiniflareWorkerOptions({ ...config, secrets: undefined }).workerOptions,
    modules: modules.map(({ type, path, contents }) => ({ type, path: join(PROJECT_ROOT, 'dist', path), contents })),
    modulesRoot: join(PROJECT_ROOT, 'dist'),
    bindings: { ...config.vars, ...bindings },
  };
}

function miniflareOptions({
  modules,
  port,
  stateDirectory,
  bindings,
  onLog,
  outside,
}: Boot): ConstructorParameters<typeof Miniflare>[0] {
  return convertV4MiniflareOptions({
    ...workerOptions(modules, bindings),
    ...(outside && { outboundService: outside }),
    host: '127.0.0.1',
    port,
    // Without this Miniflare asks the internet for the request's location data.
    cf: false,
    log: new Log(LogLevel.ERROR),
    handleStructuredLogs: ({ level, message }: WorkerLog) => onLog({ level, message }),
    resourcePersistencePath: stateDirectory,
    unsafeTriggerHandlers: true,
    telemetry: { enabled: false },
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() =>
        address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}

/** Processes named workerd whose parent is this one. */
function workerdChildren(): number[] {
  return processTable()
    .filter(({ parent, name }) => parent === process.pid && name.includes('workerd'))
    .map(({ pid }) => pid);
}

async function killAndWait(pid: number): Promise<void> {
  killQuietly(pid);
  while (workerdChildren().includes(pid)) await new Promise((resolve) => setTimeout(resolve, 5));
}
