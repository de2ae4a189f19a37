// Which promise a scenario is held to, read from the file alone: does anything change, and if not, how close are the best two?
import { Market, netValueOf, successOf } from '../simulator/market.ts';
import type { Scenario } from '../scenario-file.ts';

/** `newcomers`: processors come or go, and what each of them does stays as it is. */
export type ScenarioKind = 'non-stationary' | 'newcomers' | 'close call' | 'stationary';

/** Half a point of success, or of the margin where fees differ. */
const CLOSE_GAP = 0.005;
const UNTIL_ALMOST = 1e-9;

export function kindOf(scenario: Scenario): ScenarioKind {
  const { episodes, processors } = scenario;
  if (episodes.length > 0) return 'non-stationary';
  if (processors.some(({ fromFraction, toFraction }) => fromFraction > 0 || toFraction < 1)) return 'newcomers';
  return smallestGap(scenario) < CLOSE_GAP - UNTIL_ALMOST ? 'close call' : 'stationary';
}

/** Between the best and the second best of a segment at rest; equals are no choice at all and count for nothing. */
function smallestGap(scenario: Scenario): number {
  const market = new Market(scenario);
  const moment = { fraction: 0, atMs: Date.parse(scenario.startsAt) };
  const at = { userErrorRate: scenario.userErrorRate, overload: 0 };
  const gaps = scenario.segments.flatMap((_, segment) => {
    const values = market.serving[segment]!.map((processor) => {
      const conduct = market.conduct(processor, segment, moment);
      const tariff = market.tariff(processor, segment);
      return market.feesDiffer
        ? netValueOf(conduct, tariff, at) / tariff.marginMinor
        : successOf(conduct, at.userErrorRate, 0);
    });
    const best = Math.max(...values);
    const others = values.filter((value) => value < best - UNTIL_ALMOST);
    return others.length === 0 ? [] : [best - Math.max(...others)];
  });
  return Math.min(...gaps);
}
