// Blocks done earlier, in lab/.runs: taken again only if neither the scenario, the policy nor the simulator has changed since.
import { fileURLToPath } from 'node:url';
import { hashText, sourceHash } from './source-hash.ts';
import { join } from 'node:path';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Block, BlockResult } from './block.ts';

const FOLDER = fileURLToPath(new URL('../.runs', import.meta.url));
const SIMULATOR = fileURLToPath(new URL('block.ts', import.meta.url));

export class StoredBlocks {
  readonly #folder: string;
  readonly #simulator = sourceHash(SIMULATOR);

  constructor(folder = FOLDER) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  /** `policyFile`: where the policy is written. */
  read(block: Block, policyFile: string): BlockResult | null {
    try {
      return JSON.parse(readFileSync(this.#pathOf(block, policyFile), 'utf8')) as BlockResult;
    } catch (error) {
      // Torn or missing is the same: it is run again.
      if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  }

  write(block: Block, policyFile: string, result: BlockResult): void {
    const path = this.#pathOf(block, policyFile);
    writeFileSync(`${path}.part`, JSON.stringify(result));
    renameSync(`${path}.part`, path);
  }

  #pathOf({ scenario, policy, first, runs }: Block, policyFile: string): string {
    const depends = hashText(`${JSON.stringify(scenario)} ${sourceHash(policyFile)} ${this.#simulator}`);
    const id = scenario.id.replace(/[^a-zA-Z0-9_-]/g, '_');
    return join(this.#folder, `${id}.${policy}.${first}-${runs}.${depends}.json`);
  }
}
