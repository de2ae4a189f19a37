// How near one processor's object is to its limits, and what is left: measured figures against stated limits. Rules: SPEC.md [SCL].
import { CPU_FIGURES } from './cpu-figures.ts';
import { type LoadReading, WINDOW_MS } from './load-window.ts';

/** Where one object ends; beyond them it is split by the slots of its transactions. */
export const OBJECT_LIMITS = {
  /** The platform's own rule of thumb for objects that parse and validate what they are sent: 500-750; its soft limit is 1,000. */
  requestsPerSecond: 500,
  /** Waiting results beyond this are refused (`overloaded`). */
  queueDepth: 20_000,
  /** Of one core: an object is single-threaded. */
  cpuShare: 1,
} as const;
export type LoadBound = 'requests' | 'queue' | 'cpu' | 'refusals';

export interface ObjectLoad {
  readonly requestsPerSecond: number;
  readonly resultsPerSecond: number;
  /** Of all results that were brought, 0-1. */
  readonly refusedShare: number;
  readonly commitsPerSecond: number;
  /** `null`: there was no commit. */
  readonly resultsPerCommit: number | null;
  readonly commitLagMsMean: number | null;
  readonly commitLagMsMax: number | null;
  readonly queueDepth: number;
  readonly queueDepthMax: number;
  /** By what results, commits and permits took where they were measured (cpu-figures.ts): a Worker's own clock stands still while it computes. 0 and more. */
  readonly cpuShareEstimated: number;
  /** The largest share of any limit; 1 and more: it is full. */
  readonly load: number;
  /** 1 - load, and never below 0. */
  readonly headRoom: number;
  readonly boundBy: LoadBound;
  readonly measuredMs: number;
}

const SECONDS = WINDOW_MS / 1_000;

export function objectLoad(reading: LoadReading): ObjectLoad {
  const { calls, results, refusedCalls, refusedResults, commits, committedResults } = reading;
  const requestsPerSecond = (calls + refusedCalls) / SECONDS;
  const cpuShareEstimated = cpuUsOf(reading) / 1e6 / SECONDS;
  const shares: readonly (readonly [LoadBound, number])[] = [
    ['requests', requestsPerSecond / OBJECT_LIMITS.requestsPerSecond],
    ['queue', reading.queueDepthMax / OBJECT_LIMITS.queueDepth],
    ['cpu', cpuShareEstimated / OBJECT_LIMITS.cpuShare],
    // Who turns results away is full, whatever else is measured.
    ['refusals', refusedResults > 0 ? 1 : 0],
  ];
  const [boundBy, load] = shares.reduce((most, share) => (share[1] > most[1] ? share : most));
  const brought = results + refusedResults;
  return {
    requestsPerSecond,
    resultsPerSecond: results / SECONDS,
    refusedShare: brought === 0 ? 0 : refusedResults / brought,
    commitsPerSecond: commits / SECONDS,
    resultsPerCommit: commits === 0 ? null : committedResults / commits,
    commitLagMsMean: commits === 0 ? null : reading.lagMsSum / commits,
    commitLagMsMax: commits === 0 ? null : reading.lagMsMax,
    queueDepth: reading.queueDepth,
    queueDepthMax: reading.queueDepthMax,
    cpuShareEstimated,
    load,
    headRoom: Math.max(0, 1 - load),
    boundBy,
    measuredMs: reading.measuredMs,
  };
}

const cpuUsOf = ({ committedResults, commits, permits }: LoadReading): number =>
  committedResults * CPU_FIGURES.resultUs + commits * CPU_FIGURES.commitUs + permits * CPU_FIGURES.permitUs;

/** Who knows less than this of its attempts says too little of a minute. */
const ATTEMPTS_KNOWN_MIN_MS = WINDOW_MS / 2;

/** Payments a minute that the processors' gateways attempted, each once. `null`: an object that could not be asked. */
export function measuredTraffic(readings: readonly (LoadReading | null)[]): MeasuredTraffic {
  const known = readings.filter((reading) => reading !== null);
  const perMinute = known.reduce((sum, reading) => sum + perMinuteOf(reading), 0);
  return { perMinute, isComplete: known.length === readings.length && known.every(tellsAll) };
}

function perMinuteOf({ attempts, attemptsKnownMs }: LoadReading): number {
  return attemptsKnownMs < ATTEMPTS_KNOWN_MIN_MS ? attempts : (attempts * WINDOW_MS) / attemptsKnownMs;
}

/** Whether what was refused is new is not known, and it will be told again. */
function tellsAll({ attemptsKnownMs, refusedResults }: LoadReading): boolean {
  return attemptsKnownMs >= ATTEMPTS_KNOWN_MIN_MS && refusedResults === 0;
}

export interface MeasuredTraffic {
  readonly perMinute: number;
  /** If not, it is a lower bound: some object could not be asked, knows too little of the minute, or refused results. */
  readonly isComplete: boolean;
}
