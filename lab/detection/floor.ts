// The exact worst-case delay of the optimal CUSUM, which knows both rates (Moustakides 1986); computed for this project by Markov chain.
import { fileURLToPath } from 'node:url';
import { readFileSync } from 'node:fs';

const FILE = fileURLToPath(new URL('bernoulli-cusum-floor.csv', import.meta.url));

export interface FloorRow {
  readonly before: number;
  readonly after: number;
  readonly arlTarget: number;
  /** What the optimal rule's mean time to false alarm really is: everyone is compared at this one. */
  readonly arlExact: number;
  readonly delay: number;
}

export function readFloor(arlTargets: readonly number[]): FloorRow[] {
  const [head, ...lines] = readFileSync(FILE, 'utf8').trim().split('\n');
  const names = head!.trim().split(',');
  return lines
    .map((line) => {
      const cells = line.trim().split(',').map(Number);
      const of = (name: string): number => cells[names.indexOf(name)]!;
      return {
        before: of('p0'),
        after: of('p1'),
        arlTarget: of('arl_target'),
        arlExact: of('exact_arl0'),
        delay: of('exact_delay_worst_case'),
      };
    })
    .filter(({ arlTarget }) => arlTargets.includes(arlTarget));
}
