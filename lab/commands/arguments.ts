// Reads the options of a command, with an error that says what is wrong and no stack.
import { BlockFailure } from '../runner/pool.ts';
import { checkWritable, UnwritableFile } from '../runner/whole-file.ts';
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { resolve } from 'node:path';
import { statSync } from 'node:fs';

export class UsageError extends Error {}

export type Options = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;

export function readOptions(args: string[], options: ParseArgsConfig['options']): Options {
  try {
    return parseArgs({ args, options: { ...options, help: { type: 'boolean', short: 'h' } }, allowPositionals: false })
      .values as Options;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** More would not end within days, or within the memory there is. */
export const RUNS_MOST = 10_000;
const WORKERS_MOST = 256;
const NUMBER_MOST = 1_000_000;

interface CountGiven {
  readonly least: number;
  readonly most?: number;
  readonly default: number;
}

export function countOf(options: Options, name: string, { least, most = NUMBER_MOST, ...given }: CountGiven): number {
  const text = options[name];
  if (text === undefined) return given.default;
  const count = Number(text);
  if (!Number.isInteger(count) || count < least || count > most)
    throw new UsageError(
      `--${name} wants a whole number from ${least} to ${most.toLocaleString('en')}, not ${String(text)}`,
    );
  return count;
}

/** Of `--workers`; undefined: one per core. */
export function workersOf(options: Options): number | undefined {
  return 'workers' in options ? countOf(options, 'workers', { least: 1, most: WORKERS_MOST, default: 1 }) : undefined;
}

/** Where `--out` leads, which is found to be writable before any work is done; null: not asked for. */
export function outOf(options: Options): string | null {
  const { out } = options;
  if (out === undefined) return null;
  if (out === '') throw new UsageError('--out wants a file');
  const path = callerPath(String(out));
  checkWritable(path);
  return path;
}

/** `npm run lab` moves to the project before it runs: a path is meant from where the caller stands. */
export function callerPath(file: string): string {
  const { npm_lifecycle_event: script, INIT_CWD: standing } = process.env;
  return resolve(script === 'lab' && standing !== undefined ? standing : '.', file);
}

/** Runs a command; what the caller did wrong ends with a sentence and code 2, a worker that was ended with a sentence and code 1. */
export async function asCommand(help: string, args: string[], body: () => Promise<number>): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(help);
    return 0;
  }
  try {
    return await body();
  } catch (error) {
    if (error instanceof UsageError) process.stderr.write(`${error.message}\n\n${help}`);
    else if (error instanceof UnwritableFile || error instanceof BlockFailure)
      process.stderr.write(`${error.message}\n`);
    else throw error;
    return error instanceof BlockFailure ? 1 : 2;
  }
}

/** Whether two paths lead to one file, by whatever name or link. */
export function isSame(left: string, right: string): boolean {
  const [one, other] = [left, right].map((path) => statSync(path, { throwIfNoEntry: false }));
  return one !== undefined && other !== undefined && one.dev === other.dev && one.ino === other.ino;
}
