// Objects whose next step will never come: readers of streams that have stopped stepping, and objects with something to do that no alarm wakes for it.
import type { HealingPlan } from './healing-action.ts';
import type { HouseSnapshot } from './snapshot.ts';
import type { Ids } from './detect-traffic.ts';

/** A reader at rest steps every second, one held up every 30. */
export const READER_LAG_MS = 180_000;

export function lostAlarms(house: HouseSnapshot, ids: Ids): HealingPlan[] {
  return [...readersAtRest(house, ids), ...objectsUnwoken(house, ids)];
}

function readersAtRest({ now, readers }: HouseSnapshot, { draw }: Ids): HealingPlan[] {
  const late = readers.filter(({ lastStepAtMs }) => now - (lastStepAtMs ?? -Infinity) >= READER_LAG_MS);
  return late.map(({ sourceId, lastStepAtMs }) => ({
    id: draw(),
    kind: 'rearm_alarms',
    processorId: null,
    subject: sourceId,
    why: 'The reader of a stream has taken no step for three minutes',
    evidence: { last_step: lastStepAtMs === null ? null : new Date(lastStepAtMs).toISOString() },
    symptomAtMs: lastStepAtMs ?? now,
    occasion: null,
    remedy: { do: 'wake_reader', sourceId },
    undo: null,
  }));
}

function objectsUnwoken({ now, alarms }: HouseSnapshot, { draw }: Ids): HealingPlan[] {
  return alarms.flatMap(({ object, processorId, lostSinceMs }): HealingPlan[] =>
    lostSinceMs === null
      ? []
      : [
          {
            id: draw(),
            kind: 'rearm_alarms',
            processorId,
            subject: object,
            why: 'It has something to do, and no alarm wakes it for that',
            evidence: { lost_since: new Date(lostSinceMs).toISOString() },
            symptomAtMs: Math.min(lostSinceMs, now),
            occasion: null,
            remedy: { do: 'rearm', object },
            undo: null,
          },
        ],
  );
}
