// Plays two simulated days against the Worker's own jobs over a real PostgreSQL, and says what each of them noticed and did.
import { asProcessorId } from '../../../src/domain/identity.ts';
import { DAY_MINUTES, isWatched, activeFault, KNOWN_FAULTS, PLAYED_DAYS, QUIET_DAYS } from './truth.ts';
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
const QUIET_WRITTEN_EVERY = 60;
const FORECAST_HOURS = 24;
const FORECAST_FROM = (PLAYED_DAYS - 1) * DAY_MINUTES;

export type ShowProgress = (text: string, done: number) => void;

/** 0: all was noticed and there was no storm of false alarms; 1: the verdict says what was missing. */
export async function playNight(postgres: LocalPostgres, seed: number, show: ShowProgress): Promise<number> {
  await migrate(postgres.databaseUrl, readMigrations());
  const house = new NightHouse(postgres.databaseUrl, seed, START_MS - QUIET_DAYS * DAY_MINUTES * MINUTE_MS);
  await house.register();
  const record = await play(house, seed, show);
  const checks = nightChecksOf(record, KNOWN_FAULTS);
  show('', 1);
  console.log(nightReport(record, KNOWN_FAULTS, checks));
  return checks.every(({ isMet }) => isMet) ? 0 : 1;
}

async function play(house: NightHouse, seed: number, show: ShowProgress): Promise<NightRecord> {
  const checkout = new Checkout(house, seed, START_MS);
  const [jobs, watch, ledger] = [new NightJobs(house), new NightWatch(house, START_MS), new LossLedger(seed)];
  const all = (QUIET_DAYS + PLAYED_DAYS) * DAY_MINUTES;
  let quietPayments = 0;
  for (let minute = -QUIET_DAYS * DAY_MINUTES; minute < 0; minute += 1) {
    quietPayments += (await checkout.sell(minute)).length;
    if ((minute + 1) % QUIET_WRITTEN_EVERY === 0) await house.processors.drainTo(house.history);
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
    if (isWatched(minute)) {
      await house.processors.drainTo(house.history);
      await jobs.run();
      watch.look(minute);
    }
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
