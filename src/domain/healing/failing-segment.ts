// Whether a segment of a processor fails while nothing stops it. Three ways lead past a breaker: its thresholds may be set high, a segment with few payments shares
// one with others that go well, and a brown-out that was there from the first payment is what its detector takes for normal.
import {
  failedShare,
  flows,
  othersAble,
  resultsInWindows,
  resultsSince,
  type ResultsSince,
  segmentRowOf,
  type Stopping,
} from './standing-now.ts';
import type { HouseSnapshot } from './snapshot.ts';
import type { ProcessorId, SegmentKey } from '../identity.ts';
import type { RegisteredProcessor } from '../processor-config.ts';
import { RESIDUAL } from '../segment.ts';
import { SEGMENT_VOLUME_MIN } from '../health/breaker-scope.ts';
import { WINDOW_AGE_MS } from '../health/window.ts';

const FAILING_RESULTS_MIN = 20;
const FAILING_RATE = 0.5;
/** Five in a row open a breaker that is one's own: of a baseline of 5% that is so in 1 of 3 million. */
const ALL_FAILED_MIN = 5;
/** Of a baseline of 10% a window of 40 has 12 failures in 1 of 6,000. */
const BROWN_OUT_RESULTS_MIN = 40;
const BROWN_OUT_RATE = 0.3;
const OTHERS_RESULTS_MIN = 20;
const TIMES_BETTER = 3;

/** `rare`: so few payments that what becomes of them elsewhere takes longer to see. */
export type Failing = 'half_fail' | 'rare' | 'brown_out';

export function failingOf(
  house: HouseSnapshot,
  processor: RegisteredProcessor,
  segment: SegmentKey,
  stopping: Stopping,
): Failing | null {
  const row = segmentRowOf(house, processor.id, segment);
  if (row === null || !flows(house, processor.id, segment) || isRuled(house, processor.id, segment)) return null;
  const seen = seenUnstopped(house, processor.id, segment);
  const [total, rate] = [seen.total, failedShare(seen)];
  if (total >= FAILING_RESULTS_MIN && rate > FAILING_RATE) return 'half_fail';
  if (total >= ALL_FAILED_MIN && total < SEGMENT_VOLUME_MIN && rate === 1) return 'rare';
  if (total < BROWN_OUT_RESULTS_MIN || rate < BROWN_OUT_RATE) return null;
  const others = resultsInWindows(house, othersAble(house, processor.id, segment, stopping), [segment]);
  // In whole numbers: a third is none that a computer knows.
  const isFarBetter = others.failed * total * TIMES_BETTER <= seen.failed * others.total;
  return others.total >= OTHERS_RESULTS_MIN && isFarBetter ? 'brown_out' : null;
}

/** What failed before its breaker closed is what the breaker stopped. */
function seenUnstopped(house: HouseSnapshot, id: ProcessorId, segment: SegmentKey): ResultsSince {
  const turns = house.processors.get(id)?.detail?.transitions ?? [];
  const closing = turns.findLast(({ scope, to }) => to === 'CLOSED' && (scope === segment || scope === RESIDUAL));
  if (closing === undefined || house.now - closing.atMs >= WINDOW_AGE_MS)
    return resultsInWindows(house, [id], [segment]);
  return resultsSince(house, id, segment, closing.atMs);
}

function isRuled({ configuration, now }: HouseSnapshot, id: ProcessorId, segment: SegmentKey): boolean {
  return configuration.overrides.some(
    (override) =>
      override.processorId === id &&
      now < override.expiresAtMs &&
      (override.segment === null || override.segment === RESIDUAL || override.segment === segment),
  );
}
