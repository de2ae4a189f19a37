// The league's answer for one scenario: each policy's numbers over its seeds, and how it fares against ours on the same outcomes.
import { estimate, meanOf, quantileOf, type Estimate } from './statistics.ts';
import { kindOf, type ScenarioKind } from './scenario-kind.ts';
import { Market } from '../simulator/market.ts';
import type { EpisodeMeasure, RunMeasures } from '../simulator/measures.ts';
import type { Scenario } from '../scenario-file.ts';

export interface Reached {
  /** Runs in which the processor had traffic to lose. */
  readonly of: number;
  /** Runs of these in which it came to it. */
  readonly reached: number;
  /** Payments it took where it came to it. */
  readonly mean: number | null;
  readonly median: number | null;
  readonly p90: number | null;
}

export interface EpisodeReport {
  readonly episode: number;
  readonly processor: string;
  readonly shed: Reached;
  readonly readmitted: Reached;
}

export interface PolicyReport {
  readonly policy: string;
  readonly source: string;
  readonly seeds: number;
  readonly successRate: number;
  readonly regretPp: Estimate;
  readonly netValueMinor: Estimate;
  readonly probeShare: number;
  readonly falseAlarms: { readonly perRun: number; readonly perMillionPayments: number } | null;
  readonly episodes: readonly EpisodeReport[];
  /** Our regret minus this policy's on the same seeds: below zero ours loses less. */
  readonly learnedMinusThisPp: Estimate | null;
  readonly regretPpBySeed: readonly number[];
}

export interface ScenarioReport {
  readonly id: string;
  readonly transactions: number;
  readonly processors: number;
  /** Which promise `learned` is held to here. */
  readonly kind: ScenarioKind;
  /** What regret is measured in: success probability, or net value as a part of the margin. */
  readonly regretIn: 'success' | 'net value';
  readonly policies: readonly PolicyReport[];
}

export interface PolicyRuns {
  readonly policy: string;
  readonly source: string;
  /** In the order of seeds; each policy begins with the same. */
  readonly runs: readonly RunMeasures[];
}

const OURS = 'learned';

export function reportScenario(scenario: Scenario, all: readonly PolicyRuns[]): ScenarioReport {
  const ours = all.find(({ policy }) => policy === OURS)?.runs ?? null;
  return {
    id: scenario.id,
    kind: kindOf(scenario),
    transactions: scenario.transactions,
    processors: scenario.processors.length,
    regretIn: new Market(scenario).feesDiffer ? 'net value' : 'success',
    policies: all.map((told) => reportPolicy(scenario, told, ours)),
  };
}

function reportPolicy(
  scenario: Scenario,
  { policy, source, runs }: PolicyRuns,
  ours: readonly RunMeasures[] | null,
): PolicyReport {
  const regrets = runs.map(({ regretPp }) => regretPp);
  const alarms = runs.flatMap(({ falseAlarms }) => (falseAlarms === null ? [] : [falseAlarms]));
  return {
    policy,
    source,
    seeds: runs.length,
    successRate: meanOf(runs.map(({ successRate }) => successRate)),
    regretPp: estimate(regrets),
    netValueMinor: estimate(runs.map(({ netValueMinor }) => netValueMinor)),
    probeShare: meanOf(runs.map(({ probeShare }) => probeShare)),
    falseAlarms:
      alarms.length === 0
        ? null
        : { perRun: meanOf(alarms), perMillionPayments: (meanOf(alarms) * 1e6) / scenario.transactions },
    episodes: (runs[0]?.episodes ?? []).map(({ episode }, place) => ({
      episode,
      processor: scenario.episodes[episode]!.processor,
      shed: reached(runs, place, 'shed'),
      readmitted: reached(runs, place, 'readmitted'),
    })),
    learnedMinusThisPp: policy === OURS || ours === null ? null : pairedWith(ours, runs),
    regretPpBySeed: regrets,
  };
}

function pairedWith(ours: readonly RunMeasures[], theirs: readonly RunMeasures[]): Estimate {
  const bySeed = new Map(ours.map(({ seed, regretPp }) => [seed, regretPp]));
  const differences = theirs.flatMap(({ seed, regretPp }) => {
    const own = bySeed.get(seed);
    return own === undefined ? [] : [own - regretPp];
  });
  return estimate(differences);
}

function reached(runs: readonly RunMeasures[], place: number, what: 'shed' | 'readmitted'): Reached {
  const measures = runs.map(({ episodes }): EpisodeMeasure => episodes[place]!).filter(({ hadTraffic }) => hadTraffic);
  const counts = measures.map((measure) => measure[what]).filter((count) => count !== null);
  return {
    of: measures.length,
    reached: counts.length,
    mean: counts.length === 0 ? null : meanOf(counts),
    median: quantileOf(counts, 0.5),
    p90: quantileOf(counts, 0.9),
  };
}
