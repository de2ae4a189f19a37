// What `npm run bench` was asked for; what it cannot do is told in a sentence before anything is built.
import { parseArgs } from 'node:util';
import { resolve } from 'node:path';
import { ROWS } from './rows/all-rows.ts';

export class UsageError extends Error {}

export interface BenchOptions {
  readonly isQuick: boolean;
  readonly only: readonly string[] | null;
  /** `null`: as many as each row wants. */
  readonly rounds: number | null;
  readonly seconds: { readonly load: number; readonly warmUp: number };
  /** `null`: no file. */
  readonly out: string | null;
  readonly port: number | undefined;
  /** docs/performance.md is written. */
  readonly write: boolean;
}

export const ROUNDS = { default: 5, quick: 1, most: 100 };
/** Of one load; the warm-up is the first, and not counted. */
export const SECONDS = { default: { load: 4, warmUp: 3 }, quick: { load: 1, warmUp: 1 }, most: 60 };

/** Throws a UsageError. */
export function optionsOf(args: readonly string[], environment: NodeJS.ProcessEnv): BenchOptions {
  const values = valuesOf(args);
  const isQuick = values.quick === true;
  const only = values.only === undefined ? null : namesOf(values.only);
  if (values.write === true && (isQuick || only !== null))
    throw new UsageError('--write wants every row at full length: leave --quick and --only away');
  return {
    isQuick,
    only,
    seconds: secondsOf(isQuick, wholeNumber('seconds', values.seconds, { least: 1, most: SECONDS.most })),
    rounds: wholeNumber('rounds', values.rounds, { least: 1, most: ROUNDS.most }) ?? (isQuick ? ROUNDS.quick : null),
    out: values.out === undefined ? null : fileOf(values.out, environment),
    port: wholeNumber('port', values.port, { least: 1_024, most: 65_535 }),
    write: values.write === true,
  };
}

function valuesOf(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        quick: { type: 'boolean' },
        only: { type: 'string' },
        rounds: { type: 'string' },
        seconds: { type: 'string' },
        out: { type: 'string' },
        port: { type: 'string' },
        write: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function secondsOf(isQuick: boolean, asked: number | undefined): BenchOptions['seconds'] {
  if (asked !== undefined) return { load: asked, warmUp: asked };
  return isQuick ? SECONDS.quick : SECONDS.default;
}

/** Of a program of its own, whose usage is such as `[--quick] [--rows N] [transactions]`: flags, and whole numbers from 1 on. Throws a UsageError. */
export function checkArguments(name: string, usage: string, args: readonly string[]): void {
  const asked = usage.match(/(?<=\[)[^\]]+/g) ?? [];
  let numbers = asked.filter((each) => !each.startsWith('--')).length;
  const flags = new Map(
    asked.filter((each) => each.startsWith('--')).map((each) => [each.split(' ')[0]!, each.endsWith(' N')]),
  );
  let wantsNumber = false;
  for (const arg of args) {
    const isNumber = /^[1-9]\d{0,8}$/.test(arg);
    if (wantsNumber ? !isNumber : !flags.has(arg) && !(isNumber && numbers-- > 0))
      throw new UsageError(
        `${name} takes ${usage === '' ? 'nothing' : usage}, numbers whole and from 1 on, not ${arg}`,
      );
    wantsNumber = !wantsNumber && flags.get(arg) === true;
  }
  if (wantsNumber) throw new UsageError(`${name} takes ${usage}: a number is missing`);
}

function namesOf(text: string): readonly string[] {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !Object.hasOwn(ROWS, name));
  if (unknown.length > 0)
    throw new UsageError(`--only: there is no row ${unknown.join(', ')}; there are ${Object.keys(ROWS).join(', ')}`);
  return names;
}

function wholeNumber(
  name: string,
  text: string | undefined,
  { least, most }: { readonly least: number; readonly most: number },
): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < least || value > most)
    throw new UsageError(`--${name} wants a whole number from ${least} to ${most}, not ${text}`);
  return value;
}

/** npm moves to the project before it runs a script: a path is meant from where the caller stands. */
function fileOf(text: string, { npm_lifecycle_event: script, INIT_CWD: standing }: NodeJS.ProcessEnv): string {
  if (text === '') throw new UsageError('--out wants a file');
  return resolve(script === 'bench' && standing !== undefined ? standing : '.', text);
}
