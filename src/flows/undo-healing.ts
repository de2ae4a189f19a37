// Takes an act of healing back because a person says so: the book has it first, then it is done, and what cannot be done is as it was before.
import type { Actor } from '../ports/registry-port.ts';
import { applyRemedy } from './apply-remedy.ts';
import { type HealingAction, type Remedy, withStanding } from '../domain/healing/healing-action.ts';
import { eventsOf } from '../domain/healing/healing-event.ts';
import { seeHouse } from './see-house.ts';
import { undoingOf } from '../domain/healing/undo-action.ts';
import type { World } from '../ports/world.ts';

export type Undone =
  /** `did: null`: it was done before, under the same key. */
  | { readonly outcome: 'undone'; readonly action: HealingAction; readonly did: Remedy | null }
  | { readonly outcome: 'not_undoable'; readonly why: string }
  | { readonly outcome: 'not_found' };

/** Somebody else may be at the act: the sweep, once or twice. */
const TRIES = 3;

export async function undoHealing(world: World, id: string, requestKey: string | null, actor: Actor): Promise<Undone> {
  for (let step = 0; step < TRIES; step += 1) {
    const action = await world.healing.book.one(id);
    if (action === null) return { outcome: 'not_found' };
    if (isRepeat(action, requestKey, actor)) return { outcome: 'undone', action, did: null };
    const now = world.now();
    const house = await seeHouse(world, now);
    const undoing = undoingOf(action, house);
    if (!undoing.ok) return { outcome: 'not_undoable', why: undoing.why };
    const after = withStanding(action, {
      state: 'ended',
      atMs: now,
      outcome: 'undone',
      measured: 'A person took it back',
      undone: true,
      undoneBy: { keyId: actor.keyId, requestKey },
      recoveryMs: null,
    });
    if (!(await world.healing.book.update(after))) continue;
    await world.registry.note('undo_healing', id, actor, action.why);
    const from = { configuration: house.configuration, mustBeCurrent: stops(undoing.remedy), actor, now };
    // As it was, one revision on: it may be tried again.
    const asBefore = async (): Promise<unknown> =>
      await world.healing.book.update(withStanding(after, action.standing));
    const end = await applyRemedy(world, undoing.remedy, from).catch(async (error: unknown) => {
      await asBefore();
      throw error;
    });
    if (!end.ok) {
      await asBefore();
      return { outcome: 'not_undoable', why: end.why };
    }
    await world.healing.tell(eventsOf(after));
    return { outcome: 'undone', action: after, did: undoing.remedy };
  }
  throw Object.assign(new Error('the book of healing is busy'), { retryable: true });
}

function isRepeat({ standing }: HealingAction, requestKey: string | null, { keyId }: Actor): boolean {
  if (requestKey === null || standing.state !== 'ended') return false;
  return standing.undoneBy?.requestKey === requestKey && standing.undoneBy.keyId === keyId;
}

/** Void once the configuration has changed since it was seen that others are able. */
const stops = (remedy: Remedy): boolean =>
  remedy.do === 'put_override' && (remedy.override.kind === 'drain' || remedy.override.kind === 'force_open');
