// Results kept in lab/.runs between commands: whatever is no whole result counts as absent, and the work goes on where nothing can be kept.
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { mkdirSync, readFileSync } from 'node:fs';
import { writeWhole } from './whole-file.ts';

const RUNS_FOLDER = fileURLToPath(new URL('../.runs', import.meta.url));

export class ResultStore {
  readonly #folder: string;
  #isTold = false;

  constructor(folder = RUNS_FOLDER) {
    this.#folder = folder;
  }

  /** Missing, torn, malformed or unreadable is the same: it is made anew. */
  read<Result>(name: string, isResult: (value: unknown) => value is Result): Result | null {
    let value: unknown;
    try {
      value = JSON.parse(readFileSync(join(this.#folder, name), 'utf8'));
    } catch {
      return null;
    }
    return isResult(value) ? value : null;
  }

  write(name: string, result: unknown): void {
    try {
      mkdirSync(this.#folder, { recursive: true });
      writeWhole(join(this.#folder, name), JSON.stringify(result));
    } catch (error) {
      if (!this.#isTold)
        process.stderr.write(
          `Results are not kept, and a command that is broken off will begin again: ${(error as Error).message}\n`,
        );
      this.#isTold = true;
    }
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isNumberList(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'number');
}
