// The few numbers that the whole table comes down to, and the bounds they are held to.
import type { Cell, CellResult } from './cells.ts';

export interface Measured {
  readonly cell: Cell;
  readonly result: CellResult;
}

export interface Verdict {
  readonly known: { readonly mean: number; readonly worst: number; readonly leastArl: number };
  /** Measured mean time to false alarm over the one asked for, at the worst baseline of the best nine tenths. */
  readonly leastEstimatedArl: number;
  /** Whether every mean time to false alarm is the one asked for or more, within two standard errors of its own. */
  readonly arlHolds: { readonly known: boolean; readonly estimated: boolean };
  /** Worst delay / floor where baseline attempts x rate is at least 10, and at least 50; p1 >= 3 p0. */
  readonly worstFrom10: number;
  readonly worstFrom50: number;
}

export const BOUNDS = { mean: 1.15, worst: 1.35, from10: 2, from50: 1.4 } as const;

export function ratioOf({ cell, result }: Measured): number | null {
  return cell.floor === null || result.delay === null ? null : result.delay / cell.floor;
}

/** From the usual state. */
export function usualRatioOf({ cell, result }: Measured): number | null {
  return cell.floor === null || result.delayUsual === null ? null : result.delayUsual / cell.floor;
}

export function arlRatioOf({ result }: Measured): number | null {
  return result.arl === null ? null : result.arl / result.arlAsked;
}

/** Hits that a baseline of this cell has on average. */
export function hitsExpected({ cell }: Measured): number {
  return (cell.baselineAttempts ?? Infinity) * cell.before;
}

export function judge(all: readonly Measured[]): Verdict {
  const of = (kind: Cell['kind']): Measured[] => all.filter(({ cell }) => cell.kind === kind);
  const known = of('known').map(worstIfUnseen);
  const arls = (kind: Cell['kind']): number[] => of(kind).map((each) => arlRatioOf(each) ?? Infinity);
  const worstFrom = (hits: number): number =>
    Math.max(
      ...of('estimated-delay')
        .filter((each) => hitsExpected(each) >= hits - 1e-9)
        .map(worstIfUnseen),
    );
  return {
    known: {
      mean: known.reduce((sum, ratio) => sum + ratio, 0) / known.length,
      worst: Math.max(...known),
      leastArl: Math.min(...arls('known')),
    },
    leastEstimatedArl: Math.min(...arls('estimated-arl')),
    arlHolds: { known: of('known').every(isArlHeld), estimated: of('estimated-arl').every(isArlHeld) },
    worstFrom10: worstFrom(10),
    worstFrom50: worstFrom(50),
  };
}

function isArlHeld({ result: { arl, arlError, arlAsked } }: Measured): boolean {
  return arl === null || arl + 2 * arlError >= arlAsked;
}

function worstIfUnseen(measured: Measured): number {
  return ratioOf(measured) ?? Infinity;
}
