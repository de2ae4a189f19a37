// What is counted of one arm of an experiment, and how the counts of several processors are added up.

/** Of one currency: what an approval brought less its fee, and what a failed attempt cost. In minor units. */
export interface ValueTally {
  readonly currency: string;
  readonly count: number;
  readonly sum: number;
  readonly squares: number;
}

export interface ArmTally {
  /** First attempts whose decision was of this arm, timeouts that are not settled among them. */
  readonly count: number;
  readonly successes: number;
  /** Timeouts that are not settled; each counts as no success. */
  readonly open: number;
  /** Of the attempts whose fee was told; by currency. */
  readonly values: readonly ValueTally[];
}

export type ArmTallies = readonly [ArmTally, ArmTally];

export const EMPTY_TALLY: ArmTally = { count: 0, successes: 0, open: 0, values: [] };

export function addTallies(one: ArmTally, other: ArmTally): ArmTally {
  const values = new Map(one.values.map((value) => [value.currency, value]));
  for (const { currency, count, sum, squares } of other.values) {
    const held = values.get(currency);
    values.set(currency, {
      currency,
      count: (held?.count ?? 0) + count,
      sum: (held?.sum ?? 0) + sum,
      squares: (held?.squares ?? 0) + squares,
    });
  }
  return {
    count: one.count + other.count,
    successes: one.successes + other.successes,
    open: one.open + other.open,
    values: [...values.values()].sort((left, right) => (left.currency < right.currency ? -1 : 1)),
  };
}
