// Which program loads, and one stretch of its load.
import { autocannonVersion, loadWithAutocannon } from './autocannon.ts';
import { isOnPath } from '../../tools/program-path.ts';
import { loadWithWrk, wrkVersion } from './wrk.ts';
import type { Load, LoadCount } from './load.ts';

export interface Loader {
  /** Name and version. */
  readonly name: string;
  /** What a reader of the figures must know of it; `null`: nothing. */
  readonly caution: string | null;
  /** `directory`: for files of its own. */
  readonly run: (load: Load, directory: string) => Promise<LoadCount>;
}

/** wrk where the machine has it: one thread of it outruns workerd, where Node is as slow as what it measures. */
export async function findLoader(): Promise<Loader> {
  if (isOnPath('wrk')) return { name: await wrkVersion(), caution: null, run: loadWithWrk };
  const caution =
    'autocannon instead of wrk, which is not installed (Debian: apt-get install wrk): it is hardly faster than what it measures, so throughput ratios lie nearer to 1 than they are';
  return { name: autocannonVersion(), caution, run: loadWithAutocannon };
}

/** A load of which answers were not 2xx. */
export class RefusedAnswers extends Error {}

/** Throws where one answer was not as it should be: such a round measures something else. */
export async function loadOnce(loader: Loader, load: Load, directory: string): Promise<LoadCount> {
  const count = await loader.run(load, directory);
  const place = `${load.urls[0]}${load.path}`;
  if (count.refused > 0)
    throw new RefusedAnswers(`${count.refused} of ${count.requests} answers of ${place} were not 2xx`);
  if (count.broken > 0) throw new Error(`${count.broken} requests to ${place} had no answer`);
  return count;
}
