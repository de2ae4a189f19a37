// The part of the composition root that tells webhooks of named events: whoever tells one neither waits for the courier nor fails with it.
import { courierStub } from '../../durable-objects/alert-courier-client.ts';
import { isDone } from '../../durable-objects/time-limit.ts';
import { log } from '../../durable-objects/object-log.ts';
import type { LiveMessage } from '../../src/ports/live-port.ts';
import type { RegistryPort } from '../../src/ports/registry-port.ts';
import type { World } from '../../src/ports/world.ts';

/** A courier that is away holds a job up for seven seconds at most, after its work. */
const TRIES = 3;
const TRY_MS = 2_000;
const PAUSE_MS = 500;

export type TellEvents = (messages: readonly LiveMessage[]) => void;

export function tellingOf(env: Pick<Env, 'ALERT_COURIER'>, later: World['later']): TellEvents {
  return (messages) => {
    const now = Date.now();
    const handOn = async (): Promise<void> => {
      const { namedEventOf } = await import('../../src/http/schemas/named-events.ts');
      const events = messages.map((message) => namedEventOf(message, now)).filter((event) => event !== null);
      if (events.length === 0) return;
      for (let tried = 0; tried < TRIES; tried += 1) {
        if (tried > 0) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
        if (await isDone(TRY_MS, async () => await courierStub(env).hearEvents(events))) return;
      }
      log({ event: 'events_untold', count: events.length });
    };
    later(handOn());
  };
}

/** What changes the number of instances tells of it. */
export const registryThatTells = (registry: RegistryPort, tell: TellEvents): RegistryPort => ({
  ...registry,
  scale: async (wish, actor) => {
    const reply = await registry.scale(wish, actor);
    const change = reply.ok ? reply.change : null;
    if (change !== null) tell([{ type: change.to > change.from ? 'scaled_up' : 'scaled_down', change }]);
    return reply;
  },
});
