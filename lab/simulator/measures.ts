// What one run was worth: the numbers that are averaged over seeds, and the curves that figures are drawn from.
import { segmentsNamed } from '../scenario-check.ts';
import type { Alarm } from '../policy.ts';
import type { Run } from './simulate.ts';
import type { Scenario, ScenarioEpisode } from '../scenario-file.ts';

/** Of one episode in one run, counted in payments of the segments it touches. */
export interface EpisodeMeasure {
  /** Index in the scenario's list. */
  readonly episode: number;
  /** It had at least 5% of the traffic to lose. */
  readonly hadTraffic: boolean;
  /** From its beginning until under 5% of the traffic goes there; `null`: not within the episode. */
  readonly shed: number | null;
  /** From its end until it has half of its former share again; `null`: not before the next episode or the end. */
  readonly readmitted: number | null;
}

export interface RunMeasures {
  readonly seed: number;
  readonly successRate: number;
  readonly regretPp: number;
  /** Per payment. */
  readonly netValueMinor: number;
  /** Of all attempts. */
  readonly probeShare: number;
  /** `null`: the policy raises none. */
  readonly falseAlarms: number | null;
  readonly episodes: readonly EpisodeMeasure[];
}

export interface RunCurves {
  /** Regret in each part of the run, in percentage points of its payments. */
  readonly regretPp: readonly number[];
  /** By processor: its share of the first attempts in each part of the run. */
  readonly shares: readonly (readonly number[])[];
}

/** Parts of a run that curves are drawn over. */
export const CURVE_PARTS = 200;
/** A share is that of so many payments from the one asked about on; the former share that of so many before. */
const SHARE_AFTER = 200;
const SHARE_BEFORE = 1_000;
const SHED_SHARE = 0.05;
/** An alarm this long after an episode, beside the results' own delay, is still the episode's. */
const AFTERMATH_MS = 60_000;

export function measureRun(scenario: Scenario, run: Run): RunMeasures {
  const { transactions } = scenario;
  return {
    seed: run.seed,
    successRate: sumOf(run.approved) / transactions,
    regretPp: (100 * sumOf(run.regret)) / transactions,
    netValueMinor: run.netValueMinor / transactions,
    probeShare: run.probes / run.attempts,
    falseAlarms: run.alarms === null ? null : run.alarms.filter((alarm) => isFalse(scenario, run, alarm)).length,
    episodes: scenario.episodes.flatMap((episode, index) =>
      isFailure(scenario, episode) ? [measureEpisode(scenario, run, index)] : [],
    ),
  };
}

export function curvesOf(scenario: Scenario, run: Run): RunCurves {
  const regret = new Array<number>(CURVE_PARTS).fill(0);
  const payments = new Array<number>(CURVE_PARTS).fill(0);
  const shares = scenario.processors.map(() => new Array<number>(CURVE_PARTS).fill(0));
  for (let index = 0; index < scenario.transactions; index += 1) {
    const part = Math.floor((index * CURVE_PARTS) / scenario.transactions);
    payments[part]! += 1;
    regret[part]! += run.regret[index]!;
    shares[run.processor[index]!]![part]! += 1;
  }
  const perPayment = (sums: readonly number[], unit: number): number[] =>
    sums.map((sum, part) => (payments[part] === 0 ? 0 : (unit * sum) / payments[part]!));
  return { regretPp: perPayment(regret, 100), shares: shares.map((counts) => perPayment(counts, 1)) };
}

/** Of a single processor, over one stretch of the run, and for the worse. */
export function isFailure(
  { processors }: Scenario,
  { processor: id, shape, set = {}, scale = {} }: ScenarioEpisode,
): boolean {
  const base = processors.find((processor) => processor.id === id);
  if (base === undefined || shape === 'sine' || shape === 'calendar') return false;
  return (
    (set.approvalRate ?? 1) < base.approvalRate ||
    (set.errorRate ?? 0) > base.errorRate ||
    (set.timeoutRate ?? 0) > base.timeoutRate ||
    (set.lossRate ?? 0) > 0 ||
    (scale.approvalRate ?? 1) < 1
  );
}

