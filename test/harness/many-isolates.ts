// The same Worker in several isolates of one workerd, over the same objects: what Cloudflare does with every deployment.
import { convertV4MiniflareOptions, Miniflare, type V4MiniflareOptions, type V4WorkerOptions } from 'miniflare';
import { buildWorker } from '../../tools/bundle.ts';
import { drawSecrets, secretBindings } from '../../tools/secrets.ts';
import { workerOptions } from '../../tools/local-system.ts';
import {
  gatherTemporaryFiles,
  makeTemporaryDirectory,
  removeTemporaryDirectory,
} from '../../tools/temporary-directories.ts';
import type { CanonicalResult } from '../../src/domain/results/canonical-result.ts';
import type { ProcessorAddress } from '../../src/ports/processor-port.ts';
import { leaveOnSignal } from './leave-on-signal.ts';

/** A board's object out of reach: it refuses each call, or does not answer. */
export type BoardAbsence = 'refuses' | 'hangs';

export interface ManyIsolates {
  /** One address per isolate; the first owns the objects. */
  readonly urls: readonly string[];
  /** Isolates with all of Signalbox that reach every object but their board: each is cold until it is first called. */
  readonly boardlessUrls: readonly string[];
  /** How the board of those is away; at first it hangs. */
  setAbsence(absence: BoardAbsence): Promise<void>;
  readonly bootstrapKey: string;
  /**
   * Lets every caller, a small Worker in an isolate of its own, hand single results to a processor's object at this rate.
   * Returns how many were acknowledged as recorded.
   */
  record(load: RecordLoad): Promise<number>;
  /** What a processor's object has written and recorded, read from outside the API. */
  statistics(processorId: string): Promise<{ rowsWritten: number; results: number }>;
  stop(): Promise<void>;
}

export interface RecordLoad {
  readonly address: ProcessorAddress;
  /** Copied with a transaction id of its own for every call. */
  readonly result: CanonicalResult;
  readonly perCaller: number;
  readonly perSecondAndCaller: number;
}

const OWNER = 'signalbox';
const CALLER = `export default {
  async fetch(request, env) {
    const { address, result, count, perSecond, prefix } = await request.json();
    const stub = env.PROCESSOR.get(env.PROCESSOR.idFromName(address.id));
    const startedAt = Date.now();
    const replies = [];
    for (let sent = 0; sent < count; sent += 1) {
      const due = startedAt + (sent * 1000) / perSecond;
      if (due > Date.now()) await new Promise((resolve) => setTimeout(resolve, due - Date.now()));
      replies.push(stub.record(address, [{ ...result, transactionId: prefix + sent, eventTimeMs: Date.now() }]));
    }
    const recorded = (await Promise.all(replies)).filter((reply) => reply.ok && reply.outcomes[0].outcome === 'recorded');
    return Response.json(recorded.length);
  },
};`;
const PROBE = `export default {
  async fetch(request, env) {
    const id = env.PROCESSOR.idFromName(new URL(request.url).pathname.slice(1));
    return Response.json(await env.PROCESSOR.get(id).statistics());
  },
};`;

const AWAY = `import { DurableObject } from 'cloudflare:workers';
let absence = 'hangs';
export default {
  async fetch(request) {
    absence = new URL(request.url).pathname.slice(1);
    return new Response(absence);
  },
};
export class RoutingBoard extends DurableObject {
  async refill() {
    if (absence === 'hangs') await new Promise((resolve) => setTimeout(resolve, 20_000));
    throw new Error('the board is away');
  }
};`;

/** `wholes`: isolates with all of Signalbox. `callers`: small ones that only hand over results. */
export async function startManyIsolates(
  wholes: number,
  callers: number,
  { boardless = 0, bindings = {} }: { boardless?: number; bindings?: Readonly<Record<string, string>> } = {},
): Promise<ManyIsolates> {
  leaveOnSignal();
  gatherTemporaryFiles();
  const secrets = drawSecrets();
  const options: V4WorkerOptions = workerOptions(await buildWorker(), { ...bindings, ...secretBindings(secrets) });
  const stateDirectory = makeTemporaryDirectory('isolates');
  const directSocket = { unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }] };
  // The others reach the owner's objects by its name; none has objects of its own.
  const remote = Object.fromEntries(
    Object.entries(options.durableObjects ?? {}).map(([name, value]) => [
      name,
      { ...(typeof value === 'string' ? { className: value } : (value as object)), scriptName: OWNER },
    ]),
  );
  const names = Array.from({ length: wholes - 1 }, (_, index) => `isolate-${index + 2}`);
  const boardlessNames = Array.from({ length: boardless }, (_, index) => `boardless-${index + 1}`);
  const noBoard = { ...remote, ROUTING_BOARD: { className: 'RoutingBoard', scriptName: 'away' } };
  const callerNames = Array.from({ length: callers }, (_, index) => `caller-${index + 1}`);
  const small = {
    ...directSocket,
    modules: true as const,
    compatibilityDate: '2026-10-01',
    durableObjects: { PROCESSOR: remote['PROCESSOR'] },
  };
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host: '127.0.0.1',
      port: 0,
      cf: false,
      resourcePersistencePath: stateDirectory,
      telemetry: { enabled: false },
      workers: [
        { ...options, ...directSocket, name: OWNER },
        ...names.map((name) => ({ ...options, ...directSocket, name, durableObjects: remote })),
        ...boardlessNames.map((name) => ({ ...options, ...directSocket, name, durableObjects: noBoard })),
        ...callerNames.map((name) => ({ ...small, name, script: CALLER })),
        { ...small, name: 'probe', script: PROBE },
        { ...small, name: 'away', script: AWAY, durableObjects: { ROUTING_BOARD: 'RoutingBoard' } },
      ],
    } as V4MiniflareOptions),
  );
  await miniflare.ready;
  const urlOf = async (name: string): Promise<string> => (await miniflare.unsafeGetDirectURL(name)).origin;
  const [probe, away] = [await urlOf('probe'), await urlOf('away')];
  const callerUrls = await Promise.all(callerNames.map(urlOf));
  return {
    urls: await Promise.all([OWNER, ...names].map(urlOf)),
    boardlessUrls: await Promise.all(boardlessNames.map(urlOf)),
    setAbsence: async (absence) => {
      await (await fetch(`${away}/${absence}`)).text();
    },
    bootstrapKey: secrets.bootstrapKey,
    record: async (load) => await recordFrom(callerUrls, load),
    statistics: async (processorId) =>
      (await (await fetch(`${probe}/${processorId}`)).json()) as { rowsWritten: number; results: number },
    stop: async () => {
      await miniflare.dispose();
      removeTemporaryDirectory(stateDirectory);
    },
  };
}

async function recordFrom(
  callerUrls: readonly string[],
  { address, result, perCaller, perSecondAndCaller }: RecordLoad,
): Promise<number> {
  const recorded = await Promise.all(
    callerUrls.map(async (url, caller) => {
      const body = JSON.stringify({
        address,
        result,
        count: perCaller,
        perSecond: perSecondAndCaller,
        prefix: `c${caller}-`,
      });
      return (await (await fetch(url, { method: 'POST', body })).json()) as number;
    }),
  );
  return recorded.reduce((sum, count) => sum + count, 0);
}
