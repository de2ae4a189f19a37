// The way to the readers of streams, one object for each source: a fresh stub for every call, and a limit on how long it is waited for.
import type { ReaderState, StreamReaders } from '../src/ports/stream-desk.ts';
import { withinTime } from './time-limit.ts';

const WAIT_MS = 2_000;

interface StreamReaderObject {
  wake(): Promise<void>;
  state(): Promise<ReaderState>;
}

export function createStreamReadersClient(env: Pick<Env, 'STREAM_READER'>): StreamReaders {
  const readerOf = (sourceId: string): StreamReaderObject =>
    // Plain data crosses unchanged; the platform's mapped types would lose its tuples.
    env.STREAM_READER.get(env.STREAM_READER.idFromName(sourceId)) as unknown as StreamReaderObject;
  return {
    wake: async (sourceId) => {
      await withinTime(WAIT_MS, async () => await readerOf(sourceId).wake());
    },
    state: async (sourceId) => await withinTime(WAIT_MS, async () => await readerOf(sourceId).state()),
  };
}
