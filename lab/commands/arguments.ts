// Reads the options of a command, with an error that says what is wrong and no stack.
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { resolve } from 'node:path';

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

export function countOf(
  options: Options,
  name: string,
  given: { readonly least: number; readonly default: number },
): number {
  const text = options[name];
  if (text === undefined) return given.default;
  const count = Number(text);
  if (!Number.isInteger(count) || count < given.least)
    throw new UsageError(`--${name} wants a whole number from ${given.least} on, not ${String(text)}`);
  return count;
}

/** `npm run lab` moves to the project before it runs: a path is meant from where the caller stands. */
export function callerPath(file: string): string {
  const { npm_lifecycle_event: script, INIT_CWD: standing } = process.env;
  return resolve(script === 'lab' && standing !== undefined ? standing : '.', file);
}

/** Runs a command; what the caller did wrong ends with a sentence and code 2. */
export async function asCommand(help: string, args: string[], body: () => Promise<number>): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(help);
    return 0;
  }
  try {
    return await body();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n\n${help}`);
    return 2;
  }
}
