// The book of healing in one process: the real limits over a list, and what its other hands were asked to do.
import type { HealingAction } from '../../src/domain/healing/healing-action.ts';
import type { HealingDesk } from '../../src/ports/healing-port.ts';
import type { HealingEvent } from '../../src/domain/healing/healing-event.ts';
import { type HealingDeploymentRead, readHealingVariables } from '../../src/domain/healing/healing-variables.ts';
import { isUnfinished } from '../../src/domain/healing/undone-standing.ts';
import { mayBegin } from '../../src/domain/healing/attempt-limit.ts';
import type { ProcessorId } from '../../src/domain/identity.ts';

export const HEALING_SAMPLE = {
  SELF_HEALING_ENABLED: 'true',
  SELF_HEALING_INTERVAL_MS: '60000',
  MAX_HEALING_ATTEMPTS: '5',
  AUTO_SWITCH_CONNECTORS: 'true',
} as const;

export interface HealingCircumstances {
  deployment: HealingDeploymentRead;
  /** Oldest first. */
  actions: readonly HealingAction[];
  /** The run is killed as soon as the book has the first act. */
  diesAfterBegin: boolean;
  readonly told: HealingEvent[];
  readonly asked: string[];
  /** Since when which object is not woken. */
  readonly unwoken: Map<string, number>;
}

export const noHealing = (): HealingCircumstances => ({
  deployment: readHealingVariables(HEALING_SAMPLE),
  actions: [],
  diesAfterBegin: false,
  told: [],
  asked: [],
  unwoken: new Map(),
});

export function healingOf(set: HealingCircumstances): HealingDesk {
  return {
    book: {
      begin: (action, settings, moment) => {
        const may = mayBegin(action, set.actions, settings, moment);
        if (may) set.actions = [...set.actions, action];
        if (may && set.diesAfterBegin) return Promise.reject(new Error('the run was killed'));
        return Promise.resolve(may);
      },
      update: (action) => {
        const at = set.actions.findIndex(({ id, revision }) => id === action.id && revision === action.revision - 1);
        if (at >= 0) set.actions = set.actions.with(at, action);
        return Promise.resolve(at >= 0);
      },
      since: (ms) => Promise.resolve(set.actions.filter((one) => isUnfinished(one) || one.plannedAtMs >= ms)),
      page: (cursor, limit) => {
        const newest = set.actions.toReversed();
        const from = cursor === null ? 0 : newest.length - Number(cursor) + 1;
        const items = newest.slice(from, from + limit);
        const left = newest.length - from - items.length;
        return Promise.resolve({ items, nextCursor: left > 0 ? String(left + 1) : null });
      },
      one: (id) => Promise.resolve(set.actions.find((action) => action.id === id) ?? null),
      all: () => Promise.resolve(set.actions),
    },
    sweepBoards: () => Promise.resolve(void set.asked.push('boards')),
    sweepUnknowns: ({ id }) => Promise.resolve(void set.asked.push(`unknowns ${id}`)),
    alarms: (processors, named) => {
      const known = new Map<string, ProcessorId | null>(processors.map(({ id }) => [`processor:${id}`, id]));
      for (const object of [...named, ...set.unwoken.keys()]) known.set(object, known.get(object) ?? null);
      const lostSince = (object: string): number | null => set.unwoken.get(object) ?? null;
      return Promise.resolve(
        [...known].map(([object, processorId]) => ({ object, processorId, lostSinceMs: lostSince(object) })),
      );
    },
    rearm: (object) => {
      set.unwoken.delete(object);
      return Promise.resolve(void set.asked.push(`rearm ${object}`));
    },
    tell: (events) => Promise.resolve(void set.told.push(...events)),
  };
}
