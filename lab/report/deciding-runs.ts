// How many runs decided each promise: where the first ones left a pair open, what more of them said.
import { estimate, quantileOf, type Estimate } from './statistics.ts';
import type { PolicyReport, ScenarioReport } from './scenario-report.ts';

const OURS = 'learned';
/** The further runs are also told cut short at each of these multiples of the first ones. */
const LOOK_FACTOR = 4;

export interface Look {
  readonly runs: number;
  /** Regret of ours minus the peer's, over the first so many runs. */
  readonly difference: Estimate;
}

export interface Reopened {
  readonly scenario: string;
  readonly peer: string;
  /** The first is what left it open, the last is all runs. */
  readonly looks: readonly Look[];
  readonly medianPp: { readonly ours: number; readonly theirs: number };
}

/** Runs that a policy has in every scenario: what is beyond was run to decide. */
export function firstRunsOf(policy: string, reports: readonly ScenarioReport[]): number {
  return Math.min(
    ...reports.flatMap(({ policies }) => policies.filter((each) => each.policy === policy).map(({ seeds }) => seeds)),
  );
}

export function reopenedPairs(reports: readonly ScenarioReport[]): Reopened[] {
  return reports.flatMap(({ id, policies }) => {
    const ours = policies.find(({ policy }) => policy === OURS);
    if (ours === undefined) return [];
    return policies
      .filter((peer) => peer !== ours && peer.seeds > firstRunsOf(peer.policy, reports))
      .map((peer) => ({
        scenario: id,
        peer: peer.policy,
        looks: looksOf(ours, peer, firstRunsOf(peer.policy, reports)),
        medianPp: { ours: medianOf(ours, peer.seeds), theirs: medianOf(peer, peer.seeds) },
      }));
  });
}

function looksOf(ours: PolicyReport, peer: PolicyReport, first: number): Look[] {
  const both = Math.min(ours.regretPpBySeed.length, peer.regretPpBySeed.length);
  const counts: number[] = [];
  for (let runs = first; runs < both; runs *= LOOK_FACTOR) counts.push(runs);
  return [...counts, both].map((runs) => ({
    runs,
    difference: estimate(peer.regretPpBySeed.slice(0, runs).map((regret, run) => ours.regretPpBySeed[run]! - regret)),
  }));
}

function medianOf({ regretPpBySeed }: PolicyReport, runs: number): number {
  return quantileOf(regretPpBySeed.slice(0, runs), 0.5) ?? NaN;
}

/** The fewest runs from which on the interval is on one side; null: it still holds zero. */
export function decidingRuns(looks: readonly Look[]): number | null {
  const isOpen = ({ difference: { low, high } }: Look): boolean => low === null || high === null || low * high <= 0;
  const lastOpen = looks.findLastIndex(isOpen);
  return looks[lastOpen + 1]?.runs ?? null;
}
