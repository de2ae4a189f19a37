// The two steps of taking an act back: it is being undone from the moment in which a person says so, and undone once that is seen to be done.
import { type HealingAction, type HealingStanding, isOpen, withStanding } from './healing-action.ts';

type Ended = Extract<HealingStanding, { readonly state: 'ended' }>;

/** A person wants it back, and nobody has seen yet that it is: whoever comes by completes it. */
export const isBeingUndone = ({ standing }: Pick<HealingAction, 'standing'>): boolean =>
  standing.state === 'ended' && standing.outcome === 'undone' && !standing.undone;

/** Somebody still has to look at it. */
export const isUnfinished = (action: HealingAction): boolean => isOpen(action) || isBeingUndone(action);

/** How it ended, if it has. */
export const endOf = ({ standing }: Pick<HealingAction, 'standing'>): Ended | null =>
  standing.state === 'ended' && !isBeingUndone({ standing }) ? standing : null;

export const beingUndone = (action: HealingAction, undoneBy: NonNullable<Ended['undoneBy']>, now: number) =>
  withStanding(action, {
    state: 'ended',
    atMs: now,
    outcome: 'undone',
    measured: 'A person is taking it back',
    undone: false,
    undoneBy,
    recoveryMs: null,
  });

/** `action` is being undone. */
export const undoneNow = (action: HealingAction, now: number): HealingAction =>
  again(action, { outcome: 'undone', undone: true, measured: 'A person took it back' }, now);

/** `action` is being undone, and cannot be. */
export const notUndone = (action: HealingAction, why: string, now: number): HealingAction =>
  again(action, { outcome: 'not_recovered', undone: false, measured: `It could not be taken back: ${why}` }, now);

const again = (
  { standing, ...action }: HealingAction,
  end: Pick<Ended, 'outcome' | 'undone' | 'measured'>,
  atMs: number,
): HealingAction =>
  standing.state === 'ended'
    ? withStanding({ standing, ...action }, { ...standing, ...end, atMs })
    : { standing, ...action };
