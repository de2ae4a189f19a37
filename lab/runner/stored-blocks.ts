// Blocks done earlier, in lab/.runs: taken again only if neither the scenario, the policy nor the simulator has changed since.
import { fileURLToPath } from 'node:url';
import { hashText, sourceHash } from './source-hash.ts';
import { isNumberList, isObject, ResultStore } from './result-store.ts';
import type { Block, BlockResult } from './block.ts';
import type { RunMeasures } from '../simulator/measures.ts';

const SIMULATOR = fileURLToPath(new URL('block.ts', import.meta.url));
const MEASURES = [
  'seed',
  'successRate',
  'regretPp',
  'netValueMinor',
  'probeShare',
] as const satisfies readonly (keyof RunMeasures)[];

export class StoredBlocks {
  readonly #store: ResultStore;
  readonly #simulator = sourceHash(SIMULATOR);

  constructor(folder?: string) {
    this.#store = new ResultStore(folder);
  }

  /** `policyFile`: where the policy is written. */
  read(block: Block, policyFile: string): BlockResult | null {
    return this.#store.read(this.#nameOf(block, policyFile), (value) => isResultOf(block, value));
  }

  write(block: Block, policyFile: string, result: BlockResult): void {
    this.#store.write(this.#nameOf(block, policyFile), result);
  }

  #nameOf({ scenario, policy, first, runs }: Block, policyFile: string): string {
    const depends = hashText(`${JSON.stringify(scenario)} ${sourceHash(policyFile)} ${this.#simulator}`);
    const id = scenario.id.replace(/[^a-zA-Z0-9_-]/g, '_');
    return `${id}.${policy}.${first}-${runs}.${depends}.json`;
  }
}

function isResultOf({ scenario, runs }: Block, value: unknown): value is BlockResult {
  if (!isObject(value) || typeof value['seconds'] !== 'number') return false;
  const { runs: measures, curves } = value;
  if (!Array.isArray(measures) || measures.length !== runs || !measures.every(isMeasures)) return false;
  if (!isObject(curves) || !isNumberList(curves['regretPp'])) return false;
  const { shares, regretPp } = curves;
  return (
    Array.isArray(shares) &&
    shares.length === scenario.processors.length &&
    shares.every((list) => isNumberList(list) && list.length === regretPp.length)
  );
}

function isMeasures(value: unknown): value is RunMeasures {
  if (!isObject(value) || !MEASURES.every((name) => typeof value[name] === 'number')) return false;
  const { falseAlarms, episodes } = value;
  return (
    (falseAlarms === null || typeof falseAlarms === 'number') && Array.isArray(episodes) && episodes.every(isObject)
  );
}
