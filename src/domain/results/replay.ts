// Whether a delivery that somebody captured could count again when it is sent again after days, and what its results are then answered. Rules: SPEC.md [WHK].
import type { CanonicalResult, RecordOutcome, ResultKind } from './canonical-result.ts';
import { HORIZON_MS } from './event-time.ts';
import { stageOf } from './ledger.ts';

/**
 * What becomes of such a delivery. `refused`: its sender signs when it was sent, or nobody but those we trust can send it. `late`: the
 * signed times of its events tell their age. `unnoticed`: nothing that is signed does.
 */
export type OldDelivery = 'refused' | 'late' | 'unnoticed';

export function oldDeliveryOf(signs: 'whole_body' | 'fields' | 'nothing', replayWindowMs: number | null): OldDelivery {
  if (replayWindowMs !== null) return 'refused';
  return signs === 'whole_body' ? 'late' : 'unnoticed';
}

/** Half the horizon: a time that was ahead of our clock by up to as much is late half a day after the ledger forgot, and is known until then. */
const SURELY_IN_LEDGER_MS = HORIZON_MS / 2;

export function isReplayable(old: OldDelivery, eventTimeMs: number | null, now: number): boolean {
  if (old !== 'late') return old === 'unnoticed';
  return eventTimeMs === null || eventTimeMs > now || eventTimeMs < now - SURELY_IN_LEDGER_MS;
}

/** What was heard first of one stage of an attempt. */
export interface HeardKey {
  /** What was recorded there, which a first report that contradicted it is not. */
  readonly result: ResultKind;
  readonly atMs: number;
}

export const stageKey = ({ transactionId, result }: Pick<CanonicalResult, 'transactionId' | 'result'>): string =>
  `${stageOf(result)} ${transactionId}`;

/** Every key by which it may be known: a timeout after its final is a repeat, too. */
export function keysToAsk(result: CanonicalResult): readonly string[] {
  if (result.isReplayable !== true) return [];
  const own = stageKey(result);
  return result.result === 'timeout' ? [own, stageKey({ ...result, result: 'approved' })] : [own];
}

/** `null`: for the ledger to judge. `ledgerSinceMs`: what was heard before it the ledger may have forgotten. */
export function judgeRepeat(
  result: CanonicalResult,
  heard: ReadonlyMap<string, HeardKey>,
  ledgerSinceMs: number,
): RecordOutcome | null {
  const known = keysToAsk(result)
    .map((key) => heard.get(key))
    .find((held) => held !== undefined && held.atMs < ledgerSinceMs);
  if (known === undefined) return null;
  const isRepeat = result.result === 'timeout' || known.result === result.result;
  return isRepeat ? { outcome: 'duplicate' } : { outcome: 'refused', reason: 'conflicting_body' };
}
