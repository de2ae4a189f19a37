// Does what healing has decided, through the ports that operators' own hands go through. Each remedy done twice is as done once.
import type { Actor, ChangeReply, ConfigurationChange } from '../ports/registry-port.ts';
import type { Configuration } from '../domain/configuration/configuration.ts';
import type { Remedy } from '../domain/healing/healing-action.ts';
import type { RegisteredProcessor } from '../domain/processor-config.ts';
import { replayLetters } from './replay-letter.ts';
import type { ProcessorId } from '../domain/identity.ts';
import type { World } from '../ports/world.ts';

/** Letters of one source that one remedy tries. */
const LETTERS_AT_ONCE = 50;

export interface RemedyFrom {
  /** As it was when the remedy was decided. */
  readonly configuration: Configuration;
  /** Whether the remedy is void once somebody has changed the configuration: then it may stop the last one who serves a segment. */
  readonly mustBeCurrent: boolean;
  readonly actor: Actor;
  readonly now: number;
}

export type RemedyEnd =
  | { readonly ok: true; readonly configuration: Configuration }
  /** `isStale`: void, for the configuration has changed since. */
  | { readonly ok: false; readonly why: string; readonly isStale: boolean };

export async function applyRemedy(world: World, remedy: Remedy, from: RemedyFrom): Promise<RemedyEnd> {
  const { configuration, actor, now } = from;
  const done = { ok: true, configuration } as const;
  switch (remedy.do) {
    case 'close_breaker': {
      const processor = processorOf(configuration, remedy.processorId);
      if (!(await world.processors.resetBreaker(processor, remedy.scope)))
        return { ok: false, why: 'The processor’s object is out of reach', isStale: false };
      await world.registry.note('reset_breaker', `${remedy.processorId} ${remedy.scope}`, actor);
      return done;
    }
    case 'put_override': {
      const { ttlMs, ...override } = remedy.override;
      const stamped = { ...override, createdAtMs: now, expiresAtMs: now + ttlMs };
      return await changed(world, { op: 'put_override', override: stamped }, from);
    }
    case 'lift_override': {
      const isThere = configuration.overrides.some(({ id }) => id === remedy.overrideId);
      return isThere ? await changed(world, { op: 'delete_override', id: remedy.overrideId }, from) : done;
    }
    case 'end_override':
      return await changed(world, { op: 'end_override', id: remedy.overrideId }, from);
    case 'sweep_unknowns':
      await world.healing.sweepUnknowns(processorOf(configuration, remedy.processorId));
      return done;
    case 'sweep_boards':
      await world.healing.sweepBoards();
      return done;
    case 'wake_reader':
      await world.streams.readers.wake(remedy.sourceId);
      return done;
    case 'rearm':
      await world.healing.rearm(remedy.object);
      return done;
    case 'replay_letters': {
      const { items } = await world.webhooks.intake.letters(null, LETTERS_AT_ONCE, remedy.sourceId);
      await replayLetters(
        world,
        items.map(({ id }) => id),
        now,
      );
      return done;
    }
  }
}

function processorOf({ processors }: Configuration, id: ProcessorId): RegisteredProcessor {
  const found = processors.find((processor) => processor.id === id);
  if (found === undefined) throw new Error(`${id} is not registered`);
  return found;
}

async function changed(world: World, change: ConfigurationChange, from: RemedyFrom): Promise<RemedyEnd> {
  const ifMatch = from.mustBeCurrent ? from.configuration.version : null;
  const reply = await world.registry.change(change, from.actor, ifMatch);
  if (reply.ok) return { ok: true, configuration: reply.configuration };
  // Ended by itself, or lifted by somebody else meanwhile: what was wanted.
  if (reply.reason === 'not_found' && (change.op === 'delete_override' || change.op === 'end_override'))
    return { ok: true, configuration: from.configuration };
  const isStale = reply.reason === 'stale_version';
  return { ok: false, why: `The Registry has refused it: ${reasonOf(reply)}`, isStale };
}

function reasonOf(reply: Extract<ChangeReply, { readonly ok: false }>): string {
  if (reply.reason !== 'invalid') return reply.reason;
  return reply.issues.map(({ field, message }) => `${field} ${message}`).join('; ');
}
