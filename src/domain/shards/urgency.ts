// Which results of a shard must not wait for the next regular flight, because a breaker could turn by them. Rules: SPEC.md [SHD].
import type { Delta, HeardResult } from './delta.ts';
import { isTechnicalFailure } from '../results/canonical-result.ts';
import type { SegmentKey } from '../identity.ts';

/**
 * Two flights of one shard lie so far apart, and a quarter of a second would be soon enough for counts. But what comes late breaks the order between shards, and
 * a streak of failures with it: at 250 ms a segment's outage was seen up to 450 ms later than without shards.
 */
export const FLIGHT_EVERY_MS = 100;
/** What is urgent waits only for this: an outage makes every commit urgent. */
export const URGENT_EVERY_MS = 50;
/** One failure is nothing; two, and at least this part of what waits of their segment, may be a beginning. */
const FAILURES_MIN = 2;
const FAILURES_SHARE = 0.1;

/** When the next flight is to leave, the last of which left at `leftAt`; `null`: nothing waits. Where little comes, it leaves at once. */
export function flightDueAt(waiting: readonly Delta[], leftAt: number, now: number): number | null {
  if (waiting.length === 0) return null;
  // A clock that was set back makes nobody wait.
  return Math.min(leftAt, now) + (isUrgent(waiting) ? URGENT_EVERY_MS : FLIGHT_EVERY_MS);
}

/** `waiting`: all that has not left yet. A payment that held a permit decides of a breaker by itself. */
export function isUrgent(waiting: readonly Delta[]): boolean {
  const counts = new Map<SegmentKey, { attempts: number; failures: number }>();
  for (const { heard } of waiting) {
    for (const each of heard) {
      const { result } = each;
      if (!isAttempt(each)) continue;
      if (result.decision?.permit === true) return true;
      const count = counts.get(result.segment) ?? { attempts: 0, failures: 0 };
      count.attempts += 1;
      if (isFailure(each)) count.failures += 1;
      counts.set(result.segment, count);
    }
  }
  return [...counts.values()].some(
    ({ attempts, failures }) => failures >= FAILURES_MIN && failures >= attempts * FAILURES_SHARE,
  );
}

const isAttempt = ({ result: { result }, outcome }: HeardResult): boolean =>
  outcome === undefined && result !== 'refunded' && result !== 'disputed';

const isFailure = (heard: HeardResult): boolean => isAttempt(heard) && isTechnicalFailure(heard.result);
