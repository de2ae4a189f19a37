// Shows that the demo is alive: one line that is drawn anew on a terminal, a line now and then elsewhere.
import type { Progress } from './phases.ts';

const WIDTH = 30;
const REDRAW_MS = 100;
const SPARSE_MS = 5_000;

export interface ProgressBar {
  readonly show: (progress: Progress) => void;
  readonly clear: () => void;
}

export function createProgressBar(): ProgressBar {
  const isTerminal = process.stdout.isTTY;
  let shownAtMs = -Infinity;
  let shownPhase = '';
  return {
    show(progress) {
      const { phase, payments, done, breaker } = progress;
      const now = performance.now();
      const isDue = now - shownAtMs >= (isTerminal ? REDRAW_MS : SPARSE_MS) || phase !== shownPhase;
      if (!isDue) return;
      shownAtMs = now;
      shownPhase = phase;
      const text = `${phase.padEnd(12)} ${String(payments).padStart(5)} payments   processor_a PIX ${breaker}`;
      if (!isTerminal) {
        console.log(text);
        return;
      }
      const filled = Math.round(WIDTH * Math.min(1, done));
      process.stdout.write(`\r\u001b[K[${'#'.repeat(filled)}${'.'.repeat(WIDTH - filled)}] ${text}`);
    },
    clear() {
      if (isTerminal) process.stdout.write('\r\u001b[K');
    },
  };
}
