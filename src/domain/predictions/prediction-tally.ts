// How good predictions were: Brier score, reliability by tenths, lead time; sums that grow by each one that ended.
import type { EndedPrediction } from './prediction-book.ts';

export interface ReliabilityBin {
  readonly count: number;
  readonly probabilitySum: number;
  readonly confirmed: number;
}

export interface Tally {
  readonly confirmed: number;
  readonly false: number;
  /** In no figure: too little was seen of the window. */
  readonly unjudged: number;
  readonly squareSum: number;
  readonly leadSumMs: number;
  /** By tenths of the probability at opening. */
  readonly bins: readonly ReliabilityBin[];
}

export interface PredictionFigures {
  readonly judged: number;
  readonly unjudged: number;
  /** Confirmed over judged; `null`, as below: there is none to tell from. */
  readonly precision: number | null;
  /** Mean square of probability less outcome (Brier 1950): 0 is best. */
  readonly brier: number | null;
  /** From the opening to the trouble, of the confirmed ones. */
  readonly leadMeanMs: number | null;
  /** Only those with predictions in them. */
  readonly reliability: readonly { readonly count: number; readonly foretold: number; readonly came: number }[];
}

const BINS = 10;

export const EMPTY_TALLY: Tally = {
  confirmed: 0,
  false: 0,
  unjudged: 0,
  squareSum: 0,
  leadSumMs: 0,
  bins: Array.from({ length: BINS }, () => ({ count: 0, probabilitySum: 0, confirmed: 0 })),
};

export function addOutcome(tally: Tally, ended: EndedPrediction): Tally {
  const { outcome, probabilityAtOpening: probability, openedAtMs, troubleAtMs } = ended;
  if (outcome === 'unjudged') return { ...tally, unjudged: tally.unjudged + 1 };
  const came = outcome === 'confirmed' ? 1 : 0;
  const place = Math.min(BINS - 1, Math.floor(probability * BINS));
  return {
    ...tally,
    [outcome]: tally[outcome] + 1,
    squareSum: tally.squareSum + (probability - came) ** 2,
    leadSumMs: tally.leadSumMs + (troubleAtMs === null ? 0 : troubleAtMs - openedAtMs),
    bins: tally.bins.map((bin, at) =>
      at === place
        ? { count: bin.count + 1, probabilitySum: bin.probabilitySum + probability, confirmed: bin.confirmed + came }
        : bin,
    ),
  };
}

export function predictionFigures(tally: Tally): PredictionFigures {
  const judged = tally.confirmed + tally.false;
  return {
    judged,
    unjudged: tally.unjudged,
    precision: judged === 0 ? null : tally.confirmed / judged,
    brier: judged === 0 ? null : tally.squareSum / judged,
    leadMeanMs: tally.confirmed === 0 ? null : tally.leadSumMs / tally.confirmed,
    reliability: tally.bins
      .filter(({ count }) => count > 0)
      .map(({ count, probabilitySum, confirmed }) => ({
        count,
        foretold: probabilitySum / count,
        came: confirmed / count,
      })),
  };
}
