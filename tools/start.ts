// `npm start`: Signalbox under `wrangler dev` with state that lasts, mock processors, a Redis, a PostgreSQL, a development key, and cron triggers that fire.
import { createServer } from 'node:net';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { ChildProcess } from 'node:child_process';
import { unstable_readConfig } from 'wrangler';
import { createApiClient } from './api-client.ts';
import { isDue } from './cron-line.ts';
import { registerMockProcessors } from './demo/mock-processors.ts';
import { LOCAL_STREAM, registerLocalStream } from './local-stream.ts';
import { LocalHome } from './local-home.ts';
import { openHistory, type LocalHistory } from './postgres/open-history.ts';
import type { Bridge } from './upstash-bridge/bridge-server.ts';
import { openRedis, redisBindings } from './upstash-bridge/open-redis.ts';
import { descendantsOf } from './process-table.ts';
import { endOnInterrupt, endProgram, onUnaskedEnd, PROJECT_ROOT, startProgram } from './run-program.ts';

const HELP = `npm start [-- options]

Runs Signalbox on this machine. State, secrets and the development key stay in .signalbox/ until --reset.

  --port <n>   default: 8787, or the next free one
  --home DIR   keep them there instead: a home is used by one Signalbox at a time
  --reset      forget all state, secrets and keys first
  --help       this text

DATABASE_URL=postgres://...  keeps the history there instead of in a PostgreSQL of its own`;

const PORT_DEFAULT = 8787;
const PORTS_TRIED = 20;
const READY_WITHIN_MS = 60_000;
const POLL_MS = 100;

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

async function choosePort(asked: string | undefined): Promise<number> {
  const wanted = Number(asked ?? PORT_DEFAULT);
  if (!Number.isInteger(wanted) || wanted < 1 || wanted > 65_535) throw new Error(`--port ${asked} is not a port`);
  const candidates = asked === undefined ? Array.from({ length: PORTS_TRIED }, (_, index) => wanted + index) : [wanted];
  for (const port of candidates) if (await isFree(port)) return port;
  throw new Error(asked === undefined ? `no port from ${wanted} on is free` : `port ${wanted} is taken`);
}

