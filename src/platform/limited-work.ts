// Work under a time limit: it is told to stop when its time is over, and nobody waits for it any longer.
import type { Limited } from '../ports/job-port.ts';

export async function limitedWork<Value>(
  limitMs: number,
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<Limited<Value>> {
  const controller = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<Limited<Value>>((resolve) => {
    timer = setTimeout(() => {
      // First this, or what the signal makes the work throw would win the race.
      resolve({ end: 'timed_out' });
      controller.abort();
    }, limitMs);
  });
  try {
    return await Promise.race([ended(work, controller.signal), late]);
  } finally {
    clearTimeout(timer);
  }
}

async function ended<Value>(
  work: (signal: AbortSignal) => Promise<Value>,
  signal: AbortSignal,
): Promise<Limited<Value>> {
  try {
    return { end: 'done', value: await work(signal) };
  } catch (error) {
    return { end: 'failed', error };
  }
}
