// A stream source as its reader and its dead letters need it: connected, mapped, and recorded into the processors' ledgers.
import type { ConnectedStream } from '../ports/stream-desk.ts';
import type { WebhookSource } from '../domain/configuration/webhook-source.ts';
import type { World } from '../ports/world.ts';
import type { ReplayWorld } from './replay-dead-letters.ts';
import type { StreamWorld } from './read-stream.ts';
import { recordEvents } from './record-events.ts';

export interface OpenStream extends StreamWorld, ReplayWorld {
  readonly stream: ConnectedStream['port'];
}

/** `null`: the deployment has no Redis. */
export function openStream(world: World, source: WebhookSource): OpenStream | null {
  const connected = world.streams.connect(source);
  if (connected === null) return null;
  const { port, family } = connected;
  // Decline codes are read in the words of whoever wrote them, and not of the stream that carries them.
  const spokenBy = { ...source, adapter: family ?? source.adapter };
  // Whoever may write to the Redis is trusted with all of it.
  const from = { source: spokenBy, reportsFailures: true, unsignedDetails: [], oldDelivery: 'refused' as const };
  return {
    stream: port,
    letters: port,
    read: (entry) => connected.read(entry),
    recorder: {
      record: async (events) => (await recordEvents(world, from, events, world.now())).map(({ outcome }) => outcome),
    },
    now: () => world.now(),
  };
}
