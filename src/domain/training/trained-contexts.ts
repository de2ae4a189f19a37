// What a fitted model has to say of amounts and hours: by how much each processor's odds differ there from its segment's, as far as that matters and a table can carry.
import { AMOUNT_BANDS, type ContextEffects, type EffectCentre, HOUR_BANDS } from '../learning/context-effects.ts';
import { CENTRES_MAX, type ContextChange, EFFECT_MAX, isSameContext } from '../configuration/context-change.ts';
import type { FeatureName, TrainingCell } from './context.ts';
import { type FittedModel, rateOf } from './fit-model.ts';
import { mixesOf, type SegmentMix } from './segment-mix.ts';
import type { ProcessorId } from '../identity.ts';
import type { RegisteredProcessor } from '../processor-config.ts';
import type { TrainedPrior } from './segment-priors.ts';

export interface TrainedContext {
  readonly processorId: ProcessorId;
  readonly context: ContextEffects;
}

export const CONTEXT_BYTES_MAX = 65_536;
/** In log odds: at four approvals of five less than a point. */
const EFFECT_MIN = 0.05;
/** Circumstances that fewer of a segment's payments have matter to nobody. */
const SHARE_MIN = 0.01;
const NEWTON_STEPS = 8;
const CENTRE_STILL = 1e-4;

/** Where priors are published, those of most attempts first; nothing of a processor whose odds are the same for all payments. */
export function trainedContexts(
  model: FittedModel,
  cells: readonly TrainingCell[],
  priors: readonly TrainedPrior[],
): readonly TrainedContext[] {
  const mixes = mixesOf(cells);
  const found = new Map<ProcessorId, Found>();
  let [count, bytes] = [0, 0];
  for (const { processorId, segment, prior } of priors) {
    const mix = mixes.get(segment);
    if (mix === undefined) continue;
    const known = found.get(processorId);
    const own = known ?? { sides: sidesOf(model, processorId), centres: [], amounts: false, hours: false };
    const centre = { segment, ...centreOf(own.sides, mix, prior.mean) };
    const amounts = matters(mix, ({ amountBand }) => (own.sides.amounts[amountBand] ?? 0) - centre.amount);
    const hours = matters(mix, ({ hourBand }) => (own.sides.hours[hourBand] ?? 0) - centre.hour);
    if (!amounts && !hours) continue;
    const bare = known === undefined ? bytesOf([{ processorId, context: { ...own.sides, centres: [] } }]) : 0;
    const longer = bare + JSON.stringify(centre).length + 1;
    if (count === CENTRES_MAX || bytes + longer > CONTEXT_BYTES_MAX) break;
    count += 1;
    bytes += longer;
    found.set(processorId, {
      sides: own.sides,
      centres: [...own.centres, centre],
      amounts: own.amounts || amounts,
      hours: own.hours || hours,
    });
  }
  return [...found].map(([processorId, own]) => ({ processorId, context: toldOf(own) }));
}

interface Found {
  readonly sides: Sides;
  readonly centres: readonly EffectCentre[];
  /** Whether they matter anywhere. */
  readonly amounts: boolean;
  readonly hours: boolean;
}

const toldOf = ({ sides, centres, amounts, hours }: Found): ContextEffects => ({
  amounts: amounts ? sides.amounts : [],
  hours: hours ? sides.hours : [],
  centres: centres.map(({ segment, amount, hour }) => ({
    segment,
    amount: amounts ? amount : 0,
    hour: hours ? hour : 0,
  })),
});

type Sides = Pick<ContextEffects, 'amounts' | 'hours'>;

/** What payments of the kind have everywhere, and what they have with this processor. */
function sidesOf(model: FittedModel, processorId: string): Sides {
  const effectOf = (name: FeatureName, level: string): number =>
    model.features.find((feature) => feature.name === name)?.levels.get(level)?.logOdds ?? 0;
  const sideOf = (name: 'amount_band' | 'hour_band', bands: number): number[] =>
    Array.from({ length: bands }, (_, band) => {
      const effect = effectOf(name, String(band)) + effectOf(`processor x ${name}`, `${processorId} ${band}`);
      return rounded(Math.min(EFFECT_MAX, Math.max(-EFFECT_MAX, effect)));
    });
  return { amounts: sideOf('amount_band', AMOUNT_BANDS), hours: sideOf('hour_band', HOUR_BANDS) };
}