async function untilReady(url: string, hasEnded: () => boolean): Promise<void> {
  const deadline = performance.now() + READY_WITHIN_MS;
  while (performance.now() < deadline && !hasEnded()) {
    const answer = await fetch(`${url}/healthz`).catch(() => null);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error(
    hasEnded() ? 'wrangler dev ended before it was ready' : `not ready after ${READY_WITHIN_MS / 1000} s`,
  );
}

/** `wrangler dev` never fires cron triggers: each is fired here in the minute it is due. */
function tickCrons(url: string): void {
  const crons: readonly string[] =
    unstable_readConfig({ config: join(PROJECT_ROOT, 'wrangler.toml') }).triggers.crons ?? [];
  const tick = async (moment: Date): Promise<void> => {
    for (const cron of crons.filter((line) => isDue(line, moment))) {
      const query = `cron=${encodeURIComponent(cron)}&time=${moment.getTime()}`;
      const answer = await fetch(`${url}/cdn-cgi/local/scheduled?${query}`).catch(() => null);
      if (!answer?.ok) console.error(`cron ${cron} failed: ${answer ? answer.status : 'no answer'}`);
    }
  };
  const next = (): void => {
    const minute = Math.floor(Date.now() / 60_000 + 1) * 60_000;
    setTimeout(() => {
      void tick(new Date(minute));
      next();
    }, minute - Date.now());
  };
  next();
}

/** What runs beside the Worker. */
interface Beside {
  readonly redis: Bridge;
  readonly history: LocalHistory;
}

function greet(url: string, key: string, directory: string, { redis, history }: Beside): void {
  const auth = `-H "Authorization: Bearer ${key}"`;
  console.log(`
Signalbox  ${url}
reference  ${url}/docs
API key    ${key}   (${join(directory, 'api-key')})

  curl -s ${auth} '${url}/api/v1/routing/recommend?payment_method=PIX&country=BR'

  curl -s ${auth} -H 'Content-Type: application/json' ${url}/api/v1/transactions -d '{"processor_id":"processor_a","result":"approved","payment_method":"PIX","country":"BR","amount":150.00,"currency":"BRL"}'

  curl -s ${auth} ${url}/api/v1/health

${historyGreeting(history)}

${redisGreeting(redis, directory)}

Ctrl-C stops it; the state stays in ${directory}/.`);
}

const historyGreeting = ({ psqlUrl }: LocalHistory): string =>
  psqlUrl === null
    ? 'History    at DATABASE_URL; `npm run migrate` prepares it'
    : `History    ${psqlUrl}   (for psql; what is where: docs/history.md)`;

function redisGreeting({ url, token, kind }: Bridge, directory: string): string {
  const held =
    kind === 'redis'
      ? `what it holds stays in ${join(directory, 'redis')}`
      : 'in memory, for there is no redis-server here: it goes with this program';
  const fields = {
    transaction_id: 'ord_1',
    processor_id: 'processor_a',
    result: 'approved',
    payment_method: 'PIX',
    country: 'BR',
    amount: '150.00',
    currency: 'BRL',
  };
  const entry = JSON.stringify(['XADD', LOCAL_STREAM, '*', ...Object.entries(fields).flat()]);
  return `Redis      ${url}   (${held})
results are read from its stream \`${LOCAL_STREAM}\`, too:

  curl -s -H "Authorization: Bearer ${token}" ${url} -d '${entry}'`;
}

/** As the caller would write it; npm runs this in the project's directory, wherever it was called. */
const calledFrom = (): string => process.env['INIT_CWD'] ?? process.cwd();

function startWrangler(home: LocalHome, port: number, redis: Bridge, history: LocalHistory): ChildProcess {
  return startProgram(
    'wrangler',
    [
      'dev',
      '--config',
      home.configurationFile,
      '--ip',
      '127.0.0.1',
      '--port',
      String(port),
      '--persist-to',
      home.stateDirectory,
      '--env-file',
      home.secretsFile,
    ].concat(['--log-level', 'error', '--show-interactive-dev-session=false']),
    // In the environment and not in the arguments, which everybody on the machine can read.
    {
      echo: true,
      env: { TMPDIR: home.temporaryDirectory, ...redisBindings(redis), DATABASE_URL: history.databaseUrl },
    },
  );
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string' },
      home: { type: 'string' },
      reset: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return;
  }
  const directory = values.home === undefined ? join(PROJECT_ROOT, '.signalbox') : resolve(calledFrom(), values.home);
  const home = new LocalHome(directory);
  const lock = home.occupy();
  const port = await choosePort(values.port);
  if (values.reset) home.forget();
  home.emptyTemporaryDirectory();
  const secrets = home.secrets();
  const url = `http://127.0.0.1:${port}`;
  console.log(`Signalbox: starting wrangler dev at ${url} ...`);
  endOnInterrupt();
  home.makeRedisDirectory();
  home.writeConfiguration();
  const redis = await openRedis({
    preferReal: true,
    directory: home.redisDirectory,
    address: home.redisAddress(),
  });
  home.keepRedisAddress(redis);
  const history = await openHistory(home.postgresDirectory, process.env['DATABASE_URL']);
  const dev = startWrangler(home, port, redis, history);
  lock.announce(url, descendantsOf(process.pid));
  let hasEnded = false;
  onUnaskedEnd(dev, () => (hasEnded = true));
  try {
    await untilReady(url, () => hasEnded);
    // By now wrangler has started programs of its own.
    lock.announce(url, descendantsOf(process.pid));
    const key = await home.developmentKey(url, secrets);
    const api = createApiClient(url, key);
    const registered = await registerMockProcessors(api);
    await registerLocalStream(api);
    if (registered > 0) console.log(`${registered} mock processors registered`);
    tickCrons(url);
    greet(url, key, relative(calledFrom(), directory) || '.', { redis, history });
    onUnaskedEnd(dev, (code) => process.exit(code));
  } catch (error) {
    await endProgram(dev);
    throw error;
  }
}

await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
