// How much of what comes the 95% intervals of rate forecasts hold, in worlds whose law is known: exactly, by the chance of each count, not by drawing one.
import { countsOf, ratesOf, type RateWorld } from './rate-worlds.ts';
import { forecastRate } from '../../src/domain/forecasting/forecast-rate.ts';
import { seededDraws } from '../detection/seeded-draws.ts';

export interface RateCoverage {
  readonly world: RateWorld;
  /** An hour, in the mean of the past and in each hour to come. */
  readonly attempts: number;
  /** Part of the shares to come that their intervals hold, in the mean; and of the rates. */
  readonly sharesHeld: number;
  readonly ratesHeld: number;
  /** Mean widths. */
  readonly shareWidth: number;
  readonly rateWidth: number;
}

export interface RateMeasurement {
  readonly seed: string;
  readonly runs: number;
  /** Of the past, and of the forecast. */
  readonly hours: number;
  readonly horizon: number;
}

const DAY = 24;

export function measureRates(world: RateWorld, attempts: number, given: RateMeasurement): RateCoverage {
  const { seed, runs, hours, horizon } = given;
  const sums = { sharesHeld: 0, ratesHeld: 0, shareWidth: 0, rateWidth: 0 };
  for (let run = 0; run < runs; run++) {
    const draw = seededDraws(`${seed}-${world}-${attempts}-${run}`);
    const rates = ratesOf(world, hours + horizon, draw);
    const counts = countsOf(rates.slice(0, hours), attempts, draw);
    const forecast = forecastRate(counts, { horizon, period: DAY, attempts });
    if (!forecast.ok) throw new Error(forecast.reason);
    for (const [step, { low, high, rateLow, rateHigh }] of forecast.steps.entries()) {
      const rate = rates[hours + step]!;
      sums.sharesHeld += chanceWithin(rate, attempts, low, high);
      sums.ratesHeld += Number(rate >= rateLow && rate <= rateHigh);
      sums.shareWidth += high - low;
      sums.rateWidth += rateHigh - rateLow;
    }
  }
  const all = runs * horizon;
  return {
    world,
    attempts,
    sharesHeld: sums.sharesHeld / all,
    ratesHeld: sums.ratesHeld / all,
    shareWidth: sums.shareWidth / all,
    rateWidth: sums.rateWidth / all,
  };
}

/** That of so many attempts at a rate within (0, 1) a share from `low` to `high` succeeds. */
function chanceWithin(rate: number, attempts: number, low: number, high: number): number {
  let mass = attempts * Math.log(1 - rate);
  let held = 0;
  for (let count = 0; count <= attempts; count++) {
    const part = count / attempts;
    if (part >= low && part <= high) held += Math.exp(mass);
    mass += Math.log(((attempts - count) / (count + 1)) * (rate / (1 - rate)));
  }
  return held;
}
