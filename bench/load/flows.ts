// Several callers at once over bare sockets, each at its own pace whatever it is answered: for loads that closed-loop programs cannot offer.
import { Worker } from 'node:worker_threads';
import type { FlowFigures } from './flow-client.ts';

export type { FlowFigures } from './flow-client.ts';

export interface Flow {
  readonly name: string;
  readonly url: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent in turn; SERIAL_MARK in one becomes a number that no other request of the flow has. */
  readonly bodies: readonly string[];
  readonly connections: number;
  /** Begun whatever became of those before, as long as a connection is idle; `null`: each connection asks again as soon as it is answered. */
  readonly perSecond: number | null;
  /** Whether what was turned away is sent again at once, whatever Retry-After says. */
  readonly retriesAtOnce: boolean;
  /** Within the run; default: all of it. */
  readonly fromMs?: number;
  readonly untilMs?: number;
}

export interface FlowRun {
  readonly flows: readonly Flow[];
  readonly durationMs: number;
  /** Serials of a run begin with it, so that no two runs have one in common. */
  readonly run: number;
}

/** In a thread of its own, so that what measures is not held up by what it measures with. `signal` ends it before its time. */
export function runFlows(run: FlowRun, signal?: AbortSignal): Promise<Readonly<Record<string, FlowFigures>>> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./flow-client.ts', import.meta.url), { workerData: run });
    signal?.addEventListener('abort', () => worker.postMessage('end'));
    worker.once('message', (figures: Readonly<Record<string, FlowFigures>>) => {
      resolve(figures);
      void worker.terminate();
    });
    worker.once('error', reject);
  });
}
