// Watches a rate (losses, slow answers, declines for invalid data of all attempts) for a rise beyond what its hours of the week explain.
import { createEvidenceBank, gather, type EvidenceBank } from './evidence-bank.ts';
import {
  createSeasonalRatio,
  forgetHour,
  forgetSeason,
  moveToMinute,
  noteHour,
  noteRatio,
  usualRatio,
  type SeasonalRatio,
} from './seasonal-ratio.ts';
import { logLikelihood } from '../forecasting/beta-binomial.ts';

/** Factors on the odds of the rises looked for, the mildest first. */
export const RISE_FACTORS = [1.5, 4, 20] as const;
/** Attempts that the hour of the day is worth beside the hour of the week. */
const ATTEMPTS_DRAWN = 200;
/** Fewer say nothing of what is usual. */
const ATTEMPTS_MIN = 50;
const DEVIATIONS_ALLOWED = 2;
const DOUBT = 2;
/** How firmly a minute's rate is believed to be the usual one, in attempts. */
const PRECISION = 400;
const RATE_MIN = 1e-3;
/** A minute is learned as so many times the mean one at most: one of a billion attempts would be the usual for weeks. */
const MINUTE_TIMES_MAX = 20;
const MINUTE_LEAST = 200;
const NOTHING_SEEN = RISE_FACTORS.map(() => 0);

/** Plain JSON. */
export interface RateWatch {
  readonly season: SeasonalRatio;
  readonly rise: EvidenceBank;
}

export function createRateWatch(): RateWatch {
  return { season: createSeasonalRatio(), rise: createEvidenceBank(RISE_FACTORS.length) };
}

/** Returns the usual rate; `null`: nothing is known of it yet. */
export function watchRate(
  { season, rise }: RateWatch,
  { minute, hits, trials }: { readonly minute: number; readonly hits: number; readonly trials: number },
  { limit, allowed: widened }: { readonly limit: number; readonly allowed: number },
): number | null {
  moveToMinute(season, minute);
  const known = usualRatio(season, minute, ATTEMPTS_DRAWN);
  const attemptsKnown = season.per.reduce((sum, count) => sum + count, 0);
  if (known === null || attemptsKnown < ATTEMPTS_MIN) {
    noteRatio(season, hits, trials, 1);
    return null;
  }
  const usual = Math.min(1 - RATE_MIN, Math.max(RATE_MIN, known.ratio));
  const wasOn = rise.isOn;
  if (trials > 0) {
    const allowed = widened * DEVIATIONS_ALLOWED * known.deviation + DOUBT / Math.sqrt(1 + known.of);
    const mean = atOdds(usual, Math.exp(allowed));
    const asUsual = logLikelihood({ mean, precision: PRECISION }, hits, trials);
    const ratioOf = (factor: number): number =>
      logLikelihood({ mean: atOdds(mean, factor), precision: PRECISION }, hits, trials) - asUsual;
    if (gather(rise, RISE_FACTORS.map(ratioOf), limit)) forgetSeason(season);
  } else if (rise.isOn && gather(rise, NOTHING_SEEN, limit)) forgetSeason(season);
  if (rise.isOn && !wasOn) forgetHour(season);
  const hoursKnown = season.per.reduce((hours, count) => hours + Number(count > 0), 0);
  const most = Math.max(MINUTE_LEAST, (MINUTE_TIMES_MAX * attemptsKnown) / (60 * hoursKnown));
  noteRatio(season, hits, trials, (rise.isOn ? 0.02 : 1) * Math.min(1, most / Math.max(1, trials)));
  if (!rise.isOn) noteHour(season, hits, usual * trials);
  return usual;
}

function atOdds(rate: number, factor: number): number {
  return Math.min(1 - RATE_MIN / 100, (rate * factor) / (1 - rate + rate * factor));
}
