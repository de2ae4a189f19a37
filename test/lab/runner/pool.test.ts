import { afterAll, describe, expect, test, vi } from 'vitest';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { spawn, spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { CLASSIC, scenarioOf } from '../sample-scenario.ts';
import { BlockFailure, runBlocks } from '../../../lab/runner/pool.ts';
import type { Block } from '../../../lab/runner/block.ts';

const program = new URL('mortal-worker.ts', import.meta.url);
const folder = mkdtempSync(join(tmpdir(), 'signalbox-pool-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function blocksOf(policy: string): Block[] {
  const scenario = scenarioOf({ id: join(folder, policy) });
  return [0, 5, 10].map((first) => ({ scenario, policy, first, runs: 5 }));
}

async function doneBy(policy: string): Promise<{ places: number[]; told: string }> {
  const places: number[] = [];
  const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  try {
    await runBlocks(blocksOf(policy), { workers: 1, program, onDone: (_block, _result, place) => places.push(place) });
    return { places, told: stderr.mock.calls.join('') };
  } finally {
    stderr.mockRestore();
  }
}

describe('a worker that is ended', () => {
  test('is replaced once, and its block is begun again', async () => {
    const { places, told } = await doneBy('killed-once');
    expect(places).toEqual([0, 1, 2]);
    expect(told).toMatch(/^A worker was ended by SIGKILL in scenario .*, policy killed-once, runs 0 to 4/);
  });

  test('twice ends the command with a sentence', async () => {
    const ending = doneBy('killed');
    await expect(ending).rejects.toBeInstanceOf(BlockFailure);
    await expect(ending).rejects.toThrow(/SIGKILL in scenario .*, policy killed, runs 0 to 4, again/);
  });

  test('by an error of its own is not tried again', async () => {
    await expect(doneBy('fails')).rejects.toThrow(/an error of its own \(code 3\) in scenario .*, policy fails/);
  });
});

interface Process {
  readonly pid: number;
  readonly parent: number;
}

/** Those that run; one that ended and was not yet asked for does not. */
function processes(): Process[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid=,stat='], { encoding: 'utf8' });
  return stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , state]) => state?.startsWith('Z') === false)
    .map(([pid, parent]) => ({ pid: Number(pid), parent: Number(parent) }));
}

test('a worker in the middle of a block ends soon after its parent was killed', async () => {
  const main = fileURLToPath(new URL('../../../lab/main.ts', import.meta.url));
  const file = join(folder, 'long.json');
  writeFileSync(file, JSON.stringify({ ...CLASSIC, transactions: 5_000_000 }));
  const args = ['run', '--scenario', file, '--policies', 'static', '--workers', '1'];
  const parent = spawn(process.execPath, [main, ...args], { stdio: 'ignore' });
  const worker = await vi.waitFor(
    () => {
      const found = processes().find((each) => each.parent === parent.pid);
      if (found === undefined) throw new Error('no worker yet');
      return found.pid;
    },
    { timeout: 5_000 },
  );
  await setTimeout(700);
  parent.kill('SIGKILL');
  await vi.waitFor(() => expect(processes().map(({ pid }) => pid)).not.toContain(worker), { timeout: 5_000 });
});
