// Several Workers of one workerd under the same load in turn, A B A B, so that what else the machine does meets all of them alike.
import { loadOnce, RefusedAnswers, type Loader } from './load/loader.ts';
import { median, type Percentiles } from './result.ts';
import type { Load, LoadCount } from './load/load.ts';

export interface Pace {
  readonly rounds: number;
  /** Of one load. */
  readonly seconds: number;
  readonly warmUpSeconds: number;
}

export interface Bench extends Pace {
  readonly loader: Loader;
  readonly isQuick: boolean;
  /** For files; removed by whoever made it. */
  readonly directory: string;
  /** Of the first Worker of each workerd; `undefined`: a free one. */
  readonly port: number | undefined;
  /** One line of progress. */
  readonly tell: (line: string) => void;
}

export interface Contestant {
  readonly name: string;
  /** A label is never given twice: ids can be made of it. */
  readonly load: (label: string) => Omit<Load, 'seconds' | 'connections'>;
  /** After each of its loads. */
  readonly after?: (label: string) => Promise<void>;
}

export interface Duel {
  readonly what: string;
  readonly contestants: readonly Contestant[];
  /** Most at once; the same for all. */
  readonly connections: number;
}

export interface Duelled {
  /** By the contestants' names, in the order of the rounds. */
  readonly counts: Readonly<Record<string, readonly LoadCount[]>>;
  readonly connections: number;
}

const CONNECTIONS_LEAST = 8;

/**
 * Where more connections press on a slow machine than Signalbox lets in at once, it refuses some, and is measured anew with half as many. Throws
 * where answers are not as they should be for another reason.
 */
export async function duel({ what, contestants, connections: most }: Duel, bench: Bench): Promise<Duelled> {
  for (let connections = most; ; connections = Math.ceil(connections / 2)) {
    try {
      return { counts: await allRounds({ what, contestants, connections }, bench), connections };
    } catch (error) {
      if (!(error instanceof RefusedAnswers) || connections / 2 < CONNECTIONS_LEAST) throw error;
      bench.tell(`${what}  ${error.message}: measured anew with half the connections`);
    }
  }
}

async function allRounds(
  { what, contestants, connections }: Duel,
  { loader, directory, rounds, seconds, warmUpSeconds, tell }: Bench,
): Promise<Duelled['counts']> {
  const counts: Record<string, LoadCount[]> = Object.fromEntries(contestants.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    const said: string[] = [];
    for (const { name, load, after } of contestants) {
      const label = `c${connections}r${round}`;
      const length = round === 0 ? warmUpSeconds : seconds;
      const count = await loadOnce(loader, { ...load(label), connections, seconds: length }, directory);
      await after?.(label);
      if (round > 0 && count.requests === 0) throw new Error(`${what}: ${name} answered nothing in ${length} s`);
      if (round > 0) counts[name]!.push(count);
      said.push(`${name} ${count.perSecond.toFixed(0)}/s p99 ${count.p99Ms.toFixed(2)} ms`);
    }
    tell(`${what}  ${round === 0 ? 'warm-up' : `round ${round} of ${rounds}`}  ${said.join(', ')}`);
  }
  return counts;
}

export function percentilesOf(counts: readonly LoadCount[]): Percentiles {
  return {
    p50Ms: median(counts.map(({ p50Ms }) => p50Ms)),
    p95Ms: median(counts.map(({ p95Ms }) => p95Ms)),
    p99Ms: median(counts.map(({ p99Ms }) => p99Ms)),
  };
}
