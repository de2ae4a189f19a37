// Finds the CSV files of a folder and of those in it, and the place where the scores of each belong.
import { readdirSync, realpathSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

export interface SeriesFile {
  /** Below the folder, with slashes. */
  readonly name: string;
  readonly input: string;
  readonly output: string;
  readonly bytes: number;
}

/** In the order of their names. */
export function seriesFiles(input: string, output: string): SeriesFile[] {
  return readdirSync(input, { recursive: true, withFileTypes: true })
    .filter(({ name }) => name.toLowerCase().endsWith('.csv') && !name.startsWith('.'))
    .map(({ name, parentPath }) => relative(input, join(parentPath, name)))
    .map((path) => ({ path, stats: statSync(join(input, path), { throwIfNoEntry: false }) }))
    .filter(({ stats }) => stats?.isFile() === true)
    .map(({ path, stats }) => ({
      name: path.split(sep).join('/'),
      input: join(input, path),
      output: join(output, path),
      bytes: stats!.size,
    }))
    .sort((left, right) => (left.name < right.name ? -1 : 1));
}

/** Whether one folder is, or lies in, the other: what is written would be read, or be written over it. */
export function overlap(input: string, output: string): boolean {
  const [from, to] = [input, output].map((path) => `${realOf(path)}${sep}`) as [string, string];
  return from.startsWith(to) || to.startsWith(from);
}

/** Of a folder that need not be there yet. */
function realOf(path: string): string {
  const isThere = statSync(path, { throwIfNoEntry: false }) !== undefined;
  const parent = join(path, '..');
  if (isThere) return realpathSync(path);
  return parent === path ? path : join(realOf(parent), relative(parent, path));
}
