// `npm run demo`: TechCart's outage over HTTP against Signalbox on workerd, with traffic that follows the recommendations it is given; or webhooks; or the night shift.
import { parseArgs } from 'node:util';
import { createApiClient } from './api-client.ts';
import { checksOf } from './demo/findings.ts';
import { MOCK_PROCESSORS, registerMockProcessors } from './demo/mock-processors.ts';
import { alertsSince, observe, transitionsOf } from './demo/observer.ts';
import { playPhases } from './demo/phases.ts';
import { createProgressBar } from './demo/progress-bar.ts';
import { reportOf } from './demo/report.ts';
import { OUTAGE } from './demo/simulated-processors.ts';
import { type LocalSystem, startLocalSystem } from './local-system.ts';
import { endOnInterrupt } from './run-program.ts';
import { createNightBar } from './demo/night/night-bar.ts';
import { type LocalPostgres, openPostgres } from './postgres/open-postgres.ts';
import { playNight } from './demo/night/play-night.ts';
import { playWebhooks } from './demo/webhooks/play.ts';

const HELP = `npm run demo [-- [webhooks | night] [options]]

Starts Signalbox on a free port with state of its own, registers five mock processors and plays an outage of one of them.
Exit code 0: the outage was survived. 1: it was not, and the verdict says what was missing.

webhooks: three vendors (Stripe, Adyen, Standard Webhooks) send signed webhooks of the same attempts in order, and late, twice, forged
and out of order. Exit code 0: both end in the same states. 1: they do not.

night: two simulated days (an outage, a brown-out, an issuer-wide drop, card testing, a latency ramp) after two quiet ones, in a few
minutes. All of the Worker's jobs run at every minute of their crons over a real PostgreSQL on a simulated clock. Exit code 0: every
fault was noticed, its cause was named and no other was, and no job raised more false alarms than are borne. 1: not so, and the
verdict says what was missing.

  --seed <n>   other payments, other luck (default 1)
  --pace <n>   payments a second (default 100); for the outage alone
  --help       this text

The same seed gives the same payments and the same luck. When each answer arrives is up to this machine, so some payments
go elsewhere and the totals differ a little from run to run. The night has no such clock: a seed always ends the same.`;

/** Seconds instead of the minute of a deployment: nobody watches a demo for a minute's breaker. */
const BREAKER = { openTimeout: 2_000, openTimeoutMax: 4_000 } as const;
const CONCURRENCY = 24;

async function play(system: LocalSystem, seed: number, perSecond: number): Promise<number> {
  const admin = createApiClient(
    system.url,
    await createApiClient(system.url, system.bootstrapKey).createKey('demo', ['admin']),
  );
  const checkout = createApiClient(system.url, await admin.createKey('checkout', ['route', 'ingest']));
  await registerMockProcessors(admin, BREAKER);
  for (const { id, name, payment_methods, countries } of MOCK_PROCESSORS) {
    console.log(`  ${id}  ${name.padEnd(13)} ${payment_methods.join(', ').padEnd(11)} in ${countries.join(', ')}`);
  }
  console.log(
    `  breaker: opens for ${BREAKER.openTimeout / 1000} s, at most ${BREAKER.openTimeoutMax / 1000} s after relapses (default 60 s and 300 s)\n`,
  );

  const startedAtMs = Date.now();
  const observer = observe(admin);
  const bar = createProgressBar();
  try {
    const phases = await playPhases({ api: checkout, seed, perSecond, concurrency: CONCURRENCY }, observer, bar.show);
    bar.clear();
    const evidence = {
      phases,
      alerts: await alertsSince(admin, startedAtMs),
      transitions: await transitionsOf(admin, OUTAGE.processor),
    };
    const checks = checksOf(evidence);
    console.log(reportOf(evidence, checks));
    return checks.every(({ isMet }) => isMet) ? 0 : 1;
  } finally {
    bar.clear();
    await observer.stop();
  }
}

/** A whole number from 1 on, or an end with the reason. */
function wholeNumber(text: string, name: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  console.error(`--${name} must be a whole number from 1 on, not ${text}`);
  process.exit(2);
}

async function playNightAlone(seed: number): Promise<number> {
  let postgres: LocalPostgres | null = null;
  endOnInterrupt(async () => await postgres?.close());
  console.log(`Signalbox's night shift (seed ${seed}): starting a PostgreSQL for its history ...`);
  postgres = await openPostgres();
  try {
    return await playNight(postgres, seed, createNightBar());
  } finally {
    await postgres.close();
  }
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seed: { type: 'string', default: '1' },
      pace: { type: 'string', default: '100' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const [word, ...rest] = positionals;
  if ((word !== undefined && word !== 'webhooks' && word !== 'night') || rest.length > 0) {
    console.error(`there is no demo "${positionals.join(' ')}"; npm run demo -- --help tells which there are`);
    return 2;
  }
  const [seed, pace] = [wholeNumber(values.seed, 'seed'), wholeNumber(values.pace, 'pace')];
  if (word === 'night') return await playNightAlone(seed);
  let system: LocalSystem | null = null;
  endOnInterrupt(async () => await system?.stop());
  console.log('Signalbox: building the Worker and starting it on workerd ...');
  system = await startLocalSystem();
  console.log(`Signalbox at ${system.url} (seed ${seed})\n`);
  try {
    return word === 'webhooks' ? await playWebhooks(system, seed) : await play(system, seed, pace);
  } finally {
    await system.stop();
  }
}

process.exitCode = await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  return 1;
});
