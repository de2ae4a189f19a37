// Which processes run on this machine, whose children they are and when they began: /proc where there is one, else `ps` (macOS).
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly name: string;
  /** Tells a process from a later one of the same number; means nothing else. */
  readonly began: string;
}

export function processTable(): readonly ProcessEntry[] {
  if (process.platform !== 'linux') return processTableOfPs();
  const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  return pids.flatMap((pid) => linuxEntry(Number(pid)) ?? []);
}

/** `undefined`: it has ended. */
export function processEntry(pid: number): ProcessEntry | undefined {
  return process.platform === 'linux' ? linuxEntry(pid) : processTableOfPs().find((entry) => entry.pid === pid);
}

/** Children, their children, and so on. */
export function descendantsOf(pid: number): readonly number[] {
  const table = processTable();
  const under = (parent: number): number[] =>
    table.filter((entry) => entry.parent === parent).flatMap((child) => [child.pid, ...under(child.pid)]);
  return under(pid);
}

function linuxEntry(pid: number): ProcessEntry | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const end = stat.lastIndexOf(')');
    const fields = stat.slice(end + 2).split(' ');
    // A zombie has ended, and only waits to be asked how.
    if (fields[0] === 'Z') return undefined;
    const name = stat.slice(stat.indexOf('(') + 1, end);
    return { pid, parent: Number(fields[1]), name, began: fields[19] ?? '' };
  } catch {
    // It ended between the listing and the reading, or there never was one.
    return undefined;
  }
}

function processTableOfPs(): readonly ProcessEntry[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,lstart=,comm='], { encoding: 'utf8' }).trim().split('\n');
  return lines.map((line) => {
    const [pid, parent, ...rest] = line.trim().split(/\s+/);
    // `lstart` is five words: Sat Nov 21 03:10:18 2026.
    return {
      pid: Number(pid),
      parent: Number(parent),
      began: rest.slice(0, 5).join(' '),
      name: rest.slice(5).join(' '),
    };
  });
}

export function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Already gone, which is what was wanted.
  }
}
