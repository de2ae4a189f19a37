// Measures many cells on all cores. Each draws from a stream of its own, so that neither order nor number of threads changes a result.
import { availableParallelism } from 'node:os';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { CellResult, EFFORTS } from './cells.ts';

export type EffortName = keyof typeof EFFORTS;

const WORKER = new URL('cell-worker.ts', import.meta.url);

/** `places`: of the list that this effort has. `onDone` is called as each is measured, in any order. */
export async function measureCells(
  name: EffortName,
  places: readonly number[],
  onDone: (place: number, result: CellResult) => void,
): Promise<void> {
  let next = 0;
  const serve = async (): Promise<void> => {
    const worker = new Worker(WORKER, { workerData: name });
    try {
      while (next < places.length) {
        const place = places[next]!;
        next += 1;
        worker.postMessage(place);
        const [result] = (await once(worker, 'message')) as [CellResult];
        onDone(place, result);
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), places.length) }, serve));
}