/** No zero is negative: as JSON it comes back as another number. */
const rounded = (logOdds: number): number => Math.round(logOdds * 100) / 100 + 0;

/** So that over the segment's own payments the approvals are those that are believed of it, with hours alone as with both. */
function centreOf({ amounts, hours }: Sides, { parts }: SegmentMix, mean: number): Omit<EffectCentre, 'segment'> {
  const hour = rounded(centred(parts, ({ hourBand }) => hours[hourBand] ?? 0, mean));
  const both = (part: TrainingCell): number => (amounts[part.amountBand] ?? 0) + (hours[part.hourBand] ?? 0);
  return { amount: rounded(centred(parts, both, mean) - hour), hour };
}

function centred(parts: readonly TrainingCell[], effectOf: (part: TrainingCell) => number, mean: number): number {
  const usual = Math.log(mean / (1 - mean));
  const total = parts.reduce((sum, { attempts }) => sum + attempts, 0);
  let centre = parts.reduce((sum, part) => sum + part.attempts * effectOf(part), 0) / total;
  for (let step = 0; step < NEWTON_STEPS; step += 1) {
    let [excess, slope] = [-mean, 0];
    for (const part of parts) {
      const rate = rateOf(usual + effectOf(part) - centre);
      excess += (part.attempts / total) * rate;
      slope += (part.attempts / total) * rate * (1 - rate);
    }
    const moved = excess / slope;
    centre += moved;
    if (Math.abs(moved) < CENTRE_STILL) break;
  }
  return Math.min(EFFECT_MAX, Math.max(-EFFECT_MAX, centre));
}

function matters({ parts }: SegmentMix, offsetOf: (part: TrainingCell) => number): boolean {
  const total = parts.reduce((sum, { attempts }) => sum + attempts, 0);
  const bySize = new Map<number, number>();
  for (const part of parts) {
    const size = Math.abs(offsetOf(part));
    if (size >= EFFECT_MIN) bySize.set(size, (bySize.get(size) ?? 0) + part.attempts);
  }
  return [...bySize.values()].some((attempts) => attempts >= SHARE_MIN * total);
}

/** A character is a byte: ids and segments have no others. */
export const bytesOf = (contexts: readonly ContextChange[]): number =>
  contexts.reduce((sum, context) => sum + JSON.stringify(context).length + 1, 0);

type Bearing = Pick<RegisteredProcessor, 'id' | 'context'>;

/** What is to be set, and taken back of a model before where it still stands and this one says nothing; what stands so already is left out. */
export function contextsFor(
  trained: readonly TrainedContext[],
  former: readonly ContextChange[],
  processors: readonly Bearing[],
): readonly ContextChange[] {
  const named = new Set(trained.map(({ processorId }) => processorId));
  const gone = former.filter(
    (change) => !named.has(change.processorId) && change.context !== null && stands(change, processors),
  );
  return [...trained, ...gone.map(({ processorId }) => ({ processorId, context: null }))];
}

/** What stands in place of those changes. */
export const contextsInPlaceOf = (
  changes: readonly ContextChange[],
  processors: readonly Bearing[],
): readonly ContextChange[] =>
  changes.map(({ processorId }) => ({ processorId, context: contextHeld(processors, processorId) ?? null }));

/** What puts back what `replaced` tells, but for effects that others have changed since; of those, the segments that are still served. */
export function contextsBack(
  published: readonly ContextChange[],
  replaced: readonly ContextChange[],
  processors: readonly Pick<RegisteredProcessor, 'id' | 'context' | 'paymentMethods' | 'countries'>[],
): readonly ContextChange[] {
  const said = new Map(published.map((change) => [change.processorId, change]));
  return replaced.filter(({ processorId }) => {
    const change = said.get(processorId);
    return change !== undefined && processors.some(({ id }) => id === processorId) && stands(change, processors);
  });
}

export const contextsStand = (changes: readonly ContextChange[], processors: readonly Bearing[]): boolean =>
  changes.every((change) => stands(change, processors));

const stands = ({ processorId, context }: ContextChange, processors: readonly Bearing[]): boolean =>
  isSameContext(contextHeld(processors, processorId) ?? null, context);

export const contextHeld = (processors: readonly Bearing[], processorId: string): ContextEffects | undefined =>
  processors.find(({ id }) => id === processorId)?.context;
