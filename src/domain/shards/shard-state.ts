// The whole state of one shard as a fold over its commands: which slots it owns, what its ledger holds of them, and what it has still to tell the processor's
// own object. Health and learning are none of its business. Rules: SPEC.md [SHD].
import { arrivalOrder } from '../results/arrival-order.ts';
import { type Delta, type Flight, firstOf, type HeardResult } from './delta.ts';
import { isNewer, type SlotMap } from './slot-map.ts';
import { Ledger, type LedgerCounts } from '../results/ledger.ts';
import { slotFinder } from '../results/slots.ts';
import type { AttemptTelling } from '../unknowns/attempt-telling.ts';
import type { CanonicalResult, RecordOutcome } from '../results/canonical-result.ts';
import type { Checkpoint } from '../health/checkpoint.ts';
import type { PageBlob } from '../results/dedupe-pages.ts';

export type ShardCommand =
  | {
      readonly kind: 'results';
      readonly at: number;
      readonly results: readonly CanonicalResult[];
      /** Of each, or left out: nothing was told. */
      readonly told?: readonly (AttemptTelling | null)[];
    }
  /** Part of the hashes of slots that are coming. */
  | { readonly kind: 'adopt'; readonly at: number; readonly keys: readonly number[] }
  /** The slots of the map are its own from here on, and no others. */
  | { readonly kind: 'map'; readonly at: number; readonly map: SlotMap };

/** Beside the dedupe pages. Plain JSON. */
interface StoredShard {
  readonly format: 1;
  readonly shard: number;
  readonly map: SlotMap;
  readonly sequence: number;
  readonly waiting: readonly Delta[];
  readonly counts: LedgerCounts;
}

export class ShardState {
  readonly shard: number;
  readonly ledger: Ledger;
  readonly slotOf: (transactionId: string) => number;
  #map: SlotMap;
  #sequence = 0;
  #waiting: Delta[] = [];
  #waitingResults = 0;

  private constructor(shard: number, map: SlotMap, ledger: Ledger) {
    this.shard = shard;
    this.#map = map;
    this.ledger = ledger;
    this.slotOf = slotFinder(map.salt);
  }

  static create(shard: number, map: SlotMap): ShardState {
    return new ShardState(shard, map, Ledger.create(map.salt));
  }

  /** Throws on a format of newer code. */
  static restore(text: string, pages: readonly PageBlob[]): ShardState {
    const stored = JSON.parse(text) as StoredShard;
    if (stored.format !== 1)
      throw new Error(`unknown format of a shard ${String((stored as { format: unknown }).format)}`);
    const { shard, map, sequence, waiting, counts } = stored;
    const state = new ShardState(shard, map, Ledger.load({ salt: map.salt, pages, unsettled: [], counts }));
    state.#sequence = sequence;
    state.#waiting = [...waiting];
    state.#waitingResults = resultsIn(waiting);
    return state;
  }

  /** Everything since the last checkpoint is marked clean: store it all. */
  checkpoint(): Checkpoint {
    const stored: StoredShard = {
      format: 1,
      shard: this.shard,
      map: this.#map,
      sequence: this.#sequence,
      waiting: this.#waiting,
      counts: this.ledger.counts(),
    };
    const changed = { changedPages: this.ledger.dirtyPages(), droppedPages: this.ledger.droppedPages() };
    this.ledger.markClean();
    return { text: JSON.stringify(stored), ...changed, changedDrawers: [] };
  }

  get map(): SlotMap {
    return this.#map;
  }

  /** Commits that the processor's own object is not known to have heard of, oldest first. */
  get waiting(): readonly Delta[] {
    return this.#waiting;
  }

  get waitingResults(): number {
    return this.#waitingResults;
  }

  owns(transactionId: string): boolean {
    return this.#map.owners[this.slotOf(transactionId)] === this.shard;
  }

  /** Deterministic: no clock, no dice. Outcomes are of results, in the order of the command. */
  apply(command: ShardCommand): readonly RecordOutcome[] {
    switch (command.kind) {
      case 'results':
        return this.#applyResults(command.results, command.told ?? [], command.at);
      case 'adopt':
        this.ledger.adoptKeys(command.keys, command.at);
        return [];
      case 'map':
        if (isNewer(command.map, this.#map)) this.#map = command.map;
        return [];
    }
  }

  /** What is to go next, at most about so many results; `null`: nothing waits. */
  flight(resultsMax: number): Flight | null {
    return this.#waiting.length === 0 ? null : { shard: this.shard, deltas: firstOf(this.#waiting, resultsMax) };
  }

  /** Up to this sequence all is applied where it was sent. After a restart it may be told again, and is known there. */
  acknowledged(sequence: number): void {
    this.#waiting = this.#waiting.filter((delta) => delta.sequence > sequence);
    this.#waitingResults = resultsIn(this.#waiting);
  }

  #applyResults(
    results: readonly CanonicalResult[],
    told: readonly (AttemptTelling | null)[],
    at: number,
  ): readonly RecordOutcome[] {
    const outcomes = new Array<RecordOutcome>(results.length);
    const heard: HeardResult[] = [];
    for (const index of arrivalOrder(results)) {
      const result = results[index]!;
      const verdict = this.ledger.admit(result, at);
      const outcome = verdict.kind === 'conflict' ? 'refused' : verdict.kind === 'duplicate' ? 'duplicate' : 'recorded';
      outcomes[index] = outcome === 'refused' ? { outcome, reason: 'conflicting_body' } : { outcome };
      heard.push(this.#heard(result, outcome, told[index] ?? null));
    }
    this.#sequence += 1;
    this.#waiting.push({ sequence: this.#sequence, at, heard });
    this.#waitingResults += heard.length;
    return outcomes;
  }

  #heard(result: CanonicalResult, outcome: RecordOutcome['outcome'], telling: AttemptTelling | null): HeardResult {
    const own = withoutDetails(result);
    const said = telling === null ? {} : { telling };
    if (outcome === 'recorded' && result.result !== 'refunded' && result.result !== 'disputed')
      return { result: own, ...said };
    const final = this.ledger.heldFinal(result.transactionId);
    return { result: own, ...(outcome !== 'recorded' && { outcome }), ...said, final };
  }
}

const resultsIn = (deltas: readonly Delta[]): number => deltas.reduce((sum, { heard }) => sum + heard.length, 0);

/** They are for history alone, which has them from here. */
function withoutDetails(result: CanonicalResult & { readonly details?: unknown }): CanonicalResult {
  if (result.details === undefined) return result;
  const { details: _history, ...own } = result;
  return own;
}
