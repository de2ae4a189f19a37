// Shows that the night goes on: one line that is drawn anew on a terminal, a line now and then elsewhere.
import type { ShowProgress } from './play-night.ts';

const WIDTH = 30;
const REDRAW_MS = 100;
const SPARSE_MS = 10_000;

/** An empty text wipes the line away. */
export function createNightBar(): ShowProgress {
  const isTerminal = process.stdout.isTTY;
  let shownAtMs = -Infinity;
  return (text, done) => {
    if (text === '') {
      if (isTerminal) process.stdout.write('\r\u001b[K');
      return;
    }
    const now = performance.now();
    if (now - shownAtMs < (isTerminal ? REDRAW_MS : SPARSE_MS)) return;
    shownAtMs = now;
    const filled = Math.round(WIDTH * Math.min(1, done));
    if (isTerminal) process.stdout.write(`\r\u001b[K[${'#'.repeat(filled)}${'.'.repeat(WIDTH - filled)}] ${text}`);
    else console.log(`${String(Math.floor(100 * done)).padStart(3)}%  ${text}`);
  };
}
