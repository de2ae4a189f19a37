// The seed contract's status table, exact, and the words that go with it; what stops traffic is the breaker, not this.
import type { Confidence, Status, WindowSummary } from './window-summary.ts';
import { FUTURE_MAX_MS, WINDOW_AGE_MS, type WindowEntry } from './window.ts';

type Counts = Readonly<Record<WindowEntry['result'], number>>;

/** Below this many results the table says HEALTHY, and `confidence` that this means little. */
export const STATUS_VOLUME_MIN = 10;

/** The table, in whole numbers: 13 of 20 is exactly 65%, which a product of floats need not be. */
export function statusOf(counts: Counts): Status {
  const decided = counts.approved + counts.declined;
  const failed = counts.error + counts.timeout;
  const total = decided + failed;
  if (total < STATUS_VOLUME_MIN) return 'HEALTHY';
  if (failed * 2 > total) return 'DOWN';
  if (decided > 0 && counts.approved * 10 < decided * 3) return 'DOWN';
  if (failed * 10 >= total * 3) return 'DEGRADED';
  return counts.approved * 100 < decided * 65 ? 'DEGRADED' : 'HEALTHY';
}

/** Of entries as `entriesWithin` or `mergeWindows` give them. */
export function summarize(entries: readonly WindowEntry[]): WindowSummary {
  const counts = countOf(entries);
  const decided = counts.approved + counts.declined;
  const failed = counts.error + counts.timeout;
  return {
    status: statusOf(counts),
    authorizationRate: decided > 0 ? counts.approved / decided : failed > 0 ? 0 : null,
    errorRate: entries.length === 0 ? 0 : failed / entries.length,
    total: entries.length,
    ...counts,
  };
}

export function confidenceOf(total: number): Confidence {
  if (total === 0) return 'none';
  if (total < STATUS_VOLUME_MIN) return 'low';
  return total <= 30 ? 'medium' : 'high';
}

/**
 * When the status (not merely a count) of these entries, newest first, will have changed if nothing more arrives. Where it never does: a moment
 * 15 minutes on, by which everything held has expired, so that it is always finite.
 */
export function nextExpiryChange(entries: readonly WindowEntry[], now: number): number {
  const counts = countOf(entries);
  const present = statusOf(counts);
  for (let index = entries.length - 1; index >= 0; index -= 1) {
    const entry = entries[index]!;
    counts[entry.result] -= 1;
    const leavesWithNext = entries[index - 1]?.timeMs === entry.timeMs;
    if (!leavesWithNext && statusOf(counts) !== present) return entry.timeMs + WINDOW_AGE_MS;
  }
  return now + WINDOW_AGE_MS + FUTURE_MAX_MS;
}

/** Why the table says what it says: the sentence of the seed's alerts and health answers. */
export function statusReason(summary: Pick<WindowSummary, 'status' | 'errorRate' | 'total'>): string {
  const { status, errorRate, total } = summary;
  if (total < STATUS_VOLUME_MIN) return 'Too few transactions to judge (<10)';
  if (status === 'HEALTHY') return 'Authorization and error rates are normal';
  if (status === 'DOWN') return errorRate > 0.5 ? 'High error/timeout rate (>50%)' : 'Low authorization rate (<30%)';
  return errorRate >= 0.3 ? 'Elevated error/timeout rate (30-50%)' : 'Reduced authorization rate (30-65%)';
}

/** The sentence of a recommendation's row, for clients of the seed that read it. */
export function seedReason(row: { readonly status: Status; readonly recommended: boolean }): string {
  if (row.status === 'DOWN')
    return row.recommended ? 'All processors are DOWN - best recent one' : 'Processor is DOWN - not recommended';
  if (row.recommended) return 'Best option - highest authorization rate';
  return row.status === 'DEGRADED'
    ? 'Processor is DEGRADED - use with caution'
    : 'Alternative - lower authorization rate';
}

function countOf(entries: readonly WindowEntry[]): Record<WindowEntry['result'], number> {
  const counts = { approved: 0, declined: 0, error: 0, timeout: 0 };
  for (const { result } of entries) counts[result] += 1;
  return counts;
}
