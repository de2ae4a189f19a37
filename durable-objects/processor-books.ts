// What a processor's object keeps beside its state: keys of undated results, arms of experiments, attempts of unknown outcome, the budget for retries. All is
// written in one with the commit that it follows from. Nothing here awaits.
import { finalOf, outcomeOf, type DeltaCommand } from '../src/domain/shards/delta.ts';
import { freshOf, heardOf, outcomesOfAll, type Fresh, type Waiting } from './commit-batch.ts';
import { KeptArms } from './kept-arms.ts';
import { KeptBudget } from './kept-budget.ts';
import { KeptKeys } from './kept-keys.ts';
import { KeptUnknowns } from './kept-unknowns.ts';
import type { Applied, ProcessorState } from '../src/domain/health/processor-state.ts';
import type { AttemptTelling } from '../src/domain/unknowns/attempt-telling.ts';
import type { CanonicalResult, RecordOutcome } from '../src/domain/results/canonical-result.ts';
import type { Final } from '../src/domain/unknowns/unknown-attempt.ts';

/** Of each transaction that was asked for, in order. */
export type FinalsHeld = readonly (Final | null)[];

/** Undated results that came to a shard, which keeps no keys of them. */
export interface AskedRepeats {
  readonly results: readonly CanonicalResult[];
  /** As many as results. */
  readonly told: readonly (AttemptTelling | null)[];
  readonly finals: FinalsHeld;
  /** Of the shard's ledger. */
  readonly keysHeld: number;
}

const NOTHING_APPLIED: Applied = { outcomes: [], transitions: [], granted: false };

export class ProcessorBooks {
  readonly keys: KeptKeys;
  readonly arms: KeptArms;
  readonly unknowns: KeptUnknowns;
  readonly retries: KeptBudget;

  constructor(storage: DurableObjectStorage) {
    this.keys = new KeptKeys(storage);
    this.arms = new KeptArms(storage);
    this.unknowns = new KeptUnknowns(storage);
    this.retries = new KeptBudget(storage);
  }

  /** `save`: applies and journals what is no repeat. Outcomes are of all results. */
  commit(
    state: ProcessorState,
    batch: readonly Waiting[],
    { results, at }: { readonly results: readonly CanonicalResult[]; readonly at: number },
    save: (fresh: Fresh) => Applied,
  ): Applied {
    const repeats = this.keys.repeatsAmong(results, state, at);
    const fresh = freshOf(at, batch, results, repeats.known);
    const applied = fresh === null ? NOTHING_APPLIED : save(fresh);
    const outcomes = outcomesOfAll(results.length, repeats.known, applied.outcomes);
    this.keys.keep(results, repeats, state, at);
    this.arms.hear(results, outcomes, at);
    const heldFinal = (transactionId: string) => state.ledger.heldFinal(transactionId);
    const { news, ends } = heardOf(batch, results, outcomes, repeats.known);
    this.unknowns.hear(news, heldFinal, at);
    const ended = ends.map((each) => ({ ...each, final: heldFinal(each.result.transactionId) }));
    if (ended.length > 0) this.unknowns.hearLate(ended, at);
    this.retries.count(results, outcomes, at);
    return { ...applied, outcomes };
  }

  /** What shards have recorded: judged there, and kept here as if it had been recorded here. */
  hear({ salt }: ProcessorState, { deltas, at }: DeltaCommand): void {
    const heard = deltas.flatMap((delta) => delta.heard);
    const results = heard.map(({ result }) => result);
    const outcomes = heard.map((each) => ({ outcome: outcomeOf(each) }) as RecordOutcome);
    const finals = new Map(heard.map((each) => [each.result.transactionId as string, finalOf(each)]));
    const heldFinal = (transactionId: string) => finals.get(transactionId) ?? null;
    this.keys.keep(results, { known: new Map(), heard: new Map() }, { ledger: { heldFinal }, salt }, at);
    this.arms.hear(results, outcomes, at);
    const news = heard.map((each) => ({
      result: each.result,
      outcome: outcomeOf(each),
      telling: each.telling ?? null,
    }));
    this.unknowns.hear(news, heldFinal, at);
    this.retries.count(results, outcomes, at);
  }

  /** What each of them is by the keys that are kept; `null`: for the shard's ledger to judge. A repeat ends what is unknown. */
  judge(
    { salt }: ProcessorState,
    { results, told, finals, keysHeld }: AskedRepeats,
    now: number,
  ): (RecordOutcome | null)[] {
    const { known } = this.keys.repeatsAmong(results, { ledger: { sizes: () => ({ keys: keysHeld }) }, salt }, now);
    const ended = results.flatMap((result, index) =>
      known.has(index) && result.result !== 'timeout'
        ? [{ result, telling: told[index] ?? null, final: finals[index] ?? null }]
        : [],
    );
    if (ended.length > 0) this.unknowns.hearLate(ended, now);
    return results.map((_, index) => known.get(index) ?? null);
  }

  /** For a processor that was removed, or registered anew. */
  wipe(): void {
    this.retries.forget();
    this.unknowns.begunAnew();
    this.keys.wipe();
    this.arms.wipe();
  }
}
