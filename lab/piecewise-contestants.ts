// Who takes part in the piecewise problems, what each is told beforehand, and the regret that was published for it.
import { createCusumKlUcb } from './policies/cusum-klucb.ts';
import { createGlrKlUcb } from './policies/glr-klucb.ts';
import { createMKlUcb } from './policies/m-klucb.ts';
import { createSlidingKlUcb } from './policies/sw-klucb.ts';
import { dTs99 } from './policies/d-ts-99.ts';
import { dTs998 } from './policies/d-ts-998.ts';
import { dTs9995 } from './policies/d-ts-9995.ts';
import { dUcb6 } from './policies/d-ucb-6.ts';
import { dUcb995 } from './policies/d-ucb-995.ts';
import { klucb } from './policies/klucb.ts';
import { LearnedBandit } from './learned-bandit.ts';
import { OracleRestarts } from './oracle-restarts.ts';
import { PlayedArmForgets } from './played-arm-forgets.ts';
import { swUcb200 } from './policies/sw-ucb-200.ts';
import { swUcb200Wide } from './policies/sw-ucb-200-6.ts';
import { swUcb2000 } from './policies/sw-ucb-2000.ts';
import { thompson } from './policies/thompson.ts';
import { ThompsonSampling } from './policies/thompson-sampling.ts';
import type { Contestant, PiecewiseResult } from './piecewise.ts';

/** Those of the league's policies that learn from success alone; rules about minutes, latency and fees have nothing to go by here. */
export const CONTESTANTS: ReadonlyMap<string, Contestant> = new Map<string, Contestant>([
  ['learned', (world) => new LearnedBandit(world)],
  ['oracle-restarts', (_world, _changes, problem) => new OracleRestarts(problem)],
  ['glr-klucb-local', (world, changes) => createGlrKlUcb(world, { restarts: 'arm', changes })],
  ['glr-klucb-global', (world, changes) => createGlrKlUcb(world, { restarts: 'all', changes })],
  ['cusum-klucb', createCusumKlUcb],
  ['m-klucb', createMKlUcb],
  ['sw-klucb', createSlidingKlUcb],
  ['d-ts-95', (world) => new ThompsonSampling(world, 0.95)],
  ['d-ts-95-as-coded', (world) => new PlayedArmForgets(world, 0.95)],
  ...[klucb, thompson, dTs99, dTs998, dTs9995, swUcb200, swUcb200Wide, swUcb2000, dUcb6, dUcb995].map(
    (entry): [string, Contestant] => [entry.id, (world) => entry.create(world)],
  ),
]);

/** Problems 1-4, mean of 100 runs measured with SMPyBandits; the tuned ones are told the number of changes there as here. */
export const PUBLISHED_REGRET: ReadonlyMap<string, readonly number[]> = new Map([
  ['glr-klucb-local', [74.2, 98.7, 107.4, 90.0]],
  ['glr-klucb-global', [103.4, 139.3, 129.6, 141.7]],
  ['cusum-klucb', [147.5, 150.8, 188.1, 285.4]],
  ['sw-klucb', [187.6, 195.8, 191.3, 212.1]],
  ['d-ts-95-as-coded', [205.3, 243.2, 211.3, 250.9]],
  ['klucb', [263.8, 161.3, 510.1, 611.5]],
  ['m-klucb', [287.9, 539.9, 429.9, 334.3]],
  ['thompson', [464.8, 400.5, 811.8, 751.9]],
]);

export interface PiecewiseReport {
  readonly steps: number;
  readonly runs: number;
  readonly policies: readonly {
    readonly policy: string;
    /** By problem. */
    readonly regrets: readonly PiecewiseResult[];
    readonly published: readonly number[] | null;
  }[];
}
