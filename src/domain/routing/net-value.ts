// What an attempt is worth to the merchant: the chance of an approval times what one earns, less the processor's fees.
import type { Fees, ProcessorConfig } from '../processor-config.ts';
import type { SegmentKey } from '../identity.ts';
import { segmentParts } from '../segment.ts';
import type { Stake } from '../learning/choice-probabilities.ts';

/** Fees with nothing left out. */
export type Tariff = Required<Fees>;

/** An approval earns its whole amount unless the merchant tells its margin. */
export const MARGIN_BPS_DEFAULT = 10_000;
/** A customer who is kept may be worth a multiple of one payment. */
export const MARGIN_BPS_MAX = 100_000;
const BPS = 10_000;
/**
 * Amounts are valued in steps of 10%, so that shares are computed once a step: a fixed fee is at most 5% wrong, which matters only between
 * processors that are worth the same.
 */
const AMOUNT_STEP = Math.log(1.1);

/** By what `learned` ranks in a segment. `atEveryAmount`: fees are parts of the amount, so what is best is so for all of them. */
export type Valuation = { readonly tariffs: readonly Tariff[]; readonly atEveryAmount: boolean } | null;

/** What the merchant told of the fees in a segment; `null`: nothing. A processor's own fees that are all zero are nothing told, a segment's are. */
export function toldTariff(config: ProcessorConfig, segment: SegmentKey): Tariff | null {
  const ofSegment = feesOfSegment(config, segment);
  const { feeFixedMinor, feeBps, feeOn = 'attempt', declineFeeMinor = 0 } = ofSegment ?? config;
  const isTold = ofSegment !== null || feeFixedMinor !== 0 || feeBps !== 0 || declineFeeMinor !== 0;
  return isTold ? { feeFixedMinor, feeBps, feeOn, declineFeeMinor } : null;
}

function feesOfSegment({ segmentFees = [] }: ProcessorConfig, segment: SegmentKey): Fees | null {
  if (segmentFees.length === 0) return null;
  const { paymentMethod, country } = segmentParts(segment);
  const fitting = segmentFees.filter(
    (fees) => fees.paymentMethod === paymentMethod && (fees.country === null || fees.country === country),
  );
  return fitting.find((fees) => fees.country !== null) ?? fitting[0] ?? null;
}

interface Priced {
  readonly tariff: Tariff | null;
  readonly meanFeeMinor: number | null;
}

/**
 * `null`: nobody's fees are told, or all are alike: who is approved most is worth most. Where some are told, an untold one costs what its results
 * say, and else the mean of the others: neither the best nor the worst.
 */
export function valuationOf(candidates: readonly Priced[]): Valuation {
  if (candidates.every(({ tariff }) => tariff === null)) return null;
  const known = candidates.map(({ tariff, meanFeeMinor }) => tariff ?? observed(meanFeeMinor));
  const mean = meanTariff(known.filter((tariff) => tariff !== null));
  const tariffs = known.map((tariff) => tariff ?? mean);
  if (tariffs.every((tariff) => isSame(tariff, tariffs[0] ?? mean))) return null;
  const atEveryAmount = tariffs.every((tariff) => tariff.feeFixedMinor === 0 && tariff.declineFeeMinor === 0);
  return { tariffs, atEveryAmount };
}

const observed = (meanFeeMinor: number | null): Tariff | null =>
  meanFeeMinor === null ? null : { feeFixedMinor: meanFeeMinor, feeBps: 0, feeOn: 'attempt', declineFeeMinor: 0 };

function meanTariff(tariffs: readonly Tariff[]): Tariff {
  const mean = (of: (tariff: Tariff) => number): number =>
    tariffs.reduce((sum, tariff) => sum + of(tariff), 0) / tariffs.length;
  return {
    feeFixedMinor: mean(({ feeFixedMinor }) => feeFixedMinor),
    feeBps: mean(({ feeBps }) => feeBps),
    feeOn: tariffs.every(({ feeOn }) => feeOn === 'approval') ? 'approval' : 'attempt',
    declineFeeMinor: mean(({ declineFeeMinor }) => declineFeeMinor),
  };
}

const isSame = (one: Tariff, other: Tariff): boolean =>
  one.feeFixedMinor === other.feeFixedMinor &&
  one.feeBps === other.feeBps &&
  one.feeOn === other.feeOn &&
  one.declineFeeMinor === other.declineFeeMinor;

/** The step an amount (above 0) is valued in. */
export const amountStep = (amountMinor: number): number => Math.round(Math.log(amountMinor) / AMOUNT_STEP);
export const amountOfStep = (step: number): number => Math.exp(step * AMOUNT_STEP);

/**
 * An attempt's value as a part of the amount is `gain` x P(approved) - `cost`. Whatever is not approved is taken for a decline. An approval never
 * counts against a processor: one that costs more than it earns is taken to be worth a hundredth of the margin.
 */
export function stakeOf(tariff: Tariff, amountMinor: number, marginBps: number): Stake {
  const fee = tariff.feeFixedMinor / amountMinor + tariff.feeBps / BPS;
  const decline = tariff.declineFeeMinor / amountMinor;
  const margin = marginBps / BPS;
  const onApproval = tariff.feeOn === 'approval' ? fee : 0;
  return { gain: Math.max(margin / 100, margin - onApproval + decline), cost: fee - onApproval + decline };
}

/** Expected fees of one attempt in minor units. */
export function expectedFees(tariff: Tariff, amountMinor: number, approval: number): number {
  const fee = tariff.feeFixedMinor + (tariff.feeBps * amountMinor) / BPS;
  return fee * (tariff.feeOn === 'approval' ? approval : 1) + tariff.declineFeeMinor * (1 - approval);
}

/** What an approval earns before fees, in minor units. */
export const marginMinorOf = (amountMinor: number, marginBps: number): number => (marginBps * amountMinor) / BPS;
