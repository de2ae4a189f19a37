// A block of work: some runs of one policy in one scenario, as it is sent to a worker process and stored when done.
import { curvesOf, measureRun, type RunCurves, type RunMeasures } from '../simulator/measures.ts';
import { runSeed, simulate } from '../simulator/simulate.ts';
import type { PolicyEntry } from '../policy.ts';
import type { Scenario } from '../scenario-file.ts';

export interface Block {
  readonly scenario: Scenario;
  readonly policy: string;
  /** Number of the first run, from 0. */
  readonly first: number;
  readonly runs: number;
}

export interface BlockResult {
  readonly runs: readonly RunMeasures[];
  /** Mean over the block's runs. */
  readonly curves: RunCurves;
  /** Of the processor's time, for all runs; told on the screen, in no report. */
  readonly seconds: number;
}

export function runBlock({ scenario, first, runs }: Block, entry: PolicyEntry): BlockResult {
  const startedMs = performance.now();
  const measures: RunMeasures[] = [];
  const curves: RunCurves[] = [];
  for (let number = first; number < first + runs; number += 1) {
    const run = simulate(scenario, entry, runSeed(scenario, number));
    measures.push(measureRun(scenario, run));
    curves.push(curvesOf(scenario, run));
  }
  return {
    runs: measures,
    curves: meanCurves(curves.map((curve) => ({ curves: curve, weight: 1 }))),
    seconds: (performance.now() - startedMs) / 1_000,
  };
}

export function meanCurves(all: readonly { readonly curves: RunCurves; readonly weight: number }[]): RunCurves {
  const weights = all.reduce((sum, { weight }) => sum + weight, 0);
  const mean = (lists: readonly (readonly number[])[]): number[] =>
    (lists[0] ?? []).map((_, part) => {
      const sum = lists.reduce((total, list, index) => total + list[part]! * all[index]!.weight, 0);
      return Number((sum / weights).toPrecision(6));
    });
  return {
    regretPp: mean(all.map(({ curves }) => curves.regretPp)),
    shares: (all[0]?.curves.shares ?? []).map((_, processor) =>
      mean(all.map(({ curves }) => curves.shares[processor]!)),
    ),
  };
}
