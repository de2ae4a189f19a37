// What one row of the bench says, and how it comes from the rounds: medians, and the ratio within each round.

export interface Result {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The same of the baseline; `null`: there is none. */
  readonly baseline: number | null;
  /** Median over the rounds of ours to the baseline's within the round; `null`: there is no baseline. */
  readonly ratio: number | null;
  readonly rounds: number;
  /** What is asked of the row, in words, and whether it holds; left out: nothing is. */
  readonly asked?: string;
  readonly holds?: boolean;
  /** Medians over the rounds, in milliseconds. */
  readonly percentiles?: { readonly ours: Percentiles; readonly baseline: Percentiles };
  /** Of each round. */
  readonly each?: readonly { readonly value: number; readonly baseline?: number }[];
  /** For a plot: what was varied, and what it cost. */
  readonly curve?: readonly (readonly [at: number, value: number])[];
  /** What else was seen. */
  readonly also?: Readonly<Record<string, number | string>>;
}

export interface Percentiles {
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

/** Of an even number the mean of the middle two. Throws of nothing. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('the median of nothing');
  const sorted = values.toSorted((left, right) => left - right);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** By nearest rank, as load programs tell it: of few values a high one is the highest. Of nothing it is NaN. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export interface Rounds {
  readonly ours: readonly number[];
  readonly baseline: readonly number[];
}

/** `null` where there is no baseline. */
export function ratioOf({ ours, baseline }: Rounds): number | null {
  if (baseline.length === 0) return null;
  return median(ours.map((value, round) => value / baseline[round]!));
}

export interface Asked {
  readonly of: 'value' | 'ratio';
  readonly least?: number;
  readonly most?: number;
}

/** In words and, where the row has what is asked about, as a verdict. */
export function judged(
  asked: Asked,
  { value, ratio, unit }: Pick<Result, 'value' | 'ratio' | 'unit'>,
): Pick<Result, 'asked' | 'holds'> {
  const seen = asked.of === 'value' ? value : ratio;
  const suffix = asked.of === 'value' ? ` ${unit}` : ' of the baseline';
  const words = [
    ...(asked.least === undefined ? [] : [`at least ${asked.least}${suffix}`]),
    ...(asked.most === undefined ? [] : [`at most ${asked.most}${suffix}`]),
  ].join(', ');
  if (seen === null) return { asked: words };
  return { asked: words, holds: seen >= (asked.least ?? -Infinity) && seen <= (asked.most ?? Infinity) };
}

export interface RowOf {
  readonly name: string;
  readonly unit: string;
  readonly asked?: Asked;
  readonly percentiles?: Result['percentiles'];
  readonly also?: Result['also'];
}

export function resultOf({ name, unit, asked, percentiles, also }: RowOf, rounds: Rounds): Result {
  const value = median(rounds.ours);
  const ratio = ratioOf(rounds);
  return {
    name,
    value,
    unit,
    baseline: rounds.baseline.length === 0 ? null : median(rounds.baseline),
    ratio,
    rounds: rounds.ours.length,
    ...(asked && judged(asked, { value, ratio, unit })),
    ...(percentiles && { percentiles }),
    each: rounds.ours.map((ours, round) => ({
      value: ours,
      ...(rounds.baseline[round] !== undefined && { baseline: rounds.baseline[round] }),
    })),
    ...(also && { also }),
  };
}
