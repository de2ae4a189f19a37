// Plays two simulated days against the Worker's own jobs over a real PostgreSQL, and says what each of them noticed and did.
import { asProcessorId } from '../../../src/domain/identity.ts';
import { DAY_MINUTES, activeFault, KNOWN_FAULTS, PLAYED_DAYS, QUIET_DAYS } from './truth.ts';
import { askNeon } from '../../../src/db/neon-query.ts';
import { dollarsOf } from '../payments.ts';
import { forecastFromPast } from '../../../src/flows/forecast-from-past.ts';
import type { FaultLoss, ForecastHour, NightRecord } from './night-record.ts';
import { isLost } from './customers.ts';
import { MINUTE_MS } from '../../../src/domain/payment-anomalies/reading-plan.ts';
import { migrate, readMigrations } from '../../postgres/migrations.ts';
import { MOCK_PROCESSORS } from '../mock-processors.ts';
import { Checkout, type NightSale } from './night-checkout.ts';
import { nightChecksOf } from './night-findings.ts';
import { NightHouse } from './night-house.ts';
import { NightJobs } from './night-jobs.ts';
import { nightReport } from './night-report.ts';
import { NightWatch } from './night-watch.ts';
import type { LocalPostgres } from '../../postgres/open-postgres.ts';
import { staticChoice } from '../simulated-processors.ts';
import { clockOf } from './night-clock.ts';

/** A Tuesday; the two quiet days are before it. */
const START_MS = Date.parse('2026-03-03T00:00:00Z');
const STATEMENT_TIMEOUT_MS = 30_000;
const QUIET_WRITTEN_EVERY = 60;
/** Of the played minutes. */
const LOOKED_AROUND_EVERY = 720;
const FORECAST_HOURS = 24;
const FORECAST_FROM = (PLAYED_DAYS - 1) * DAY_MINUTES;

export type ShowProgress = (text: string, done: number) => void;

/** 0: all was noticed, its cause was told, and no job cried wolf more often than it may; 1: the verdict says what was missing. */
export async function playNight(postgres: LocalPostgres, seed: number, show: ShowProgress): Promise<number> {
  const record = await recordNight(postgres, seed, show);
  const checks = nightChecksOf(record, KNOWN_FAULTS);
  show('', 1);
  console.log(nightReport(record, KNOWN_FAULTS, checks));
  return checks.every(({ isMet }) => isMet) ? 0 : 1;
}

export async function recordNight(postgres: LocalPostgres, seed: number, show: ShowProgress): Promise<NightRecord> {
  await loosen(postgres);
  await migrate(postgres.databaseUrl, readMigrations());
  const house = new NightHouse(postgres.databaseUrl, seed, START_MS - QUIET_DAYS * DAY_MINUTES * MINUTE_MS);
  await house.register();
  return await play(house, seed, show, async () => await done(postgres.databaseUrl, 'ANALYZE'));
}

/** Goes with the demo: nobody need wait for its disk. */
async function loosen({ databaseUrl }: LocalPostgres): Promise<void> {
  await done(databaseUrl, 'ALTER SYSTEM SET synchronous_commit = off');
  await done(databaseUrl, 'SELECT pg_reload_conf()');
}

async function done(databaseUrl: string, statement: string): Promise<void> {
  const reply = await askNeon({ databaseUrl, timeoutMs: STATEMENT_TIMEOUT_MS }, statement, []);
  if (!reply.ok) throw new Error(`PostgreSQL refused "${statement}": ${reply.fault.reason}`);
}

/** `lookAround`: PostgreSQL counts its rows anew, which it does by itself as time goes by; here a day takes a minute. */
async function play(
  house: NightHouse,
  seed: number,
  show: ShowProgress,
  lookAround: () => Promise<void>,
): Promise<NightRecord> {
  const checkout = new Checkout(house, seed, START_MS);
  const [jobs, watch, ledger] = [new NightJobs(house), new NightWatch(house, START_MS), new LossLedger(seed)];
  const all = (QUIET_DAYS + PLAYED_DAYS) * DAY_MINUTES;
  let quietPayments = 0;
  for (let minute = -QUIET_DAYS * DAY_MINUTES; minute < 0; minute += 1) {
    quietPayments += (await checkout.sell(minute)).length;
    if ((minute + 1) % QUIET_WRITTEN_EVERY === 0) await house.drain();
    show(`${clockOf(minute)}  quiet, to learn what is usual`, (minute + QUIET_DAYS * DAY_MINUTES) / all);
  }
  let payments = 0;
  let forecast: readonly Omit<ForecastHour, 'actual'>[] = [];
  const actual = Array.from({ length: FORECAST_HOURS }, () => 0);
  for (let minute = 0; minute < PLAYED_DAYS * DAY_MINUTES; minute += 1) {
    if (minute === FORECAST_FROM) forecast = await forecastVolume(house);
    const sales = await checkout.sell(minute);
    payments += sales.length;
    ledger.note(sales, minute);
    const hour = Math.floor((minute - FORECAST_FROM) / 60);
    if (hour >= 0) actual[hour] = (actual[hour] ?? 0) + sales.length;
    await house.drain();
    if (minute % LOOKED_AROUND_EVERY === 0) await lookAround();
    await jobs.run();
    watch.look(minute);
    const what = activeFault(minute)?.name ?? '';
    show(`${clockOf(minute)}  ${what}`, (minute + QUIET_DAYS * DAY_MINUTES) / all);
  }
  const compared = forecast.map((step, hour) => ({ ...step, actual: actual[hour] ?? 0 }));
  return watch.record({ payments, quietPayments, losses: ledger.losses(), forecast: compared }, jobs);
}

/** As POST /analytics/predict answers it; empty where history is too short. */
async function forecastVolume({ predictions, now }: NightHouse): Promise<readonly Omit<ForecastHour, 'actual'>[]> {
  const processorIds = MOCK_PROCESSORS.map(({ id }) => asProcessorId(id));
  const ask = { metric: 'payment_volume', horizon: FORECAST_HOURS, processorIds, withOverall: true } as const;
  const told = await forecastFromPast(predictions.past, ask, now);
  return told.ok && told.overall?.ok === true ? told.overall.steps : [];
}

/** What faults took, by the luck that each payment would have had. */
class LossLedger {
  readonly #seed: number;
  readonly #losses = new Map(KNOWN_FAULTS.map(({ name }) => [name, { lost: 0, staticLost: 0 }]));

  constructor(seed: number) {
    this.#seed = seed;
  }

  note(sales: readonly NightSale[], minute: number): void {
    const fault = activeFault(minute);
    const loss = fault === null ? undefined : this.#losses.get(fault.name);
    if (loss === undefined) return;
    for (const { payment, processor } of sales) {
      const dollars = dollarsOf(payment);
      const byStatic = staticChoice(payment.segment);
      if (isLost(this.#seed, payment, processor, minute)) loss.lost += dollars;
      if (isLost(this.#seed, payment, byStatic, minute)) loss.staticLost += dollars;
    }
  }

  losses(): readonly FaultLoss[] {
    return [...this.#losses].map(([fault, loss]) => ({ fault, ...loss }));
  }
}
