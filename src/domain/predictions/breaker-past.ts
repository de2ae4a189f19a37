// What a breaker did lately, from the changes of its minutes: outages, how long it stayed closed between them, and what came of its half-open attempts.
import { ago, lately, type Look } from './measure.ts';

/** Openings and closed minutes older than this tell nothing of the next opening. */
const HAZARD_MINUTES = 180;

export interface BreakerPast {
  /** Changes of the outage that is on; 0: it is closed. */
  readonly outage: number;
  /** Openings after a closing, within HAZARD_MINUTES, and the minutes that it was closed between and since. */
  readonly openingsAgain: number;
  readonly closedMinutes: number;
  /** Half-open attempts of the day that are over, and those that failed. */
  readonly tried: number;
  readonly failed: number;
  /** Changes in the last so many minutes. */
  changesWithin(minutes: number): number;
}

/** `null`: it has not changed lately. Minutes without a row are minutes without a change. */
export function breakerPast(look: Look): BreakerPast | null {
  const changed = look.minutes.filter(({ breakerTransitions }) => breakerTransitions > 0);
  const first = lately(look, HAZARD_MINUTES).find(({ breakerTransitions }) => breakerTransitions > 0);
  if (first === undefined) return null;
  let [outage, tried, failed] = [0, 0, 0];
  let [openingsAgain, closedMinutes] = [0, 0];
  /** Since when it is closed, for all that is known. */
  let closedAgo: number | null = null;
  for (const each of changed) {
    const { breakerTransitions: changes, breakerOpenings: openings, breakerClosings: closings } = each;
    const back = ago(look, each);
    if (openings > 0 && each.minute >= first.minute) {
      openingsAgain += closedAgo === null ? openings - 1 : openings;
      closedMinutes += Math.max(0, (closedAgo ?? 0) - back - 1);
    }
    // What is no opening can only have come while it was open.
    const wasOpen = outage > 0 || openings === 0;
    const isOpen = Number(wasOpen) + openings > closings;
    // An outage whose closing nobody recorded ends where another begins.
    outage = (openings > 0 && closings === 0 ? 0 : outage) + changes;
    if (closings > 0) {
      const attempts = Math.max(closings, Math.floor((outage - closings) / 2));
      [tried, failed] = [tried + attempts, failed + attempts - closings];
    }
    if (!isOpen || closings > 0) outage = isOpen ? 1 : 0;
    closedAgo = isOpen || each.minute < first.minute ? null : back;
  }
  return {
    outage,
    openingsAgain,
    closedMinutes: Math.floor(closedMinutes + (closedAgo ?? 0)),
    tried,
    failed,
    changesWithin: (minutes) =>
      changed.reduce((sum, each) => sum + (ago(look, each) < minutes ? each.breakerTransitions : 0), 0),
  };
}
