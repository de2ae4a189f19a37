// What a fitted model has to say to routing: of each processor in each segment the approval to begin with, and how many outcomes that is worth.
import type { Context, Surrounding, TrainingCell } from './context.ts';
import { type FittedModel } from './fit-model.ts';
import { foretoldRate, logOddsVariance } from './foretold-rate.ts';
import type { LearnerPrior } from '../learning/posterior.ts';
import type { PriorChange } from '../configuration/prior-change.ts';
import type { ProcessorId, SegmentKey } from '../identity.ts';
import type { RegisteredProcessor } from '../processor-config.ts';
import { mixesOf, type SegmentMix } from './segment-mix.ts';
import { segmentKey } from '../segment.ts';

export interface TrainedPrior {
  readonly processorId: ProcessorId;
  readonly segment: SegmentKey;
  readonly prior: LearnerPrior;
}

/** They travel with the table to every isolate, beside those that were set by hand. */
export const TRAINED_PRIORS_MAX = 2_000;
export const TRAINED_BYTES_MAX = 131_072;
/** However long the history: after a hundred results of its own a segment is believed as much as what it began with. */
const WEIGHT_MAX = 100;
/** What is known of a processor from elsewhere alone, however sure the model is that segments are alike. */
const WEIGHT_UNSEEN = 20;
/** Less would say nothing. */
const WEIGHT_MIN = 1;
const MEAN_MIN = 0.001;
const MEAN_MAX = 0.999;
type Serving = Pick<RegisteredProcessor, 'id' | 'paymentMethods' | 'countries'>;

/** Of those that have attempts somewhere, in each segment that they serve and that has attempts of anybody; those of most attempts first, as many as are kept. */
export function trainedPriors(
  model: FittedModel,
  cells: readonly TrainingCell[],
  processors: readonly Serving[],
): readonly TrainedPrior[] {
  const mixes = mixesOf(cells);
  const own = new Map<string, number>();
  for (const { processorId, paymentMethod, country, attempts } of cells) {
    add(own, processorId, attempts);
    add(own, `${processorId} ${segmentKey(paymentMethod, country)}`, attempts);
  }
  const found = processors
    .filter(({ id }) => own.has(id))
    .flatMap(({ id, paymentMethods, countries }) =>
      paymentMethods.flatMap((method) =>
        countries.flatMap((country) => {
          const segment = segmentKey(method, country);
          const mix = mixes.get(segment);
          if (mix === undefined) return [];
          const rank = own.get(`${id} ${segment}`) ?? 0;
          return [{ rank, total: mix.attempts, id, segment, mix }];
        }),
      ),
    )
    .sort((one, other) => other.rank - one.rank || other.total - one.total);
  return bounded(
    found.map(({ id, segment, mix, rank }) => ({ processorId: id, segment, prior: priorIn(model, id, mix, rank) })),
  );
}

function add(counts: Map<string, number>, key: string, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count);
}

function priorIn(model: FittedModel, processorId: ProcessorId, { parts }: SegmentMix, seen: number): LearnerPrior {
  const within = (part: Surrounding): Context => ({ ...part, processorId });
  let [sum, total] = [0, 0];
  for (const part of parts) {
    sum += part.attempts * foretoldRate(model, within(part));
    total += part.attempts;
  }
  const mean = Math.min(MEAN_MAX, Math.max(MEAN_MIN, sum / total));
  const variance = logOddsVariance(model, within(parts[0]!));
  // A rate of that mean and variance is known as if from so many outcomes.
  const worth = 1 / (mean * (1 - mean) * variance) - 1;
  const most = Math.min(WEIGHT_MAX, WEIGHT_UNSEEN + seen);
  return { mean: rounded(mean, 4), weight: rounded(Math.min(most, Math.max(WEIGHT_MIN, worth)), 3) };
}

const rounded = (value: number, digits: number): number => Number(value.toPrecision(digits));

/** A character is a byte: ids and segments have no others. */
export const bytesOf = (priors: readonly TrainedPrior[]): number =>
  priors.reduce((sum, prior) => sum + JSON.stringify(prior).length + 1, 0);

function bounded(priors: readonly TrainedPrior[]): readonly TrainedPrior[] {
  let bytes = 0;
  const kept = priors.slice(0, TRAINED_PRIORS_MAX);
  const end = kept.findIndex((prior) => (bytes += bytesOf([prior])) > TRAINED_BYTES_MAX);
  return end === -1 ? kept : kept.slice(0, end);
}

/** What is to be set, and taken back of a model before where it still stands and this one says nothing. */
export function changesFor(
  trained: readonly TrainedPrior[],
  former: readonly TrainedPrior[],
  processors: readonly Pick<RegisteredProcessor, 'id' | 'priors'>[],
): readonly PriorChange[] {
  const named = new Set(trained.map(pairOf));
  const gone = former.filter((prior) => !named.has(pairOf(prior)) && isSame(priorHeld(processors, prior), prior.prior));
  return [...trained, ...gone.map(({ processorId, segment }) => ({ processorId, segment, prior: null }))];
}

/** What stands in place of those changes, of processors that are still registered. */
export const heldInPlaceOf = (
  changes: readonly PriorChange[],
  processors: readonly Pick<RegisteredProcessor, 'id' | 'priors'>[],
): readonly PriorChange[] =>
  changes.map((change) => ({
    processorId: change.processorId,
    segment: change.segment,
    prior: priorHeld(processors, change),
  }));

/** What puts back what `replaced` tells, but for priors that somebody has changed since. */
export function changesBack(
  published: readonly PriorChange[],
  replaced: readonly PriorChange[],
  processors: readonly (Serving & Pick<RegisteredProcessor, 'priors'>)[],
): readonly PriorChange[] {
  const said = new Map(published.map((change) => [pairOf(change), change.prior]));
  return replaced.filter((change) => {
    const processor = processors.find(({ id }) => id === change.processorId);
    const serves = processor?.paymentMethods.some((method) =>
      processor.countries.some((country) => segmentKey(method, country) === change.segment),
    );
    return serves === true && isSame(priorHeld(processors, change), said.get(pairOf(change)) ?? null);
  });
}

type Pair = Pick<PriorChange, 'processorId' | 'segment'>;
const pairOf = ({ processorId, segment }: Pair): string => `${processorId} ${segment}`;

/** Where they all stand as they were said. */
export const areHeld = (
  changes: readonly PriorChange[],
  processors: readonly Pick<RegisteredProcessor, 'id' | 'priors'>[],
): boolean => changes.every((change) => isSame(priorHeld(processors, change), change.prior));

export function priorHeld(
  processors: readonly Pick<RegisteredProcessor, 'id' | 'priors'>[],
  { processorId, segment }: Pair,
): LearnerPrior | null {
  const held = processors.find(({ id }) => id === processorId)?.priors?.find((prior) => prior.segment === segment);
  return held === undefined ? null : { mean: held.mean, weight: held.weight };
}

const isSame = (one: LearnerPrior | null, other: LearnerPrior | null): boolean =>
  one?.mean === other?.mean && one?.weight === other?.weight;