function measureEpisode(scenario: Scenario, run: Run, index: number): EpisodeMeasure {
  const { transactions, processors, episodes } = scenario;
  const episode = episodes[index]!;
  const processor = processors.findIndex(({ id }) => id === episode.processor);
  const touched = new Set(
    episode.segment === undefined ? scenario.segments.keys() : segmentsNamed(scenario, episode.segment),
  );
  const begins = Math.ceil(episode.fromFraction * transactions);
  const ends = Math.ceil(episode.toFraction * transactions);
  const next = Math.min(
    ...episodes
      .filter(({ processor: other, fromFraction }) => other === episode.processor && fromFraction >= episode.toFraction)
      .map(({ fromFraction }) => Math.ceil(fromFraction * transactions)),
    transactions,
  );
  const goesThere = (from: number, to: number): number[] => {
    const went: number[] = [];
    for (let payment = from; payment < to; payment += 1)
      if (touched.has(run.segment[payment]!)) went.push(run.processor[payment] === processor ? 1 : 0);
    return went;
  };
  const before = goesThere(0, begins).slice(-SHARE_BEFORE);
  const former = before.length === 0 ? 0 : sumOf(before) / before.length;
  if (former < SHED_SHARE) return { episode: index, hadTraffic: false, shed: null, readmitted: null };
  return {
    episode: index,
    hadTraffic: true,
    shed: firstWhere(goesThere(begins, ends), (share) => share < SHED_SHARE),
    readmitted: firstWhere(goesThere(ends, next), (share) => share >= former / 2),
  };
}

/** The first payment from which on the share of a stretch (200 payments, or half of what there is) is as wanted. */
function firstWhere(went: readonly number[], wanted: (share: number) => boolean): number | null {
  const stretch = Math.min(SHARE_AFTER, Math.floor(went.length / 2));
  if (stretch === 0) return null;
  let inStretch = sumOf(went.slice(0, stretch));
  for (let from = 0; from + stretch <= went.length; from += 1) {
    if (wanted(inStretch / stretch)) return from;
    inStretch += (went[from + stretch] ?? 0) - went[from]!;
  }
  return null;
}

/** Neither during an episode that touches it nor in its aftermath. A processor with a limit may drown: its alarms are not judged. */
function isFalse(scenario: Scenario, run: Run, alarm: Alarm): boolean {
  const processor = scenario.processors[run.order[alarm.arm]!]!;
  if (processor.maxTps !== undefined) return false;
  const lateMs = latestMs(scenario) + AFTERMATH_MS;
  const timeAt = (fraction: number): number =>
    run.atMs[Math.min(scenario.transactions - 1, Math.floor(fraction * scenario.transactions))]!;
  return !scenario.episodes.some((episode) => {
    if (episode.processor !== '*' && episode.processor !== processor.id) return false;
    if (episode.segment !== undefined && alarm.segments !== null) {
      const touched = segmentsNamed(scenario, episode.segment);
      if (!alarm.segments.some((segment) => touched.includes(segment))) return false;
    }
    const until = episode.shape === 'calendar' && episode.hours === undefined ? 1 : episode.toFraction;
    return alarm.atMs >= timeAt(episode.fromFraction) && alarm.atMs <= timeAt(until) + lateMs;
  });
}

function latestMs({ feedback: { delaySeconds: delay }, timeoutMs }: Scenario): number {
  if (typeof delay === 'number') return timeoutMs + delay * 1_000;
  switch (delay.distribution) {
    case 'exponential':
      return timeoutMs + 5 * delay.mean * 1_000;
    case 'lognormal':
      return timeoutMs + delay.p99 * 1_000;
    case 'uniform':
      return timeoutMs + delay.to * 1_000;
  }
}

function sumOf(numbers: Iterable<number>): number {
  let sum = 0;
  for (const number of numbers) sum += number;
  return sum;
}
