// When attempts have been unknown for too long, and what people are told of it: that they are still unknown, never that they failed. Rules: SPEC.md [UNK].
import type { AlertSignal } from '../health/alert-book.ts';
import type { ProcessorAddress } from '../health/processor-address.ts';
import { RESIDUAL } from '../segment.ts';

export const OVERDUE_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** A count that changes is worth a word now and then, not with every sweep. */
const TOLD_EVERY_MS = HOUR_MS;

export interface Overdue {
  readonly count: number;
  /** `null`: none is overdue. */
  readonly oldest: { readonly transactionId: string; readonly sinceMs: number } | null;
}

/** What was told last and has arrived. Plain JSON. */
export interface OverdueTold {
  readonly state: 'on' | 'off';
  readonly count: number;
  readonly atMs: number;
}

export const NEVER_TOLD: OverdueTold = { state: 'off', count: 0, atMs: 0 };

/** The next word about it; `null`: people know. */
export function overdueSignal(
  { id, epoch }: Pick<ProcessorAddress, 'id' | 'epoch'>,
  { count, oldest }: Overdue,
  told: OverdueTold,
  now: number,
): AlertSignal | null {
  const state = oldest === null ? 'off' : 'on';
  const isNews = state !== told.state || (count !== told.count && now - told.atMs >= TOLD_EVERY_MS);
  if (!isNews) return null;
  return {
    processorId: id,
    epoch,
    scope: RESIDUAL,
    kind: 'unknown_overdue',
    state,
    atMs: Math.max(now, told.atMs + 1),
    fromStatus: 'HEALTHY',
    toStatus: 'HEALTHY',
    reason:
      oldest === null
        ? 'No attempt is of unknown outcome for more than 24 hours any more'
        : 'Attempts are of unknown outcome for more than 24 hours: ask the processor what became of them',
    evidence:
      oldest === null
        ? { count: 0 }
        : {
            count,
            oldest_age_hours: Math.floor((now - oldest.sinceMs) / HOUR_MS),
            oldest_transaction: oldest.transactionId,
          },
    moneyAtRisk: null,
  };
}
