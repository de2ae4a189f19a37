// Ctrl-C at any moment: the tools leave at once, say so, and leave nothing behind.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { processTable } from '../../tools/process-table.ts';
import { PROJECT_ROOT, programEnvironment } from '../../tools/run-program.ts';

let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'interrupt-'));
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** Interrupted so long after the tool has first said `word`. */
async function interrupted(
  args: readonly string[],
  word: string,
  afterMs: number,
  { program = 'node', signal = 'SIGINT' }: { readonly program?: string; readonly signal?: NodeJS.Signals } = {},
): Promise<Ended> {
  const child: ChildProcess = spawn(program, args, {
    cwd: PROJECT_ROOT,
    env: { ...programEnvironment(), TMPDIR: place },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  await new Promise<void>((resolve) => {
    const hear = (data: Buffer): void => {
      output += data.toString();
      if (output.includes(word)) resolve();
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.once('close', () => resolve());
  });
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  child.kill(signal);
  const code = await new Promise<number | null>((resolve) => {
    // Whoever is left behind keeps the output open.
    child.once(program === 'node' ? 'close' : 'exit', resolve);
  });
  return { code, output };
}

/** Those whose parent has ended. One that was just killed takes a moment to be gone. */
const orphans = (): number =>
  processTable().filter(({ name, parent }) => name.includes('workerd') && parent === 1).length;

describe('an interrupted demo', () => {
  test.each([0, 50, 150, 300, 600, 1_200])('leaves no file and no workerd, %i ms after its first word', async (ms) => {
    const before = orphans();
    expect((await interrupted(['tools/demo.ts'], 'building', ms)).code).toBe(130);
    expect(readdirSync(place).filter((name) => /signalbox|miniflare/.test(name))).toEqual([]);
    await vi.waitFor(() => expect(orphans()).toBeLessThanOrEqual(before), { timeout: 5_000, interval: 50 });
  });
});

test('a demo whose npm is asked to end leaves no file and no workerd, although npm does not tell it', async () => {
  const before = orphans();
  const isAlone = ({ name, parent }: { readonly name: string; readonly parent: number }): boolean =>
    name.includes('node') && parent === 1;
  const nodes = processTable().filter(isAlone).length;
  const { code } = await interrupted(['run', 'demo'], 'building', 1_000, { program: 'npm', signal: 'SIGTERM' });
  expect(code).not.toBe(0);
  await vi.waitFor(
    () => {
      expect(readdirSync(place).filter((name) => /signalbox|miniflare/.test(name))).toEqual([]);
      expect(orphans()).toBeLessThanOrEqual(before);
      expect(processTable().filter(isAlone).length).toBeLessThanOrEqual(nodes);
    },
    { timeout: 8_000, interval: 100 },
  );
});

test('an interrupted `npm test` says so, counts nothing and ends with 130', async () => {
  const { code, output } = await interrupted(['tools/test.ts', '--static'], '[1/6]', 50);
  expect(code).toBe(130);
  expect(output.trimEnd().split('\n').at(-1)).toBe('interrupted');
  expect(output).not.toMatch(/failed/i);
});
