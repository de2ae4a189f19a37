// Takes an optimization back because a person says so: a trial ends, and what was kept gives its place to what was before.
import { eventsBetween } from './tune-settings.ts';
import { isOnTop, nextRevision, withStanding } from '../domain/tuning/tuning-shelf.ts';
import { measuredNow } from '../domain/tuning/tuning-row.ts';
import type { Actor } from '../ports/registry-port.ts';
import type { Optimization } from '../domain/tuning/optimization.ts';
import type { World } from '../ports/world.ts';

/** Somebody else may be at the book: the round of the job, once. */
const TRIES = 3;

export interface Reverted {
  readonly optimization: Optimization;
  readonly isReverted: boolean;
  /** `null`: it was. */
  readonly whyNot: string | null;
}

/** `null`: there is none. Asked again it does nothing twice. Throws where the book is away. */
export async function revertOptimization(world: World, id: string, actor: Actor): Promise<Reverted | null> {
  const { tuning } = world;
  for (let step = 0; step < TRIES; step += 1) {
    const shelf = await tuning.book.read();
    const optimization = shelf.optimizations.find((one) => one.id === id);
    if (optimization === undefined) return null;
    const measured = measuredNow(optimization);
    const { state } = optimization.standing;
    if (measured === null || state === 'reverted')
      return { optimization, isReverted: false, whyNot: `it was ${state} only, and is not in force` };
    if (!isOnTop(shelf, optimization))
      return { optimization, isReverted: false, whyNot: 'a later change of the same setting stands upon it' };
    const standing = {
      state: 'reverted',
      endedAtMs: world.now(),
      why: 'A person took it back',
      by: actor.keyId,
      measured,
    } as const;
    const after = withStanding(shelf, id, standing);
    if (!(await tuning.book.save(nextRevision(after)))) continue;
    await world.registry.note('revert_optimization', id, actor);
    tuning.forget();
    await tuning.tell(eventsBetween(shelf, after));
    return { optimization: { ...optimization, standing }, isReverted: true, whyNot: null };
  }
  throw Object.assign(new Error('the book of tuning is busy'), { retryable: true });
}
