// Lets one program at a time use a home: a file that names the processes which hold it; what dead ones left is taken over.
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { processEntry } from './process-table.ts';

interface Holder {
  readonly pid: number;
  readonly began: string;
}

interface LockNote {
  readonly holders: readonly Holder[];
  /** `null` while it starts. */
  readonly address: string | null;
}

export interface HomeLock {
  /** Where it is reached, and the programs that use the home too and might outlive this process. */
  announce(address: string, helperPids: readonly number[]): void;
  release(): void;
}

export type LockAnswer =
  | { readonly lock: HomeLock }
  | {
      /** `pids`: of whom to end. */ readonly heldBy: {
        readonly pids: readonly number[];
        readonly address: string | null;
      };
    };

export function takeHomeLock(file: string): LockAnswer {
  const mine = `${file}.${process.pid}`;
  const note: LockNote = { holders: [holderOf(process.pid)].flatMap((holder) => holder ?? []), address: null };
  for (;;) {
    if (placeNew(mine, file, note)) return { lock: heldLock(mine, file, note) };
    const text = textOf(file);
    if (text === null) continue;
    const found = noteOf(text);
    const pids = toEnd(found?.holders ?? []);
    if (found && pids.length > 0) return { heldBy: { pids, address: found.address } };
    setAside(file, text, `${mine}.stale`);
  }
}

function heldLock(mine: string, file: string, first: LockNote): HomeLock {
  let text = JSON.stringify(first);
  return {
    announce(address, helperPids) {
      const helpers = helperPids.flatMap((pid) => holderOf(pid) ?? []);
      text = JSON.stringify({ holders: [...first.holders, ...helpers], address } satisfies LockNote);
      writeFileSync(mine, text);
      renameSync(mine, file);
    },
    release() {
      if (textOf(file) === text) rmSync(file, { force: true });
    },
  };
}

/** A link appears with its whole text or not at all, and only where nothing is: nobody reads half a note. */
function placeNew(mine: string, file: string, note: LockNote): boolean {
  writeFileSync(mine, JSON.stringify(note));
  try {
    linkSync(mine, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(mine, { force: true });
  }
}

/** Another may have taken the stale lock over a moment ago: what was moved away by mistake is put back. */
function setAside(file: string, stale: string, aside: string): void {
  try {
    renameSync(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  try {
    if (textOf(aside) !== stale) linkSync(aside, file);
  } finally {
    rmSync(aside, { force: true });
  }
}

function holderOf(pid: number): Holder | undefined {
  const entry = processEntry(pid);
  return entry && { pid, began: entry.began };
}

/** The first ends the others with it; where it has died, each of those that it left behind has to be ended. */
function toEnd(holders: readonly Holder[]): readonly number[] {
  const alive = holders.filter(isAlive);
  return (alive[0] === holders[0] ? alive.slice(0, 1) : alive).map(({ pid }) => pid);
}

const isAlive = ({ pid, began }: Holder): boolean => processEntry(pid)?.began === began;

function textOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** `undefined`: not written here, and therefore held by nobody. */
function noteOf(text: string): LockNote | undefined {
  try {
    const note = JSON.parse(text) as LockNote;
    return Array.isArray(note.holders) ? note : undefined;
  } catch {
    return undefined;
  }
}
