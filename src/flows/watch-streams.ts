// How each stream is being read: what its reader says of itself, and what Redis says still waits. Rules: SPEC.md [STR].
import { isStream } from '../domain/configuration/stream-source.ts';
import type { ReaderState, StreamBacklog, StreamPlace } from '../ports/stream-desk.ts';
import type { WebhookSource } from '../domain/configuration/webhook-source.ts';
import type { World } from '../ports/world.ts';

export interface WatchedStream {
  readonly source: WebhookSource;
  /** `null`: set up under other code, which this one cannot read. */
  readonly place: StreamPlace | null;
  /** Names of variables that are not set. */
  readonly missing: readonly string[];
  /** `null`: out of reach. */
  readonly state: ReaderState | null;
  /** `null`: Redis did not answer, or has no such stream. */
  readonly backlog: StreamBacklog | null;
}

export async function watchStreams(world: World): Promise<readonly WatchedStream[]> {
  const sources = (await world.registry.sources()).filter(isStream);
  return await Promise.all(sources.map(async (source) => await watched(world, source)));
}

/** `null`: there is no such stream. */
export async function watchStream(world: World, id: string): Promise<WatchedStream | null> {
  const source = await world.registry.source(id);
  return source === null || !isStream(source) ? null : await watched(world, source);
}

async function watched({ streams }: World, source: WebhookSource): Promise<WatchedStream> {
  const connected = streams.connect(source);
  const [state, backlog] = await Promise.all([streams.readers.state(source.id), connected?.port.backlog() ?? null]);
  return {
    source,
    place: streams.placeOf(source),
    missing: streams.missing,
    state,
    backlog: backlog?.ok ? backlog.value : null,
  };
}
