// What an isolate must load before its first answer: the size of the deployed bundle, and the processor time of its start-up as wrangler profiles it.
import { gzipSync } from 'node:zlib';
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { buildWorker, type WorkerModule } from '../../tools/bundle.ts';
import { baselineWorkers } from '../side-workers.ts';
import { runProgram } from '../../tools/run-program.ts';
import { resultOf, type Result } from '../result.ts';
import type { Bench } from '../duel.ts';

const STARTUP_MOST_MS = 50;
const ROUNDS_MAX = 3;

export async function measureBundle({ tell }: Bench): Promise<readonly Result[]> {
  const modules = await buildWorker();
  const baseline = (await baselineWorkers(['baseline']))[0]!.modules;
  const also = {
    gzip_kib: kib(gzipSync(whole(modules)).length),
    modules: modules.length,
    wasm_modules: modules.filter(({ type }) => type === 'CompiledWasm').length,
  };
  const result = resultOf(
    { name: 'bundle', unit: 'KiB', also },
    { ours: [kib(whole(modules).length)], baseline: [kib(whole(baseline).length)] },
  );
  tell(`bundle  ${result.value} KiB, ${also.gzip_kib} KiB compressed, ${also.wasm_modules} of it wasm`);
  return [result];
}

/** The row's value: time of the profile that was not idle. The baseline starts between two samples of a profile. */
export async function measureStartup({ rounds, directory, tell }: Bench): Promise<readonly Result[]> {
  const bundle = join(directory, 'signalbox.bundle');
  await runProgram('wrangler', ['deploy', '--dry-run', '--outfile', bundle]);
  const ours: number[] = [];
  for (let round = 1; round <= Math.min(rounds, ROUNDS_MAX); round += 1) ours.push(await startupMs(bundle, directory));
  tell(`startup  ${ours.map((ms) => ms.toFixed(0)).join(', ')} ms`);
  const asked = { of: 'value', most: STARTUP_MOST_MS } as const;
  return [resultOf({ name: 'startup', unit: 'ms', asked }, { ours, baseline: [] })];
}

interface Profile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: { readonly functionName: string } }[];
  readonly samples: readonly number[];
  /** Microseconds. */
  readonly timeDeltas: readonly number[];
}

async function startupMs(bundle: string, directory: string): Promise<number> {
  const outfile = join(directory, 'startup.cpuprofile');
  await runProgram('wrangler', ['check', 'startup', '--worker', bundle, '--outfile', outfile]);
  return activeMs(JSON.parse(readFileSync(outfile, 'utf8')) as Profile);
}

export function activeMs({ nodes, samples, timeDeltas }: Profile): number {
  const idle = new Set(nodes.flatMap(({ id, callFrame }) => (callFrame.functionName === '(idle)' ? [id] : [])));
  const activeUs = samples.reduce((sum, id, index) => sum + (idle.has(id) ? 0 : timeDeltas[index]!), 0);
  return activeUs / 1_000;
}

const whole = (modules: readonly Pick<WorkerModule, 'contents'>[]): Buffer =>
  Buffer.concat(modules.map(({ contents }) => contents));
const kib = (bytes: number): number => Math.round(bytes / 102.4) / 10;
