// Blocks done earlier, in lab/.runs: taken again only if neither the scenario, the policy nor the simulator has changed since.
import { fileURLToPath } from 'node:url';
import { hashText, sourceHash } from './source-hash.ts';
import { join } from 'node:path';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Block, BlockResult } from './block.ts';

export const RUNS_FOLDER = fileURLToPath(new URL('../.runs', import.meta.url));
const SIMULATOR = fileURLToPath(new URL('block.ts', import.meta.url));

export class StoredBlocks {
  readonly #folder: string;
  readonly #simulator = sourceHash(SIMULATOR);

  constructor(folder = RUNS_FOLDER) {
    this.#folder = folder;
  }

  /** `policyFile`: where the policy is written. */
  read(block: Block, policyFile: string): BlockResult | null {
    return readStored(this.#folder, this.#nameOf(block, policyFile));
  }

  write(block: Block, policyFile: string, result: BlockResult): void {
    writeStored(this.#folder, this.#nameOf(block, policyFile), result);
  }

  #nameOf({ scenario, policy, first, runs }: Block, policyFile: string): string {
    const depends = hashText(`${JSON.stringify(scenario)} ${sourceHash(policyFile)} ${this.#simulator}`);
    const id = scenario.id.replace(/[^a-zA-Z0-9_-]/g, '_');
    return `${id}.${policy}.${first}-${runs}.${depends}.json`;
  }
}

/** Torn or missing is the same: it is run again. */
export function readStored<Result>(folder: string, name: string): Result | null {
  try {
    return JSON.parse(readFileSync(join(folder, name), 'utf8')) as Result;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

export function writeStored(folder: string, name: string, result: unknown): void {
  const path = join(folder, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${path}.part`, JSON.stringify(result));
  renameSync(`${path}.part`, path);
}
