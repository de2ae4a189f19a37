// Asks workerd's inspector about one Worker's isolate: what its heap holds, and where its time goes.
import type { BareWorkerd } from './bare-workerd.ts';

export interface CollectedHeap {
  /** JavaScript objects. */
  readonly heapBytes: number;
  /** What array buffers keep beside them. */
  readonly bufferBytes: number;
}

const SETTLE_MS = 1_500;
const CALL_EVERY_MS = 100;
/** workerd says where its inspector listens among what it says of itself. */
const LISTENS = /inspector[^\n]*?(?<port>\d{4,5})\D*$/im;

/** After a collection, once what was under way has ended. Needs `--inspector-addr` among workerd's flags. */
export async function collectedHeap(workerd: BareWorkerd, worker: string): Promise<CollectedHeap> {
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const inspector = await openInspector(workerd, worker);
  try {
    await inspector.ask('HeapProfiler.enable');
    // What a first collection lets go of may hold what only a second one finds.
    for (let turn = 0; turn < 2; turn += 1) await collect(inspector, workerd.urls[worker]!);
    const { usedSize, backingStorageSize } = (await inspector.ask('Runtime.getHeapUsage')) as Readonly<
      Record<'usedSize' | 'backingStorageSize', number>
    >;
    return { heapBytes: usedSize, bufferBytes: backingStorageSize };
  } finally {
    inspector.close();
  }
}

/** An isolate that nobody calls does not collect. */
async function collect(inspector: Inspector, url: string): Promise<void> {
  let isDone = false;
  const collecting = inspector.ask('HeapProfiler.collectGarbage').finally(() => (isDone = true));
  while (!isDone) {
    await (await fetch(url)).arrayBuffer();
    await new Promise((resolve) => setTimeout(resolve, CALL_EVERY_MS));
  }
  await collecting;
}

export interface Inspector {
  ask(method: string, parameters?: object): Promise<unknown>;
  close(): void;
}

/** Throws where the Worker has no isolate yet, or there is no inspector. */
export async function openInspector(workerd: BareWorkerd, worker: string): Promise<Inspector> {
  const port = LISTENS.exec(workerd.said())?.groups?.['port'];
  if (port === undefined) throw new Error(`workerd does not tell of an inspector:\n${workerd.said()}`);
  const targets = (await (await fetch(`http://127.0.0.1:${port}/json`)).json()) as readonly {
    readonly id: string;
    readonly webSocketDebuggerUrl: string;
  }[];
  const target = targets.find(({ id }) => id === worker);
  if (target === undefined) throw new Error(`workerd's inspector knows no Worker ${worker}`);
  const socket = new WebSocket(target.webSocketDebuggerUrl);
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve);
    socket.addEventListener('error', () => reject(new Error('the inspector does not answer')));
  });
  const waiting = new Map<number, (answer: { result?: unknown; error?: { message: string } }) => void>();
  socket.addEventListener('message', ({ data }) => {
    const answer = JSON.parse(String(data)) as { id?: number; result?: unknown; error?: { message: string } };
    if (answer.id !== undefined) waiting.get(answer.id)?.(answer);
  });
  let asked = 0;
  return {
    ask: async (method, parameters = {}) =>
      await new Promise((resolve, reject) => {
        asked += 1;
        waiting.set(asked, ({ result, error }) => (error ? reject(new Error(error.message)) : resolve(result)));
        socket.send(JSON.stringify({ id: asked, method, params: parameters }));
      }),
    close: () => socket.close(),
  };
}
