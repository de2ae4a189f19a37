// The book of tuning as it is kept: what holds for each processor, and every change with what came of it; its revision lets one of two writers win.
import type { Optimization, OptimizationStanding } from './optimization.ts';
import type { ProcessorLook } from './next-optimization.ts';
import type { PublishedTuning, TunedValues } from './tuned-settings.ts';

export interface KeptSettings {
  readonly processorId: string;
  readonly epoch: number;
  readonly values: TunedValues;
}

export interface TuningShelf {
  /** Rises with every change. */
  readonly revision: number;
  readonly kept: readonly KeptSettings[];
  /** Newest first. */
  readonly optimizations: readonly Optimization[];
  /** Of the last round. */
  readonly looks: readonly ProcessorLook[];
}

export const EMPTY_TUNING: TuningShelf = { revision: 0, kept: [], optimizations: [], looks: [] };
const FORMAT = 1;
/** The youngest; what is on trial, or holds, is kept whatever its age. */
const OPTIMIZATIONS_MAX = 300;

export const isTrying = ({ standing }: Optimization): boolean => standing.state === 'trying';
export const isOf = (one: Pick<Optimization, 'processorId' | 'epoch'>, epochs: ReadonlyMap<string, number>): boolean =>
  epochs.get(one.processorId) === one.epoch;

/** Advised, or on trial: one at a time for each processor, and none while nothing of it is known to hold. */
export function withBegun(shelf: TuningShelf, optimization: Optimization): TuningShelf {
  const { processorId } = optimization;
  if (isTrying(optimization) && shelf.optimizations.some((one) => one.processorId === processorId && isTrying(one)))
    return shelf;
  return { ...shelf, optimizations: pruned([optimization, ...shelf.optimizations], shelf) };
}

/** What is kept holds from now on; what is reverted after it held gives its place back to what was before. */
export function withStanding(shelf: TuningShelf, id: string, standing: OptimizationStanding): TuningShelf {
  const before = shelf.optimizations.find((one) => one.id === id);
  if (before === undefined) return shelf;
  const optimizations = shelf.optimizations.map((one) => (one.id === id ? { ...one, standing } : one));
  if (standing.state === 'kept') return { ...shelf, optimizations, kept: withValue(shelf, before, before.to) };
  const isTakenBack = standing.state === 'reverted' && before.standing.state === 'kept';
  return { ...shelf, optimizations, kept: isTakenBack ? withValue(shelf, before, before.from) : shelf.kept };
}

function withValue({ kept }: TuningShelf, optimization: Optimization, value: number | null): readonly KeptSettings[] {
  const { processorId, epoch, setting } = optimization;
  const known = kept.find((one) => one.processorId === processorId && one.epoch === epoch);
  const { [setting]: _, ...others } = known?.values ?? {};
  const values = value === null ? others : { ...others, [setting]: value };
  return [...kept.filter((one) => one.processorId !== processorId), { processorId, epoch, values }];
}

/** The newest that was kept of its setting; an older one has another upon it. */
export const isOnTop = ({ optimizations }: TuningShelf, { processorId, epoch, setting, id }: Optimization): boolean =>
  optimizations.find(
    (one) =>
      one.processorId === processorId &&
      one.epoch === epoch &&
      one.setting === setting &&
      (one.standing.state === 'kept' || isTrying(one)),
  )?.id === id;

export const valuesOf = ({ kept }: TuningShelf, processorId: string, epoch: number): TunedValues =>
  kept.find((one) => one.processorId === processorId && one.epoch === epoch)?.values ?? {};

/** For isolates. */
export function publishedOf({ kept, optimizations }: TuningShelf): readonly PublishedTuning[] {
  const trials = optimizations.filter(isTrying);
  const known = [...kept, ...trials.map(({ processorId, epoch }) => ({ processorId, epoch, values: {} }))];
  const ids = new Set<string>();
  return known.flatMap(({ processorId, epoch, values }) => {
    if (ids.has(processorId)) return [];
    ids.add(processorId);
    const trial = trials.find((one) => one.processorId === processorId && one.epoch === epoch);
    const told =
      trial === undefined ? null : { id: trial.id, setting: trial.setting, value: trial.to, salt: trial.salt };
    return [{ processorId, epoch, values, trial: told }];
  });
}

/** What was of another life of a processor, or of none, holds no more. */
export function withoutOthers(shelf: TuningShelf, epochs: ReadonlyMap<string, number>): TuningShelf {
  const kept = shelf.kept.filter((one) => isOf(one, epochs));
  return kept.length === shelf.kept.length ? shelf : { ...shelf, kept };
}

function pruned(optimizations: readonly Optimization[], { kept }: TuningShelf): readonly Optimization[] {
  let ended = 0;
  return optimizations.filter((one) => {
    if (isTrying(one)) return true;
    const values = kept.find(
      ({ processorId, epoch }) => processorId === one.processorId && epoch === one.epoch,
    )?.values;
    if (one.standing.state === 'kept' && values?.[one.setting] === one.to) return true;
    ended += 1;
    return ended <= OPTIMIZATIONS_MAX;
  });
}

export const nextRevision = (shelf: TuningShelf): TuningShelf => ({ ...shelf, revision: shelf.revision + 1 });

export const writeTuning = (shelf: TuningShelf): string => JSON.stringify({ format: FORMAT, ...shelf });

/** Throws on a format of newer code: what is not understood must not be written over. */
export function readTuning(text: string): TuningShelf {
  const { format, ...shelf } = JSON.parse(text) as { readonly format: number } & TuningShelf;
  if (format > FORMAT)
    throw new Error(`the book of tuning has format ${format}, newer than this code, which knows ${FORMAT}`);
  return shelf;
}
