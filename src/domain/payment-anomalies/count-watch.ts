// Watches a count a minute (attempts, tries of one card) for spikes or drops beyond what hours of the week and their usual sway explain.
import { createEvidenceBank, gather, quieten, type EvidenceBank } from './evidence-bank.ts';
import {
  createSeasonalRatio,
  forgetHour,
  forgetSeason,
  moveToMinute,
  noteHour,
  noteRatio,
  usualBetween,
  type SeasonalRatio,
} from './seasonal-ratio.ts';

/** Factors of the changes looked for, the mildest first. */
export const SPIKE_FACTORS = [2, 5] as const;
export const DROP_FACTORS = [0.5, 0.1] as const;
/** Minutes that the hour of the day is worth beside the hour of the week. */
const MINUTES_DRAWN = 60;
/** Minutes that all hours are worth beside the hour of the day: nights have a tenth of a day's payments. */
const MINUTES_DRAWN_TO_ALL = 1;
/** Of this hour of the day on earlier days, before it is judged. */
const MINUTES_BEFORE_MIN = 30;
/** How many usual deviations of an hour are no change. */
const DEVIATIONS_ALLOWED = 3;
/** In the logarithm: how much less or more a weekday may bring that was not seen yet. */
const UNSEEN_WEEKDAY = 0.25;
/** Standard errors of what is usual that are allowed for. */
const DOUBT = 2;
/** Of single minutes, beyond chance, as a share of the squared mean: what is believed first and never less. */
const DISPERSION_TOLD = 0.1;
const DISPERSION_MIN = 0.02;
const DISPERSION_MAX = 2;
const LEARNED_PER_MINUTE = 1 / 720;
const MEAN_MIN = 1e-3;
/** Times the usual, that a minute counts as when it is learned: one of a billion would be the usual for weeks. */
const NOTED_MAX = 20;
/** A few attempts where there are hardly any are no spike. */
const SPIKE_FROM = 0.2;

/** Plain JSON. */
export interface CountWatch {
  readonly season: SeasonalRatio;
  readonly spike: EvidenceBank;
  readonly drop: EvidenceBank;
  dispersion: number;
  /** Minutes in a row that were another's doing. */
  away?: number;
}

/** What of this scope's volume an act of ours explains: it was acted on itself, or on another whose traffic it has. */
export type Explained = 'own' | 'other' | null;

export interface CountNow {
  readonly minute: number;
  readonly count: number;
  /** No spike is one of less than this. */
  readonly least?: number;
  readonly explained: Explained;
}

export interface CountReading {
  /** A minute; `null`: nothing is known of this hour yet. */
  readonly usual: number | null;
}

export function createCountWatch(): CountWatch {
  return {
    season: createSeasonalRatio(),
    spike: createEvidenceBank(SPIKE_FACTORS.length),
    drop: createEvidenceBank(DROP_FACTORS.length),
    dispersion: DISPERSION_TOLD,
  };
}

/** A level that others gave it for so long is its own. */
const USUAL_AFTER_MINUTES = 1_440;

/** `limits`: nats asked of either side. What is explained is neither judged nor learned. */
export function watchCount(
  watch: CountWatch,
  { minute, count, least = SPIKE_FROM, explained }: CountNow,
  limits: { readonly spike: number; readonly drop: number; readonly allowed: number },
): CountReading {
  const { season, spike, drop } = watch;
  moveToMinute(season, minute);
  if (explained === null && (watch.away ?? 0) >= USUAL_AFTER_MINUTES) forgetSeason(season);
  watch.away = explained === 'other' ? (watch.away ?? 0) + 1 : 0;
  const known = usualBetween(season, minute, MINUTES_DRAWN, MINUTES_DRAWN_TO_ALL);
  if (explained !== null) {
    for (const bank of [spike, drop]) quieten(bank);
    return { usual: known === null ? null : Math.max(MEAN_MIN, known.ratio) };
  }
  const isDoubtful = spike.isOn || drop.isOn;
  if (known === null || known.perBefore < MINUTES_BEFORE_MIN) {
    noteRatio(season, count, 1, 1);
    return { usual: null };
  }
  const usual = Math.max(MEAN_MIN, known.ratio);
  const sway = DEVIATIONS_ALLOWED * known.deviation + (known.isKnownWeekday ? 0 : UNSEEN_WEEKDAY);
  const allowed = limits.allowed * sway + DOUBT / Math.sqrt(1 + known.of);
  const ratioOf = (mean: number, factor: number): number => logRatio(count, mean, mean * factor, 1 / watch.dispersion);
  const high = Math.max(least, usual) * Math.exp(allowed);
  const low = usual * Math.exp(-allowed);
  const spikes = SPIKE_FACTORS.map((factor) => ratioOf(high, factor));
  const drops = DROP_FACTORS.map((factor) => ratioOf(low, factor));
  const isHigherNow = gather(spike, spikes, limits.spike);
  if (gather(drop, drops, limits.drop) || isHigherNow) forgetSeason(season);
  if (!isDoubtful && (spike.isOn || drop.isOn)) forgetHour(season);
  const isQuiet = !isDoubtful && !spike.isOn && !drop.isOn;
  noteRatio(season, Math.min(count, NOTED_MAX * Math.max(least, usual)), 1, isQuiet ? 1 : 0.02);
  if (isQuiet) {
    noteHour(season, count, known.ratio);
    learnDispersion(watch, count, known.ratio);
  }
  return { usual };
}

/** Of two negative binomial means, in nats; `size` as in its variance mean + mean^2 / size. */
function logRatio(count: number, mean: number, other: number, size: number): number {
  return count * Math.log(other / mean) + (count + size) * Math.log((size + mean) / (size + other));
}

function learnDispersion(watch: CountWatch, count: number, usual: number): void {
  const seen = ((count - usual) ** 2 - usual) / Math.max(1, usual * usual);
  const clipped = Math.max(-DISPERSION_MAX, Math.min(DISPERSION_MAX, seen));
  watch.dispersion = Math.max(DISPERSION_MIN, watch.dispersion + LEARNED_PER_MINUTE * (clipped - watch.dispersion));
}
