// Load by autocannon, in a process of its own: it must not share a thread with what watches it.
import { join } from 'node:path';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runProgram } from '../../tools/run-program.ts';
import type { Load, LoadCount } from './load.ts';

const CHILD = fileURLToPath(new URL('autocannon-child.ts', import.meta.url));

export function autocannonVersion(): string {
  const file = fileURLToPath(new URL('../../node_modules/autocannon/package.json', import.meta.url));
  return `autocannon ${(JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version}`;
}

export async function loadWithAutocannon(load: Load, directory: string): Promise<LoadCount> {
  const file = join(directory, 'load.json');
  writeFileSync(file, JSON.stringify(load));
  return parseAutocannon(await runProgram('node', [CHILD, file]));
}

/** What the child says, of answers that came within the time. */
export interface AutocannonTold {
  readonly seconds: number;
  readonly answers: number;
  readonly refused: number;
  readonly broken: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

/** Throws where the child's line is missing or lacks a figure. */
export function parseAutocannon(output: string): LoadCount {
  const told = lastObject(output);
  const { seconds, answers, refused, broken, p50Ms, p95Ms, p99Ms } = told;
  const figures = [seconds, answers, refused, broken, p50Ms, p95Ms, p99Ms];
  if (!figures.every((figure) => typeof figure === 'number' && figure >= 0) || seconds === 0)
    throw new Error(`autocannon did not say what it measured:\n${output}`);
  const count = told as AutocannonTold;
  return {
    requests: count.answers,
    refused: count.refused,
    broken: count.broken,
    perSecond: count.answers / count.seconds,
    p50Ms: count.p50Ms,
    p95Ms: count.p95Ms,
    p99Ms: count.p99Ms,
  };
}

function lastObject(output: string): Partial<Record<keyof AutocannonTold, unknown>> {
  const line = output
    .trimEnd()
    .split('\n')
    .findLast((each) => each.startsWith('{'));
  try {
    return JSON.parse(line ?? '{}') as Partial<Record<keyof AutocannonTold, unknown>>;
  } catch {
    return {};
  }
}
