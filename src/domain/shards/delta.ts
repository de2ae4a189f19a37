// What a shard tells the processor's own object of one of its commits: every result with what its ledger made of it, so that the fold there is the one that
// would have run had the results come to it. Rules: SPEC.md [SHD].
import type { AttemptTelling } from '../unknowns/attempt-telling.ts';
import type { CanonicalResult, RecordOutcome } from '../results/canonical-result.ts';
import type { Final } from '../unknowns/unknown-attempt.ts';

/** Plain JSON; what is usual is left out. */
export interface HeardResult {
  readonly result: CanonicalResult;
  /** Left out: `recorded`. */
  readonly outcome?: 'duplicate' | 'refused';
  /** Left out: nothing was told beside it. */
  readonly telling?: AttemptTelling;
  /** The final that the shard's ledger holds; left out: the result's own, or none. */
  readonly final?: Final | null;
}

/** One commit of a shard. */
export interface Delta {
  /** Of the shard: 1, 2, 3 and so on, one for each of its commits that holds results. */
  readonly sequence: number;
  /** Of the commit, on the shard's clock. */
  readonly at: number;
  /** In order of arrival. */
  readonly heard: readonly HeardResult[];
}

export interface Flight {
  readonly shard: number;
  /** Neighbours, oldest first. */
  readonly deltas: readonly Delta[];
}

export interface DeltaCommand extends Flight {
  readonly kind: 'delta';
  readonly at: number;
}

export const outcomeOf = ({ outcome }: HeardResult): RecordOutcome['outcome'] => outcome ?? 'recorded';

export function finalOf({ result: { result }, final }: HeardResult): Final | null {
  if (final !== undefined) return final;
  return result === 'approved' || result === 'declined' || result === 'error' ? result : null;
}

/** Those that are not applied yet, given the newest sequence of the shard that is. */
export const unheard = (deltas: readonly Delta[], applied: number): readonly Delta[] =>
  deltas.filter(({ sequence }) => sequence > applied);

/** The oldest deltas, as many as hold `resultsMax` results, and at least one. */
export function firstOf(deltas: readonly Delta[], resultsMax: number): readonly Delta[] {
  let results = 0;
  const end = deltas.findIndex(({ heard }, index) => {
    results += heard.length;
    return index > 0 && results > resultsMax;
  });
  return end === -1 ? deltas : deltas.slice(0, end);
}
