// `npm run bench` as a person runs it: what it says of bad wishes, without wrk, and what it leaves when it is broken off.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { PROJECT_ROOT, programEnvironment } from '../../tools/run-program.ts';
import type { Result } from '../../bench/result.ts';

let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'bench-'));
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

interface Run {
  readonly path?: string;
  /** When the output has this word, and so many milliseconds have passed. */
  readonly interrupt?: { readonly word: string; readonly afterMs: number; readonly signal: NodeJS.Signals };
}

async function bench(args: readonly string[], { path, interrupt }: Run = {}): Promise<Ended> {
  const environment = { ...programEnvironment(), TMPDIR: place, ...(path !== undefined && { PATH: path }) };
  const child: ChildProcess = spawn(join(PROJECT_ROOT, 'node_modules', '.bin', 'node'), ['bench/main.ts', ...args], {
    cwd: PROJECT_ROOT,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', resolve);
  });
  let isAsked = false;
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (data: Buffer) => {
      output += data.toString();
      if (interrupt === undefined || isAsked || !output.includes(interrupt.word)) return;
      isAsked = true;
      setTimeout(() => child.kill(interrupt.signal), interrupt.afterMs);
    });
  return { code: await ended, output };
}

/** Whose command line names the place of this test: all that the bench starts does. */
function processesHere(): string[] {
  if (process.platform !== 'linux')
    return execFileSync('ps', ['-A', '-o', 'args='], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => line.includes(place));
  return readdirSync('/proc').flatMap((pid) => {
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      return line.includes(place) ? [line] : [];
    } catch {
      // No process, or one that has ended.
      return [];
    }
  });
}

const ONE_ROW = ['--only', 'record-batch', '--rounds', '1', '--seconds', '2'];

describe('a bench that is broken off', () => {
  test.each([
    ['cores', 0, 'SIGINT', 130],
    ['cores', 1_500, 'SIGTERM', 143],
    ['from one isolate', 1_000, 'SIGINT', 130],
  ] as const)('leaves no process and no file, %s + %i ms, %s', async (word, afterMs, signal, code) => {
    const ended = await bench(ONE_ROW, { interrupt: { word, afterMs, signal } });
    expect(ended.code, ended.output).toBe(code);
    expect(readdirSync(place)).toEqual([]);
    await vi.waitFor(() => expect(processesHere()).toEqual([]), { timeout: 5_000, interval: 50 });
  });
});

test('a machine without wrk is told so, and measured with autocannon', async () => {
  const path = join(PROJECT_ROOT, 'node_modules', '.bin');
  const out = join(place, 'results.json');
  const { code, output } = await bench([...ONE_ROW, '--out', out], { path });
  expect(code, output).toBe(0);
  expect(output).toContain('autocannon instead of wrk');
  const told = JSON.parse(readFileSync(out, 'utf8')) as { machine: { loader: string }; results: Result[] };
  expect(told.machine.loader).toMatch(/^autocannon \d/);
  expect(told.results).toHaveLength(1);
  expect(told.results[0]).toMatchObject({ name: 'record-batch', unit: 'per second', rounds: 1 });
  const { value, baseline, ratio } = told.results[0]!;
  expect(value).toBeGreaterThan(0);
  expect(ratio).toBeCloseTo(value / baseline!, 6);
  expect(readdirSync(place)).toEqual(['results.json']);
});

test('a port that another program has is named', async () => {
  const other = createServer();
  const port = await new Promise<number>((resolve) => {
    other.listen(0, '127.0.0.1', () => resolve((other.address() as { port: number }).port));
  });
  try {
    const { code, output } = await bench([...ONE_ROW, '--port', String(port)]);
    expect(code).toBe(1);
    expect(output).toContain(`port ${port} cannot be had`);
    expect(readdirSync(place)).toEqual([]);
  } finally {
    other.close();
  }
});

describe('a wish that cannot be met', () => {
  test('ends with 2 and the help', async () => {
    const { code, output } = await bench(['--only', 'nothing']);
    expect(code).toBe(2);
    expect(output).toContain('there is no row nothing');
    expect(output).toContain('npm run bench [-- options]');
  });

  test('a file that cannot be written is told before anything is measured', async () => {
    const { code, output } = await bench(['--out', place, '--only', 'decide-5']);
    expect(code).toBe(2);
    expect(output).toContain('cannot be written: it is a folder');
    expect(existsSync(join(place, 'bench'))).toBe(false);
  });
});

test('the measurements with a program of their own are reached by their names', async () => {
  expect((await bench(['history-drain', '--help'])).output).toContain('npm run bench -- history-drain [attempts]');
  const { code, output } = await bench(['analytics', '--rows', 'none']);
  expect(code).toBe(2);
  expect(output).toContain('analytics takes [--rows N] [--turns N], numbers whole and from 1 on, not none');
  expect((await bench(['scale-model'])).output).toContain('isolates that the boards can serve');
});

test('every measurement in the help is there', async () => {
  const { output } = await bench(['--help']);
  const names = [...output.slice(output.indexOf('npm run bench -- NAME')).matchAll(/^ {2}([a-z-]+) /gm)].map(
    ([, name]) => name!,
  );
  expect(names).toContain('object-cpu');
  expect(names.filter((name) => !existsSync(join(PROJECT_ROOT, 'bench', `${name}.ts`)))).toEqual([]);
});
