// Writes a file whole or not at all: under a name of its own beside its place, then moved there.
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { randomBytes } from 'node:crypto';

/** Its message is a sentence for the caller. */
export class UnwritableFile extends Error {}

/** Found out before the first run, not after the last: the folder is made, and a file that is there stays as it is. */
export function checkWritable(path: string): void {
  telling(path, () => {
    makeFolder(dirname(path));
    const there = statSync(path, { throwIfNoEntry: false });
    if (there?.isDirectory() === true) throw new UnwritableFile(`${path} cannot be written: it is a folder`);
    if (there !== undefined) accessSync(path, constants.W_OK);
    if (there !== undefined && !there.isFile()) return;
    const part = partOf(targetOf(path));
    writeFileSync(part, '', { flag: 'wx' });
    rmSync(part);
  });
}

/** Broken off at any moment, it leaves what was there before. */
export function writeWhole(path: string, text: string): void {
  telling(path, () => {
    const there = statSync(path, { throwIfNoEntry: false });
    // A pipe or a device is written to, never replaced.
    if (there !== undefined && !there.isFile()) return writeFileSync(path, text);
    const target = targetOf(path);
    const part = partOf(target);
    try {
      writeFileSync(part, text, { flag: 'wx', ...(there === undefined ? {} : { mode: there.mode & 0o777 }) });
      renameSync(part, target);
    } catch (error) {
      rmSync(part, { force: true });
      throw error;
    }
  });
}

/** One by one: where none may be made, such as in /proc, Node's own recursion (24.21) tries for ever. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    // Another was faster.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** Of this writer alone: several may write the same file at once. */
function partOf(target: string): string {
  return join(dirname(target), `.${process.pid}-${randomBytes(6).toString('hex')}.part`);
}

/** Where a link leads. */
function targetOf(path: string): string {
  return statSync(path, { throwIfNoEntry: false }) === undefined ? path : realpathSync(path);
}

function telling(path: string, act: () => void): void {
  try {
    act();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw new UnwritableFile(`${path} cannot be written: ${(error as Error).message}`);
  }
}
