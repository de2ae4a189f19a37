// What a figure must name beside itself: the machine, the programs and how busy it was before.
import { cpus, loadavg, release, totalmem, type } from 'node:os';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memory_gib: number;
  readonly system: string;
  readonly node: string;
  readonly workerd: string;
  readonly loader: string;
  readonly on: string;
  /** Processes that wanted a core in the minute before: above 0.5, something else was running. */
  readonly load_before: number;
}

export function machineNow(loader: string): Machine {
  const processors = cpus();
  return {
    processor: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memory_gib: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    node: process.versions.node,
    workerd: versionOf('workerd'),
    loader,
    on: new Date().toISOString(),
    load_before: Math.round(loadavg()[0]! * 100) / 100,
  };
}

function versionOf(name: string): string {
  const file = fileURLToPath(new URL(`../node_modules/${name}/package.json`, import.meta.url));
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
