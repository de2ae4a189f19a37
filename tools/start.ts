// `npm start`: Signalbox under `wrangler dev` with state that lasts, mock processors, a development key, and cron triggers that fire.
import { createServer } from 'node:net';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { unstable_readConfig } from 'wrangler';
import { createApiClient } from './api-client.ts';
import { isDue } from './cron-line.ts';
import { registerMockProcessors } from './demo/mock-processors.ts';
import { LocalHome } from './local-home.ts';
import { endOnInterrupt, endProgram, PROJECT_ROOT, startProgram } from './run-program.ts';

const HELP = `npm start [-- options]

Runs Signalbox on this machine. State, secrets and the development key stay in .signalbox/ until --reset.

  --port <n>   default: 8787, or the next free one
  --reset      forget all state, secrets and keys first
  --help       this text`;

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

function greet(url: string, key: string, keyFile: string): void {
  const auth = `-H "Authorization: Bearer ${key}"`;
  console.log(`
Signalbox  ${url}
reference  ${url}/docs
API key    ${key}   (${keyFile})

  curl -s ${auth} '${url}/api/v1/routing/recommend?payment_method=PIX&country=BR'

  curl -s ${auth} -H 'Content-Type: application/json' ${url}/api/v1/transactions -d '{"processor_id":"processor_a","result":"approved","payment_method":"PIX","country":"BR","amount":150.00,"currency":"BRL"}'

  curl -s ${auth} ${url}/api/v1/health

Ctrl-C stops it; the state stays in .signalbox/.`);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string' },
      reset: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return;
  }
  const port = await choosePort(values.port);
  const home = new LocalHome(join(PROJECT_ROOT, '.signalbox'));
  if (values.reset) home.forget();
  const secrets = home.secrets();
  const url = `http://127.0.0.1:${port}`;
  console.log(`Signalbox: starting wrangler dev at ${url} ...`);
  const dev = startProgram(
    'wrangler',
    [
      'dev',
      '--ip',
      '127.0.0.1',
      '--port',
      String(port),
      '--persist-to',
      home.stateDirectory,
      '--env-file',
      home.secretsFile,
    ].concat(['--log-level', 'error', '--show-interactive-dev-session=false']),
    { echo: true },
  );
  endOnInterrupt();
  let hasEnded = false;
  dev.once('close', () => (hasEnded = true));
  try {
    await untilReady(url, () => hasEnded);
    const key = await home.developmentKey(url, secrets);
    const registered = await registerMockProcessors(createApiClient(url, key));
    if (registered > 0) console.log(`${registered} mock processors registered`);
    tickCrons(url);
    greet(url, key, '.signalbox/api-key');
    dev.once('close', (code) => process.exit(code ?? 1));
  } catch (error) {
    await endProgram(dev);
    throw error;
  }
}

await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
