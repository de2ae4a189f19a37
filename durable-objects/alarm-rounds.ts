// Goes round the objects that alarms wake, and has those woken whose alarm was lost. Boards and the books of jobs and predictions have none; readers of streams tell of their steps.
import { alarmedObjectOf, LEDGER_PARTS, ledgerPartOf, OBJECTS, processorObjectOf } from './alarmed-objects.ts';
import { askWithin, withinTime } from './time-limit.ts';
import type { HealingDesk } from '../src/ports/healing-port.ts';
import type { ProcessorId } from '../src/domain/identity.ts';

const ASK_WAIT_MS = 1_000;
const REARM_WAIT_MS = 5_000;
/** Of the parts of the ledgers: all of them in half an hour, since what they do is due by the hour. */
const PARTS_AT_ONCE = 8;
const PARTS_EVERY_MS = 60_000;

export function alarmRoundsOf(env: Env): Pick<HealingDesk, 'alarms' | 'rearm'> {
  return {
    alarms: async (processors, named, now) => {
      const asked = new Map<string, ProcessorId | null>(named.map((object) => [object, null]));
      for (const object of [...OBJECTS, ...partsDue(now)]) asked.set(object, null);
      for (const { id } of processors) asked.set(processorObjectOf(id), id);
      const seen = [...asked].map(async ([object, processorId]) => {
        const standing = await withinTime(ASK_WAIT_MS, async () => await alarmedObjectOf(env, object).alarmStanding());
        return standing === null ? [] : [{ object, processorId, ...standing }];
      });
      return (await Promise.all(seen)).flat();
    },
    rearm: async (object) =>
      await askWithin(REARM_WAIT_MS, object, async () => await alarmedObjectOf(env, object).rearm()),
  };
}

function partsDue(now: number): readonly string[] {
  const from = Math.floor(now / PARTS_EVERY_MS) * PARTS_AT_ONCE;
  return Array.from({ length: PARTS_AT_ONCE }, (_, index) => ledgerPartOf((from + index) % LEDGER_PARTS));
}
