// Measurements done earlier, in lab/.runs: taken again only if no source they depend on has changed since.
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { sourceHash } from '../runner/source-hash.ts';
import type { CellResult } from './cells.ts';

const FOLDER = fileURLToPath(new URL('../.runs', import.meta.url));
const CELLS = fileURLToPath(new URL('cells.ts', import.meta.url));

export class StoredCells {
  readonly #path: string;
  readonly #known: Map<string, CellResult>;

  constructor(effort: string, folder = FOLDER) {
    mkdirSync(folder, { recursive: true });
    this.#path = join(folder, `detect.${effort}.${sourceHash(CELLS)}.json`);
    this.#known = new Map(this.#read());
  }

  get(key: string): CellResult | undefined {
    return this.#known.get(key);
  }

  set(key: string, result: CellResult): void {
    this.#known.set(key, result);
    writeFileSync(`${this.#path}.part`, JSON.stringify([...this.#known]));
    renameSync(`${this.#path}.part`, this.#path);
  }

  #read(): [string, CellResult][] {
    try {
      return JSON.parse(readFileSync(this.#path, 'utf8')) as [string, CellResult][];
    } catch (error) {
      // Torn or missing is the same: it is measured again.
      if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  }
}
