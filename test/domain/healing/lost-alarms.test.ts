import { describe, expect, test } from 'vitest';
import { A, actionOf, houseOf, MINUTE, NOW, plansIn } from './house.ts';
import { measureAction } from '../../../src/domain/healing/measure-action.ts';
import type { SeenAlarm } from '../../../src/domain/healing/snapshot.ts';
import { withStanding } from '../../../src/domain/healing/healing-action.ts';

const seen = (object: string, lostSinceMs: number | null, processorId: SeenAlarm['processorId'] = null): SeenAlarm => ({
  object,
  processorId,
  lostSinceMs,
});
const alarms = [seen('registry', NOW - MINUTE), seen('alert_courier', null), seen('processor:a', NOW - 5 * MINUTE, A)];
const house = houseOf({ a: {} }, { alarms });

describe('[HEA-22] an object that nothing wakes for what it has to do', () => {
  test('is woken, and those that are woken in time are left alone', () => {
    expect(plansIn(house)).toMatchObject([
      {
        kind: 'rearm_alarms',
        processorId: null,
        subject: 'registry',
        remedy: { do: 'rearm', object: 'registry' },
        symptomAtMs: NOW - MINUTE,
      },
      { kind: 'rearm_alarms', processorId: A, subject: 'processor:a', symptomAtMs: NOW - 5 * MINUTE },
    ]);
    expect(plansIn(house, { processorId: A }).map(({ subject }) => subject)).toEqual(['processor:a']);
  });

  test('has recovered once it is woken; one that does not answer is waited for', () => {
    const action = withStanding(actionOf(plansIn(house)[0]!, NOW), { state: 'done', atMs: NOW, step: 0 });
    const later = (ms: number, now: readonly SeenAlarm[]) =>
      measureAction(action, houseOf({}, { now: NOW + ms, alarms: now }));
    expect(later(1, [seen('registry', null)])).toMatchObject({ outcome: 'recovered' });
    expect(later(1, alarms)).toEqual({ verdict: 'wait' });
    expect(later(3 * MINUTE, alarms)).toMatchObject({ outcome: 'not_recovered', measured: 'Nothing wakes it still' });
    expect(later(MINUTE, [])).toEqual({ verdict: 'wait' });
    expect(later(3 * MINUTE, [])).toMatchObject({ outcome: 'not_recovered', measured: 'Nobody can say' });
  });
});
