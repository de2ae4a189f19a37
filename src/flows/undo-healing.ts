// Takes an act of healing back because a person says so: the book has it first, then it is done, then the book has that it was; who dies in between leaves it to whoever comes by.
import type { Actor } from '../ports/registry-port.ts';
import { applyRemedy, type RemedyEnd } from './apply-remedy.ts';
import { beingUndone, endOf, isBeingUndone, notUndone, undoneNow } from '../domain/healing/undone-standing.ts';
import { type HealingAction, type Remedy, withStanding } from '../domain/healing/healing-action.ts';
import { eventsOf } from '../domain/healing/healing-event.ts';
import type { HouseSnapshot } from '../domain/healing/snapshot.ts';
import { seeHouse } from './see-house.ts';
import { undoingLeft, undoingOf } from '../domain/healing/undo-action.ts';
import type { World } from '../ports/world.ts';

export type Undone =
  /** `did: null`: it had been done before. */
  | { readonly outcome: 'undone'; readonly action: HealingAction; readonly did: Remedy | null }
  | { readonly outcome: 'not_undoable'; readonly why: string }
  | { readonly outcome: 'not_found' };

/** Somebody else may be at the act: the sweep, once or twice. */
const TRIES = 3;

/** Throws where the Registry or the book is away: what is in the book by then is completed by the next try, or by the next sweep. */
export async function undoHealing(world: World, id: string, requestKey: string | null, actor: Actor): Promise<Undone> {
  for (let step = 0; step < TRIES; step += 1) {
    const action = await world.healing.book.one(id);
    if (action === null) return { outcome: 'not_found' };
    if (isRepeat(action, requestKey, actor)) return { outcome: 'undone', action, did: null };
    const house = await seeHouse(world, world.now());
    const undone = isBeingUndone(action)
      ? await completeUndoing(world, action, { house, actor })
      : await undoneFirst(world, action, { house, actor, requestKey });
    if (undone !== null) return undone;
  }
  throw Object.assign(new Error('the book of healing is busy'), { retryable: true });
}

function isRepeat(action: HealingAction, requestKey: string | null, { keyId }: Actor): boolean {
  const undoneBy = requestKey === null ? undefined : endOf(action)?.undoneBy;
  return undoneBy !== undefined && undoneBy.requestKey === requestKey && undoneBy.keyId === keyId;
}

interface From {
  readonly house: HouseSnapshot;
  readonly actor: Actor;
}

/** `null`: somebody else was at it, or the house is another one by now. */
async function undoneFirst(
  world: World,
  action: HealingAction,
  { house, actor, requestKey }: From & { readonly requestKey: string | null },
): Promise<Undone | null> {
  const undoing = undoingOf(action, house);
  if (!undoing.ok) return { outcome: 'not_undoable', why: undoing.why };
  const taken = beingUndone(action, { keyId: actor.keyId, requestKey }, house.now);
  if (!(await world.healing.book.update(taken))) return null;
  const end = await takenBack(world, taken, undoing.remedy, { house, actor });
  if (end.ok) return await kept(world, undoneNow(taken, house.now), undoing.remedy);
  // As it was, one revision on: it may be tried again.
  const isBack = await world.healing.book.update(withStanding(taken, action.standing));
  return isBack && !end.isStale ? { outcome: 'not_undoable', why: end.why } : null;
}

/** Of an act that is being undone, by whoever comes by. `null`: somebody else was at it, or the house is another one by now. */
export async function completeUndoing(
  world: World,
  action: HealingAction,
  { house, actor }: From,
): Promise<Exclude<Undone, { readonly outcome: 'not_found' }> | null> {
  const left = undoingLeft(action, house);
  if (left === 'reached') return await kept(world, undoneNow(action, house.now), null);
  const end: RemedyEnd = left.ok
    ? await takenBack(world, action, left.remedy, { house, actor })
    : { ...left, isStale: false };
  if (end.ok) return await kept(world, undoneNow(action, house.now), left.ok ? left.remedy : null);
  if (end.isStale || !(await world.healing.book.update(notUndone(action, end.why, house.now)))) return null;
  return { outcome: 'not_undoable', why: end.why };
}

async function takenBack(
  world: World,
  { id, why }: HealingAction,
  remedy: Remedy,
  { house, actor }: From,
): Promise<RemedyEnd> {
  await world.registry.note('undo_healing', id, actor, why);
  const { configuration, now } = house;
  return await applyRemedy(world, remedy, { configuration, mustBeCurrent: stops(remedy), actor, now });
}

async function kept(
  world: World,
  action: HealingAction,
  did: Remedy | null,
): Promise<Extract<Undone, { readonly outcome: 'undone' }> | null> {
  const { book } = world.healing;
  if (!(await book.update(action))) {
    // The sweep has seen it before we could say so.
    const held = await book.one(action.id);
    return held !== null && endOf(held)?.outcome === 'undone' ? { outcome: 'undone', action: held, did } : null;
  }
  await world.healing.tell(eventsOf(action));
  return { outcome: 'undone', action, did };
}

/** Void once the configuration has changed since it was seen that others are able. */
const stops = (remedy: Remedy): boolean =>
  remedy.do === 'put_override' && (remedy.override.kind === 'drain' || remedy.override.kind === 'force_open');
