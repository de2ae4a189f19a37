// What a payment's own circumstances (the digits of its amount, the hour of the day) add to a processor's odds of approval beside its segment's, as a trained model found it.
import type { Belief } from '../health/status-row.ts';
import type { SegmentKey } from '../identity.ts';

/** Digits of the amount in minor units, 1-9; 0: none, or below one. */
export const AMOUNT_BANDS = 10;
export const HOUR_BANDS = 8;
const HOUR_BAND_MS = (24 / HOUR_BANDS) * 3_600_000;
/** However much a model makes of a payment. */
const OFFSET_MAX = 4;

/** Of one processor, in log odds. */
export interface ContextEffects {
  /** By digits of the amount; empty: amounts tell nothing. */
  readonly amounts: readonly number[];
  /** By three hours of the UTC day; empty: hours tell nothing. */
  readonly hours: readonly number[];
  readonly centres: readonly EffectCentre[];
}

/** A segment in which they hold, and what its own payments have of each in the mean: what is believed of the segment is believed of those. */
export interface EffectCentre {
  readonly segment: SegmentKey;
  readonly amount: number;
  readonly hour: number;
}

/** Of one processor in one segment: what is left beside the segment's own mean. */
export type ContextOffsets = Pick<ContextEffects, 'amounts' | 'hours'>;

/** As the query that counts cells has it. */
export function amountBandOf(amountMinor: number): number {
  if (!(amountMinor >= 1)) return 0;
  let band = 1;
  for (let bound = 10; band < AMOUNT_BANDS - 1 && amountMinor >= bound; bound *= 10) band += 1;
  return band;
}

export const hourBandOf = (atMs: number): number =>
  ((Math.floor(atMs / HOUR_BAND_MS) % HOUR_BANDS) + HOUR_BANDS) % HOUR_BANDS;

const known = new WeakMap<ContextEffects, Map<SegmentKey, ContextOffsets | null>>();

/** `null`: they say nothing here. */
export function offsetsIn(effects: ContextEffects | undefined, segment: SegmentKey): ContextOffsets | null {
  if (effects === undefined) return null;
  const bySegment = known.get(effects) ?? new Map<SegmentKey, ContextOffsets | null>();
  known.set(effects, bySegment);
  const held = bySegment.get(segment);
  if (held !== undefined) return held;
  const centre = effects.centres.find((entry) => entry.segment === segment);
  const offsets =
    centre === undefined
      ? null
      : {
          amounts: effects.amounts.map((effect) => effect - centre.amount),
          hours: effects.hours.map((effect) => effect - centre.hour),
        };
  bySegment.set(segment, offsets);
  return offsets;
}

/** `amountBand` `null`: no amount was told, and none speaks. */
export function offsetAt(offsets: ContextOffsets | null, amountBand: number | null, hourBand: number): number {
  if (offsets === null) return 0;
  const ofAmount = amountBand === null ? 0 : (offsets.amounts[amountBand] ?? 0);
  const offset = ofAmount + (offsets.hours[hourBand] ?? 0);
  return Math.min(OFFSET_MAX, Math.max(-OFFSET_MAX, offset));
}

/** A rate with its odds multiplied by e^offset; what an old table's widening put beyond 0 or 1 stays there. */
export function shiftedRate(rate: number, offset: number): number {
  if (offset === 0 || rate <= 0 || rate >= 1) return rate;
  const odds = Math.exp(offset);
  return (rate * odds) / (1 - rate + rate * odds);
}

/** The segment's belief as one of such payments: as sure as before, so its weight stays. Without an offset the very same. */
export function shiftedBelief(belief: Belief, offset: number): Belief {
  if (offset === 0) return belief;
  const { mean, sd, baseline, regimes } = belief;
  const odds = Math.exp(offset);
  return {
    ...belief,
    mean: shiftedRate(mean, offset),
    sd: (sd * odds) / (1 - mean + mean * odds) ** 2,
    baseline: shiftedRate(baseline, offset),
    ...(regimes && {
      regimes: regimes.map((regime) => ({
        ...regime,
        quantiles: regime.quantiles.map((rate) => shiftedRate(rate, offset)),
      })),
    }),
  };
}
