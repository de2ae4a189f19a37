// Whether a breaker is about to open and close over and over: the hazard of opening again since it closed, and how often its half-open attempts fail.
import { breakerPast, type BreakerPast } from './breaker-past.ts';
import { FLAP_MINUTES, FLAPS } from './trouble.ts';
import { HORIZON_MINUTES } from './prediction.ts';
import { rounded, type Look, type Measure } from './measure.ts';
import { SURENESS_MAX, bounded, logOdds } from './trend.ts';

/** Half an opening in five minutes: held so loosely that one opening more, or an hour without, changes it altogether. Chosen by likelihood on 2,000 simulated days of seeds of their own. */
const HAZARD_PRIOR = { openings: 0.5, minutes: 5 };
/** Of all processors' half-open attempts; the own ones are drawn to it as by so many. */
const ATTEMPTS_PRIOR = { failed: 1, tried: 4 };
/** It opens, it tries, it closes; each attempt that fails makes two more. */
const OUTAGE_CHANGES = 3;

export function measureFlapping(look: Look): Measure | null {
  const past = breakerPast(look);
  if (past === null) return null;
  const failing = (past.failed + ATTEMPTS_PRIOR.failed) / (past.tried + ATTEMPTS_PRIOR.tried);
  const reached = chanceOfFlapping(past, failing);
  const lastHour = past.changesWithin(FLAP_MINUTES);
  return {
    kind: 'breaker_flapping',
    limit: FLAPS,
    measures: [bounded(logOdds(reached), SURENESS_MAX)],
    earliest: 0,
    extent: lastHour / FLAPS,
    evidence: {
      state: past.outage === 0 ? 'closed' : 'open',
      changesLastHour: lastHour,
      openingsAgain: past.openingsAgain,
      minutesClosed: past.closedMinutes,
      halfOpenTried: past.tried,
      halfOpenFailed: past.failed,
      halfOpenFailing: rounded(failing, 3),
      limitChanges: FLAPS,
    },
  };
}

/** That some minute of the horizon has FLAPS changes in its hour: by the outage that is on, by the next one, or by that and another. */
function chanceOfFlapping(past: BreakerPast, failing: number): number {
  const shape = HAZARD_PRIOR.openings + past.openingsAgain;
  const scale = HAZARD_PRIOR.minutes + past.closedMinutes;
  /** That an outage makes so many changes, of which `least` are certain. */
  const makes = (changes: number, least: number): number =>
    changes <= least ? 1 : failing ** Math.ceil((changes - least) / 2);
  // Open it has to try and to close yet, half-open to close.
  const left = past.outage === 0 ? 0 : past.outage % 2 === 1 ? 2 : 1;
  const byThis = left === 0 ? 0 : makes(FLAPS - past.changesWithin(FLAP_MINUTES - 1), left);
  const horizon = HORIZON_MINUTES.breaker_flapping - OUTAGE_CHANGES;
  let byNext = 0;
  for (let ahead = 0; ahead < horizon; ahead++) {
    // Opening in this minute: the hazard is believed as a gamma distribution, so that waiting for it is Lomax's.
    const opens = (scale / (scale + ahead)) ** shape - (scale / (scale + ahead + 1)) ** shape;
    const held = left + past.changesWithin(horizon - ahead);
    const alone = makes(FLAPS - held, OUTAGE_CHANGES);
    const again = 1 - ((scale + ahead) / (scale + horizon)) ** (shape + 1);
    byNext += opens * (alone + (1 - alone) * again);
  }
  return byThis + (1 - byThis) * byNext;
}
