// Whether technical failures are on their way to a share that hurts: two trends in log odds, shrunk to what is usual.
import { ago, before, FAST_HALF_LIFE, FAST_MINUTES, lately, rounded, SLOW_HALF_LIFE, SLOW_MINUTES } from './measure.ts';
import { countTrend, crossing, logOdds, oddsShare, trendMeasures } from './trend.ts';
import { FAILURES_MIN, STRETCH_MINUTES } from './trouble.ts';
import { HORIZON_MINUTES } from './prediction.ts';
import type { Look, Measure } from './measure.ts';
import type { ProcessorMinute } from './processor-minute.ts';

/** Three times what is usual, at least a tenth of the attempts and at most six tenths. */
const LIMIT_TIMES = 3;
const LIMIT_MIN = 0.1;
const LIMIT_MAX = 0.6;
/** One failure of fifty attempts is believed before anything was seen. */
const PRIOR = { failures: 1, attempts: 50 };
/** Less is no trend. */
const FAILURES_SEEN_MIN = 3;
const ATTEMPTS_SEEN_MIN = 30;

export function measureErrorRate(look: Look): Measure | null {
  const seen = lately(look, SLOW_MINUTES);
  const [failures, attempts] = sums(seen);
  if (failures < FAILURES_SEEN_MIN || attempts < ATTEMPTS_SEEN_MIN) return null;
  const usual = usualShare(look);
  const limit = failureLimit(usual);
  // With few attempts the least number of failures asks for a larger share than the limit.
  const share = Math.max(limit, (FAILURES_MIN * seen.length) / (attempts * STRETCH_MINUTES));
  if (share >= 1) return null;
  const horizon = HORIZON_MINUTES.error_rate_rising;
  const trend = (length: number, halfLife: number, slopeSpread: number) =>
    countTrend(
      lately(look, length).flatMap((each) =>
        each.attempts === 0 ? [] : [{ ago: ago(look, each), hits: each.failures, trials: each.attempts }],
      ),
      { halfLife, usual: logOdds(usual), levelSpread: 1.5, slopeSpread },
    );
  const fast = trend(FAST_MINUTES, FAST_HALF_LIFE, 0.05);
  const slow = trend(SLOW_MINUTES, SLOW_HALF_LIFE, 0.02);
  const [fastly, slowly] = [fast, slow].map((each) => crossing(each, logOdds(share), horizon));
  const worst = oddsShare(slow.level + Math.max(0, slow.slope) * horizon);
  return {
    kind: 'error_rate_rising',
    limit,
    measures: trendMeasures(fast, slow, logOdds(share), horizon),
    earliest: Math.min(fastly!.earliest ?? horizon, slowly!.earliest ?? horizon),
    extent: worst / limit,
    evidence: {
      failuresSeen: failures,
      attemptsSeen: attempts,
      timeoutsSeen: seen.reduce((sum, { timeouts }) => sum + timeouts, 0),
      usualShare: rounded(usual, 4),
      shareNow: rounded(oddsShare(fast.level), 4),
      logOddsPerHour: rounded(60 * slow.slope, 3),
      limitShare: rounded(share, 4),
      expectedInMinutes: slowly!.expected ?? 'not within the window',
    },
  };
}

export function usualShare(look: Look): number {
  const [failures, attempts] = sums(before(look));
  return (failures + PRIOR.failures) / (attempts + PRIOR.attempts);
}

export function failureLimit(usual: number): number {
  return Math.min(LIMIT_MAX, Math.max(LIMIT_MIN, LIMIT_TIMES * usual));
}

function sums(minutes: readonly ProcessorMinute[]): [failures: number, attempts: number] {
  let [failures, attempts] = [0, 0];
  for (const each of minutes) [failures, attempts] = [failures + each.failures, attempts + each.attempts];
  return [failures, attempts];
}
