// Temporary directories that end with the process that made them, together with what its libraries leave in the system's place for such.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const doomed = new Set<string>();

/** Made and promised to removal in one turn of the event loop: no signal can come between. */
export function makeTemporaryDirectory(name: string, parent = tmpdir()): string {
  // Registered this late on purpose: what ends programs at `exit` stands in their modules, and so comes first.
  if (doomed.size === 0) process.once('exit', removeAll);
  const directory = mkdtempSync(join(parent, `${name}-`));
  doomed.add(directory);
  return directory;
}

export function removeTemporaryDirectory(directory: string): void {
  doomed.delete(directory);
  remove(directory);
}

let gathered: string | null = null;
/** From here on all temporary files of this process and its programs stand in one directory, miniflare's and wrangler's too. */
export function gatherTemporaryFiles(): void {
  gathered ??= makeTemporaryDirectory('signalbox');
  process.env['TMPDIR'] = gathered;
}

function removeAll(): void {
  for (const directory of doomed) remove(directory);
  doomed.clear();
}

/** A program that was killed a moment ago may still hold or write a file: tried again for a second. */
function remove(directory: string): void {
  rmSync(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 });
}
