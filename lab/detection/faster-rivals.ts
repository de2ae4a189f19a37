// The rows in which a rule tuned to them is faster than ours, and what the same rule costs in the other rows.
import { RULES, type Cell } from './cells.ts';
import { ratioOf, usualRatioOf, type Measured } from './verdict.ts';

export interface RowRatios {
  readonly cell: Cell;
  readonly ours: number | null;
  readonly theirs: number | null;
  /** From the usual state. */
  readonly isUsuallyFaster: boolean;
}

export interface RuleStanding {
  readonly rule: string;
  /** Rows in which it is faster, from the worst state. */
  readonly faster: readonly RowRatios[];
  /** And from the usual one. */
  readonly usuallyFaster: number;
  /** Over the rows in which it sees the change at all; null: in none. */
  readonly mean: number | null;
  readonly worst: number | null;
  readonly rows: number;
  /** No threshold keeps the mean time to false alarm, or the change is not seen. */
  readonly unseen: number;
}

/** A rule's rows beside ours. */
export function rowsOf(rule: string, all: readonly Measured[]): RowRatios[] {
  const known = all.filter(({ cell }) => cell.kind === 'known');
  return all
    .filter(({ cell }) => cell.kind === 'tuned' && cell.contestant === rule)
    .map((each) => {
      const own = known.find(({ cell }) => isSameRow(cell, each.cell));
      const [ours, theirs] = own === undefined ? [null, null] : [usualRatioOf(own), usualRatioOf(each)];
      return {
        cell: each.cell,
        ours: own === undefined ? null : ratioOf(own),
        theirs: ratioOf(each),
        isUsuallyFaster: ours !== null && theirs !== null && theirs < ours,
      };
    });
}

export function isSameRow(one: Cell, other: Cell): boolean {
  return one.before === other.before && one.after === other.after && one.arlTarget === other.arlTarget;
}

export function standingsOf(all: readonly Measured[]): RuleStanding[] {
  return RULES.map(({ id }) => {
    const rows = rowsOf(id, all);
    const seen = rows.map(({ theirs }) => theirs).filter((ratio) => ratio !== null);
    return {
      rule: id,
      faster: rows.filter(({ ours, theirs }) => theirs !== null && theirs < (ours ?? Infinity)),
      usuallyFaster: rows.filter(({ isUsuallyFaster }) => isUsuallyFaster).length,
      mean: seen.length === 0 ? null : seen.reduce((sum, ratio) => sum + ratio, 0) / seen.length,
      worst: seen.length === 0 ? null : Math.max(...seen),
      rows: rows.length,
      unseen: rows.length - seen.length,
    };
  });
}
