// What an object's posterior would have said of a processor at some moment of the past: what it began with, and the outcomes that history tells of until then.
import { averageBelief } from '../routing/compile-table.ts';
import { beliefOf, createLearner, type LearnerPrior, type LearnerState, ratesAt } from '../learning/posterior.ts';
import { CELLS } from '../learning/rate-grid.ts';
import { condition, elapse, remember } from '../learning/rate-filter.ts';
import { type ContextEffects, offsetAt, offsetsIn } from '../learning/context-effects.ts';
import type { Belief } from '../health/status-row.ts';
import { segmentKey } from '../segment.ts';
import type { SegmentKey } from '../identity.ts';
import type { TrainingCell } from './context.ts';

export type PriorsHeld = (processorId: string, segment: SegmentKey) => LearnerPrior | null;

/** What routing reads beside live results. */
export interface Learned {
  readonly prior: PriorsHeld;
  readonly context: (processorId: string) => ContextEffects | undefined;
}

/** Outcomes that were recorded until `endMs`, and since the end of the step before. */
export interface EvidenceStep {
  readonly endMs: number;
  readonly cells: readonly TrainingCell[];
}

export interface Evidence {
  /** Recorded before anything was published. */
  readonly before: readonly TrainingCell[];
  /** In order. */
  readonly since: readonly EvidenceStep[];
}

/** Older ones are forgotten, or say the same. */
const OUTCOMES_MAX = 2_000;
/** Learned in one step: the filter sees no jump between them. */
const TOGETHER_MAX = 25;

interface Pair {
  readonly learner: LearnerState;
  /** Steps that it has learned from. */
  steps: number;
  belief: Belief | null;
}

interface Ordered {
  readonly cellsOf: (processorId: string, segment: SegmentKey) => readonly TrainingCell[];
  readonly payments: (segment: SegmentKey) => number;
}

/**
 * A prior that is set where something was learned already changes nothing (PRI-5): there both learn on from the present one. Moments are to be asked for
 * in order. The order of outcomes within a step is lost, and what an object remembers of hours.
 */
export class LiveBeliefs {
  readonly #evidence: { readonly before: Ordered; readonly since: readonly (Ordered & { readonly endMs: number })[] };
  readonly #published: Learned;
  readonly #present: Learned;
  readonly #pairs = new Map<string, Pair>();
  #steps = 0;

  constructor(evidence: OrderedEvidence, published: Learned, present: Learned) {
    this.#evidence = evidence;
    this.#published = published;
    this.#present = present;
  }

  /** How many steps are over: while it stays, so do all beliefs. */
  passTo(atMs: number): number {
    const { since } = this.#evidence;
    while (this.#steps < since.length && since[this.#steps]!.endMs <= atMs) this.#steps += 1;
    return this.#steps;
  }

  /** In the order of the ids. Whoever has neither results nor a prior is taken for the average of the others. */
  beliefsIn(ids: readonly string[], segment: SegmentKey): readonly Belief[] {
    const told = ids.map((id) => this.#learned(id, segment));
    const average = averageBelief(told.filter((belief) => belief !== null));
    return told.map((belief, place) => belief ?? this.#begun(ids[place]!, segment) ?? average);
  }

  #begun(id: string, segment: SegmentKey): Belief | null {
    const prior = this.#published.prior(id, segment);
    return prior === null ? null : begunBelief(prior);
  }

  #learned(id: string, segment: SegmentKey): Belief | null {
    const key = `${id} ${segment}`;
    const pair = this.#pairs.get(key) ?? this.#begin(id, segment);
    this.#pairs.set(key, pair);
    for (; pair.steps < this.#steps; pair.steps += 1) {
      const step = this.#evidence.since[pair.steps]!;
      if (learnTogether(pair.learner, step, { id, segment, context: this.#published.context(id) })) pair.belief = null;
    }
    if (pair.learner.clock === 0) return null;
    return (pair.belief ??= beliefOf(pair.learner));
  }

  #begin(id: string, segment: SegmentKey): Pair {
    const { before } = this.#evidence;
    const wasSeen = before.cellsOf(id, segment).length > 0;
    const prior = (wasSeen ? this.#present : this.#published).prior(id, segment);
    const learner = createLearner(prior ?? undefined);
    learnTogether(learner, before, { id, segment, context: this.#present.context(id) });
    return { learner, steps: 0, belief: null };
  }
}

const begun = new Map<string, Belief>();
const BEGUN_MAX = 5_000;

function begunBelief(prior: LearnerPrior): Belief {
  const key = `${prior.mean} ${prior.weight}`;
  const belief = begun.get(key) ?? beliefOf(createLearner(prior));
  if (begun.size >= BEGUN_MAX) begun.clear();
  begun.set(key, belief);
  return belief;
}

export interface OrderedEvidence {
  readonly before: Ordered;
  readonly since: readonly (Ordered & { readonly endMs: number })[];
}

/** Sorted once for all who read it. */
export const orderedEvidence = ({ before, since }: Evidence): OrderedEvidence => ({
  before: ordered(before),
  since: since.map(({ endMs, cells }) => ({ endMs, ...ordered(cells) })),
});

function ordered(cells: readonly TrainingCell[]): Ordered {
  const byPair = new Map<string, TrainingCell[]>();
  const bySegment = new Map<SegmentKey, number>();
  for (const cell of cells) {
    if (!(cell.attempts > 0)) continue;
    const segment = segmentKey(cell.paymentMethod, cell.country);
    const key = `${cell.processorId} ${segment}`;
    const held = byPair.get(key);
    if (held === undefined) byPair.set(key, [cell]);
    else held.push(cell);
    bySegment.set(segment, (bySegment.get(segment) ?? 0) + cell.attempts);
  }
  return {
    cellsOf: (id, segment) => byPair.get(`${id} ${segment}`) ?? [],
    payments: (segment) => bySegment.get(segment) ?? 0,
  };
}

interface Place {
  readonly id: string;
  readonly segment: SegmentKey;
  readonly context: ContextEffects | undefined;
}

/** Evenly mixed, the payments that went elsewhere among them. Whether there were any. */
function learnTogether(learner: LearnerState, { cellsOf, payments }: Ordered, place: Place): boolean {
  const cells = cellsOf(place.id, place.segment);
  const total = cells.reduce((sum, { attempts }) => sum + attempts, 0);
  if (total === 0) return false;
  const kept = Math.min(total, OUTCOMES_MAX);
  const rounds = Math.ceil(kept / TOGETHER_MAX);
  const likelihood = likelihoodOf(cells, place, kept / total / rounds);
  const passing = (payments(place.segment) / total) * (kept / rounds);
  for (let round = 0; round < rounds; round += 1) {
    elapse(learner.filter, passing);
    condition(learner.filter, likelihood);
    remember(learner.filter, kept / rounds);
  }
  learner.clock += kept;
  return true;
}

function likelihoodOf(cells: readonly TrainingCell[], { segment, context }: Place, part: number): Float64Array {
  const nats = new Float64Array(CELLS);
  const offsets = offsetsIn(context, segment);
  for (const { attempts, approved, amountBand, hourBand } of cells) {
    const rates = ratesAt(offsetAt(offsets, amountBand, hourBand));
    for (let cell = 0; cell < CELLS; cell += 1)
      nats[cell]! += part * (approved * Math.log(rates[cell]!) + (attempts - approved) * Math.log(1 - rates[cell]!));
  }
  const most = Math.max(...nats);
  return nats.map((each) => Math.exp(each - most));
}
