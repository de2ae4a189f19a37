// The desk of streams in one process: the real adapter, mapping and client over whatever Redis a test hands in, and readers that only note who woke them.
import { adapter } from '../../src/connectors/redis-stream/adapter.ts';
import { letterStreamOf } from '../../src/connectors/redis-stream/own-keys.ts';
import { readEntry } from '../../src/connectors/redis-stream/read-entry.ts';
import { streamSettingsOf } from '../../src/connectors/redis-stream/stream-settings.ts';
import { createUpstashStream } from '../../src/platform/upstash-stream.ts';
import type { ReaderState, StreamDesk } from '../../src/ports/stream-desk.ts';

export interface StreamCircumstances {
  /** `null`: neither variable is set. */
  redis: { readonly url: string; readonly token: string } | null;
  readonly woken: string[];
  /** Of readers that can be reached. */
  readonly states: Map<string, ReaderState>;
}

export const noStreams = (): StreamCircumstances => ({ redis: null, woken: [], states: new Map() });

export function streamsOf(set: StreamCircumstances): StreamDesk {
  return {
    adapter,
    get missing() {
      return set.redis === null ? ['UPSTASH_REDIS_REST_URL', 'UPSTASH_REDIS_REST_TOKEN'] : [];
    },
    placeOf: ({ own }) => streamSettingsOf(own),
    connect: ({ id, own }) => {
      const settings = streamSettingsOf(own);
      if (settings === null || set.redis === null) return null;
      const { stream, group, mapping, family } = settings;
      const letterStream = letterStreamOf(id);
      const bounds = { consumer: 'reader', lettersMax: 1_000, timeoutMs: 300 };
      const port = createUpstashStream({ ...set.redis, stream, group, letterStream, ...bounds });
      return { port, family, read: (entry) => readEntry(entry, mapping) };
    },
    readers: {
      wake: (sourceId) => {
        set.woken.push(sourceId);
        return Promise.resolve();
      },
      state: (sourceId) => Promise.resolve(set.states.get(sourceId) ?? null),
    },
  };
}
