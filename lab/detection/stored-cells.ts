// Measurements done earlier, in lab/.runs: taken again only if nothing they depend on, the floor included, has changed since.
import { fileURLToPath } from 'node:url';
import { hashText, sourceHash } from '../runner/source-hash.ts';
import { isObject, ResultStore } from '../runner/result-store.ts';
import { readFileSync } from 'node:fs';
import type { CellResult } from './cells.ts';

const CELLS = fileURLToPath(new URL('cells.ts', import.meta.url));
const FLOOR = fileURLToPath(new URL('bernoulli-cusum-floor.csv', import.meta.url));
const MEASURES = [
  'arl',
  'arlAsked',
  'arlError',
  'delay',
  'delayUsual',
  'goodBefore',
  'threshold',
  'baselineHits',
] as const satisfies readonly (keyof CellResult)[];

export class StoredCells {
  readonly #name: string;
  readonly #store: ResultStore;
  readonly #known: Map<string, CellResult>;

  constructor(effort: string, folder?: string) {
    this.#name = `detect.${effort}.${hashText(`${sourceHash(CELLS)} ${readFileSync(FLOOR, 'utf8')}`)}.json`;
    this.#store = new ResultStore(folder);
    this.#known = new Map(this.#read());
  }

  get(key: string): CellResult | undefined {
    return this.#known.get(key);
  }

  set(key: string, result: CellResult): void {
    // Another command may have added its own meanwhile.
    for (const [each, measured] of this.#read()) this.#known.set(each, measured);
    this.#known.set(key, result);
    this.#store.write(this.#name, [...this.#known]);
  }

  #read(): [string, CellResult][] {
    return (this.#store.read(this.#name, Array.isArray) ?? []).filter(isEntry);
  }
}

function isEntry(value: unknown): value is [string, CellResult] {
  if (!Array.isArray(value) || typeof value[0] !== 'string') return false;
  const [, result] = value as unknown[];
  return isObject(result) && MEASURES.every((name) => result[name] === null || typeof result[name] === 'number');
}
