// What flows need of the objects that hold one processor each.
import type { ArmTallies } from '../domain/experiments/arm-tally.ts';
import type { AttemptTelling } from '../domain/unknowns/attempt-telling.ts';
import type { CanonicalResult, RecordOutcome } from '../domain/results/canonical-result.ts';
import type { HealthDetail } from '../domain/health/health-detail.ts';
import type { ProcessorAddress } from '../domain/health/processor-address.ts';
import type { ProcessorUnknowns, UnknownQuery } from '../domain/unknowns/unknown-page.ts';
import type { ProcessorLoad } from '../domain/scaling/processor-load.ts';
import type { RetryBudget } from '../domain/retries/retry-budget.ts';
import type { SegmentKey } from '../domain/identity.ts';
import type { StatusRow } from '../domain/health/status-row.ts';
import type { LateOutcome, LedgerNote, OwnWord, Undone, Watched } from '../domain/unknowns/unknown-attempt.ts';

export type { BreakerTransition, HealthDetail, RecentResult } from '../domain/health/health-detail.ts';
export type { ProcessorAddress } from '../domain/health/processor-address.ts';
export type { TimelinePoint } from '../domain/health/timeline.ts';

/** Objects that record parts of one processor's results answer each for theirs. */
export type PortOutcome =
  | RecordOutcome
  | { readonly outcome: 'not_recorded'; readonly reason: 'overloaded' | 'unreachable' };

export type RecordReply =
  /** `row`: of the segment of the one result that the call had; several are answered without one. */
  | { readonly ok: true; readonly outcomes: readonly PortOutcome[]; readonly row: StatusRow | null }
  /** `overloaded`: the queue is full, nothing was recorded. `deleted`: the object belongs to a removed processor. */
  | { readonly ok: false; readonly reason: 'overloaded' | 'deleted' | 'unreachable' };

export type LateReply =
  | { readonly ok: true; readonly outcomes: readonly LateOutcome[] }
  | { readonly ok: false; readonly reason: 'deleted' | 'unreachable' };

export interface ProcessorPort {
  /** All results are of this processor. Acknowledged means on disk. Never throws for a platform fault: `unreachable`. */
  record(
    address: ProcessorAddress,
    results: readonly CanonicalResult[],
    /** What is told of each beside it; left out: nothing. */
    told?: readonly (AttemptTelling | null)[],
  ): Promise<RecordReply>;
  /** Finals of attempts whose outcome is unknown; of all others nothing is recorded. False: out of reach. */
  settle(
    address: ProcessorAddress,
    results: readonly CanonicalResult[],
    told: readonly (AttemptTelling | null)[],
  ): Promise<boolean>;
  /** Results that are older than the horizon: nothing is counted of them, and what is unknown is settled. */
  settleLate(
    address: ProcessorAddress,
    results: readonly CanonicalResult[],
    told: readonly (AttemptTelling | null)[],
  ): Promise<LateReply>;
  /**
   * An attempt that ended by its caller's word and that another is to follow: an approval that is heard of later is told to its payment. Answers what is known
   * of it already; `null`: out of reach. `result`: the same word, for an attempt that is unknown here, which it settles.
   */
  watch(address: ProcessorAddress, word: OwnWord, result: CanonicalResult | null): Promise<Watched | null>;
  /** Takes what the ledgers could not be told, and tells them as soon as they answer. False: out of reach as well. */
  owe(address: ProcessorAddress, notes: readonly LedgerNote[]): Promise<boolean>;
  /** Attempts that were voided or refunded: those that once were unknown tell it on. False: out of reach. */
  undo(address: ProcessorAddress, undone: readonly Undone[]): Promise<boolean>;
  /** `null`: out of reach. */
  unknowns(address: ProcessorAddress, query: UnknownQuery): Promise<ProcessorUnknowns | null>;
  /** What each run of an experiment has counted here, in the order given; `null`: out of reach, or removed meanwhile. */
  arms(address: ProcessorAddress, runs: readonly string[]): Promise<readonly ArmTallies[] | null>;
  /** One of the N half-open permits; `false` on refusal, fault or after 100 ms. */
  requestPermit(address: ProcessorAddress, scope: SegmentKey, nonce: string): Promise<boolean>;
  health(address: ProcessorAddress): Promise<HealthDetail | null>;
  /** What its objects had to do in the last minute; `null`: out of reach. */
  load(address: ProcessorAddress): Promise<ProcessorLoad | null>;
  /** Closes every breaker of the scope (or all); `false` when the object is out of reach. */
  resetBreaker(address: ProcessorAddress, scope: SegmentKey | null): Promise<boolean>;
  /** How much it may still be sent in technical retries; `null`: out of reach, which allows none. */
  retryBudget(address: ProcessorAddress): Promise<RetryBudget | null>;
  /** Takes one technical retry from its budget; false: there is none, or nobody can say. */
  drawRetry(address: ProcessorAddress): Promise<boolean>;
}
