// A stream, its reader's port and a clock that a test sets, over the in-memory Redis behind its bridge.
import { tellRedis } from './stream-producer.ts';
import { createMemoryBackend } from '../../tools/upstash-bridge/memory-backend.ts';
import { createUpstashStream } from '../../src/platform/upstash-stream.ts';
import { KNOWN_MAPPINGS } from '../../src/connectors/redis-stream/known-mappings.ts';
import { readEntry } from '../../src/connectors/redis-stream/read-entry.ts';
import { startBridge, type Bridge } from '../../tools/upstash-bridge/bridge-server.ts';
import type { EntryReading, StreamEntry } from '../../src/ports/stream-port.ts';

export const STREAM = 'payments';
export const GROUP = 'signalbox';
export const LETTERS = 'payments-dead-letters';

export interface StreamLab {
  readonly bridge: Bridge;
  readonly port: ReturnType<typeof createUpstashStream>;
  /** Milliseconds; Redis goes by it too. */
  now: number;
  /** Pending entries: handed out and not acknowledged. */
  pending(): Promise<number>;
  add(fields: readonly string[]): Promise<string>;
}

export const apos = KNOWN_MAPPINGS.find(({ name }) => name === 'apos')!.mapping;
export const readApos = (entry: StreamEntry): EntryReading => readEntry(entry, apos);

export const portOf = (
  { url, token }: Pick<Bridge, 'url' | 'token'>,
  given: { lettersMax?: number; timeoutMs?: number } = {},
): ReturnType<typeof createUpstashStream> =>
  createUpstashStream({
    url,
    token,
    stream: STREAM,
    group: GROUP,
    consumer: 'reader',
    letterStream: LETTERS,
    lettersMax: 1_000,
    timeoutMs: 2_000,
    ...given,
  });

export async function openStreamLab(given: { lettersMax?: number; timeoutMs?: number } = {}): Promise<StreamLab> {
  const lab = { now: 1_795_100_000_000 };
  const bridge = await startBridge(createMemoryBackend(() => lab.now));
  return Object.assign(lab, {
    bridge,
    port: portOf(bridge, given),
    pending: async () => pendingOf((await tellRedis(bridge, [['XPENDING', STREAM, GROUP]]))[0]),
    add: async (fields: readonly string[]) =>
      (await tellRedis(bridge, [['XADD', STREAM, '*', ...fields]]))[0] as string,
  });
}

const pendingOf = (summary: unknown): number => (summary as [number])[0];
