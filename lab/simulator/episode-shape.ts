// How far an episode has moved its processor towards the target at one moment: 0 not at all, 1 wholly (a sine also the other way).
import type { ScenarioEpisode } from '../scenario-file.ts';

/** Where a run stands: `fraction` = transactions done / all; `atMs` since the epoch. */
export interface Moment {
  readonly fraction: number;
  readonly atMs: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** 1970-01-01 was a Thursday; weekdays count from 0 = Sunday. */
const EPOCH_WEEKDAY = 4;
/** A flapping episode without a period flaps ten times. */
const FLAPS = 10;

export function severity(episode: ScenarioEpisode, moment: Moment): number {
  const { fromFraction: from, toFraction: to, shape } = episode;
  const { fraction } = moment;
  if (shape === 'calendar') return inCalendar(episode, moment) ? 1 : 0;
  if (fraction < from || fraction >= to) return 0;
  switch (shape) {
    case 'step':
      return 1;
    case 'ramp':
      return (fraction - from) / (to - from);
    case 'sine': {
      const period = episode.periodFraction ?? to - from;
      return Math.sin((2 * Math.PI * (fraction - from)) / period + (episode.phaseRadians ?? 0));
    }
    case 'flapping': {
      const period = episode.periodFraction ?? (to - from) / FLAPS;
      return ((fraction - from) / period) % 1 < 0.5 ? 1 : 0;
    }
  }
}

/** With hours: those of the day (UTC), within the fractions. With a period: the window [from, to) comes again each period. */
function inCalendar(episode: ScenarioEpisode, { fraction, atMs }: Moment): boolean {
  const { fromFraction: from, toFraction: to, periodFraction: period, hours } = episode;
  if (hours === undefined) return fraction >= from && (fraction - from) % (period ?? 1) < to - from;
  if (fraction < from || fraction >= to) return false;
  const hour = (atMs % DAY_MS) / HOUR_MS;
  const overMidnight = hours.from > hours.to;
  const within = overMidnight ? hour >= hours.from || hour < hours.to : hour >= hours.from && hour < hours.to;
  if (!within || hours.weekdays === undefined) return within;
  // What began before midnight belongs to the day on which it began.
  const began = overMidnight && hour < hours.to ? atMs - DAY_MS : atMs;
  return hours.weekdays.includes((Math.floor(began / DAY_MS) + EPOCH_WEEKDAY) % 7);
}
