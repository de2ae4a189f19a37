// Whether a breaker is about to open and close over and over: a Poisson rate that forgets, believed as a gamma distribution.
import { ago, lately, rounded, type Look, type Measure } from './measure.ts';
import { FLAPS } from './trouble.ts';
import { HORIZON_MINUTES } from './prediction.ts';
import { SURENESS_MAX, bounded, logOdds } from './trend.ts';

const LOOK_MINUTES = 180;
const HALF_LIFE = 30;
/** Believed before: few changes, held loosely, for a processor that flaps does so at once. */
const PRIOR = { changes: 0.1, minutes: 20 };
/** One opening alone is an outage, not flapping. */
const CHANGES_MIN = 2;

export function measureFlapping(look: Look): Measure | null {
  let [changes, seen, lastHour] = [PRIOR.changes, 0, 0];
  for (const each of lately(look, LOOK_MINUTES)) {
    const back = ago(look, each);
    changes += 0.5 ** (back / HALF_LIFE) * each.breakerTransitions;
    seen += each.breakerTransitions;
    if (back < 60) lastHour += each.breakerTransitions;
  }
  // A minute without a row is one without a change.
  const minutes = PRIOR.minutes + (HALF_LIFE / Math.LN2) * (1 - 0.5 ** (LOOK_MINUTES / HALF_LIFE));
  if (seen < CHANGES_MIN) return null;
  const horizon = HORIZON_MINUTES.breaker_flapping;
  const reached = 1 - negativeBinomialBelow(FLAPS, { shape: changes, odds: horizon / (horizon + minutes) });
  return {
    kind: 'breaker_flapping',
    limit: FLAPS,
    measures: [bounded(logOdds(reached), SURENESS_MAX), Math.log(1 + lastHour)],
    earliest: 0,
    extent: ((changes / minutes) * horizon) / FLAPS,
    evidence: {
      changesLastHour: lastHour,
      changesSeen: seen,
      changesExpected: rounded((changes / minutes) * horizon, 2),
      limitChanges: FLAPS,
    },
  };
}

/** Fewer than `count`, where `odds` is the chance that the next thing to happen is a change. */
function negativeBinomialBelow(
  count: number,
  { shape, odds }: { readonly shape: number; readonly odds: number },
): number {
  let term = (1 - odds) ** shape;
  let below = 0;
  for (let k = 0; k < count; k++) {
    below += term;
    term *= ((shape + k) / (k + 1)) * odds;
  }
  return Math.min(1, below);
}
