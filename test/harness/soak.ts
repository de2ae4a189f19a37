// Sample or full figure: a test asks here how much to run, and says what it really ran, which `npm run soak` reads.
import type { TaskMeta } from 'vitest';

export const isSoak = process.env['SOAK'] === '1';

export function atSoak<Value>(sample: Value, full: Value): Value {
  return isSoak ? full : sample;
}

declare module 'vitest' {
  interface TaskMeta {
    /** By what was counted, e.g. `mutations`: how many were really run. */
    figures?: Readonly<Record<string, number>>;
  }
}

/** To be called with what was counted while running, not with what was meant to be run. */
export function tellFigures({ meta }: { readonly meta: TaskMeta }, figures: Readonly<Record<string, number>>): void {
  meta.figures = { ...meta.figures, ...figures };
}
