// What the jobs of the night raised or did that no known fault explains, job by job, and how much of it is borne.
import { isUnwell, worthOf } from './signs.ts';
import type { KnownFault } from './truth.ts';
import type { NightRecord, SeenScaling } from './night-record.ts';

export interface FalseAlarm {
  /** A job; or `breaker` and `alert`, which processors' objects raise themselves. */
  readonly by: string;
  readonly minute: number;
  readonly words: string;
}

/**
 * In two days, of each; of whoever is not here none is borne. Detectors ask for one false alarm in 30 days of a scope, and there are about 20 scopes and 9 kinds;
 * a prediction of 0.2 is right one time in five, and it says so: of each of four kinds 0.4 false ones come in a day of a processor at most [PRD-20], which would
 * be 16 of five processors in two days.
 */
export const BORNE: Readonly<Record<string, number>> = {
  'breaker': 1,
  'alert': 2,
  'find-anomalies': 4,
  'foretell-trouble': 10,
  'heal': 1,
  'keep-maintenance': 1,
  'tune-settings': 2,
  'scaling': 2,
};

/** Instances that were wanted and not wanted any more, or the other way round, within so long were not worth the change. */
const TAKEN_BACK_WITHIN_MINUTES = 15;

export function falseAlarmsIn(record: NightRecord, faults: readonly KnownFault[]): readonly FalseAlarm[] {
  const { actions, windows, tunings, scalings, armsStopped, jobs } = record;
  const untrue = falseSigns(record, faults);
  const falseIds = new Set(untrue.map(({ id }) => id));
  const dropped = jobs.find(({ name }) => name === 'retire-history')?.counts['partitions_dropped'] ?? 0;
  const last = Math.max(0, ...record.signs.map(({ minute }) => minute));
  return [
    ...untrue.map(({ alarm }) => alarm),
    ...actions
      .filter(({ processor, minute }) => processor === null || !isUnwell(processor, minute, faults))
      .map(({ kind, processor, scope, minute }) => ({
        ...{ by: 'heal', minute, words: `${kind} of ${processor ?? 'the house'} ${scope}, which was well` },
      })),
    ...windows
      .filter(({ predictionId }) => predictionId !== null && falseIds.has(predictionId))
      .map(({ processor, minute }) => ({
        ...{ by: 'keep-maintenance', minute, words: `${processor} was to be drained for what was foretold wrongly` },
      })),
    ...many(tunings.reverted, { by: 'tune-settings', minute: last, words: 'a trial that was taken back' }),
    ...takenBack(scalings).map(({ minute, from, to }) => ({
      ...{ by: 'scaling', minute, words: `from ${from} instances to ${to}, and back at once` },
    })),
    ...many(armsStopped, { by: 'judge-experiments', minute: last, words: 'an arm as good as the other was stopped' }),
    ...many(dropped, { by: 'retire-history', minute: last, words: 'a day was dropped that is to be kept' }),
  ];
}

const many = (count: number, alarm: FalseAlarm): readonly FalseAlarm[] => Array.from({ length: count }, () => alarm);

/** What was told of one thing is a false alarm if no word of it was explained. */
function falseSigns(
  { signs }: NightRecord,
  faults: readonly KnownFault[],
): readonly { readonly id: string; readonly alarm: FalseAlarm }[] {
  const explained = new Set(signs.filter((sign) => worthOf(sign, faults).of !== 'nothing').map(({ id }) => id));
  const seen = new Set<string>();
  return signs.flatMap(({ id, by, minute, words }) => {
    if (explained.has(id) || seen.has(id)) return [];
    seen.add(id);
    return [{ id, alarm: { by, minute, words } }];
  });
}

function takenBack(scalings: readonly SeenScaling[]): readonly SeenScaling[] {
  return scalings.filter((change, index) => {
    const next = scalings[index + 1];
    if (next === undefined || next.minute - change.minute > TAKEN_BACK_WITHIN_MINUTES) return false;
    return change.to > change.from ? next.to <= change.from : next.to >= change.from;
  });
}

export interface Excess {
  readonly by: string;
  readonly count: number;
  readonly borne: number;
}

/** Of whom there were more than are borne. */
export function excessIn(alarms: readonly FalseAlarm[]): readonly Excess[] {
  const makers = [...new Set(alarms.map(({ by }) => by))];
  return makers
    .map((by) => ({ by, count: alarms.filter((alarm) => alarm.by === by).length, borne: BORNE[by] ?? 0 }))
    .filter(({ count, borne }) => count > borne);
}
