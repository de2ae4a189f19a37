import { describe, expect, test } from 'vitest';
import { A, actionOf, houseOf, MINUTE, NOW, overrideOf, plannedIn, plansIn } from './house.ts';
import { HEALING_DEFAULT } from '../../../src/domain/healing/healing-settings.ts';
import { applyChange, endedOverrides } from '../../../src/domain/configuration/apply-change.ts';
import { measureAction } from '../../../src/domain/healing/measure-action.ts';
import { withStanding } from '../../../src/domain/healing/healing-action.ts';

const over = overrideOf(A, 'drain', { expiresAtMs: NOW - 2 * MINUTE });
const house = houseOf({ a: {} }, { endedOverrides: [over] });

describe('[HEA-21] an override past its time', () => {
  test('is ended, for good and with what it was', () => {
    expect(plannedIn(house).planned).toMatchObject([
      {
        mode: 'act',
        plan: {
          kind: 'expire_override',
          processorId: A,
          subject: over.id,
          symptomAtMs: NOW - 2 * MINUTE,
          remedy: { do: 'end_override', overrideId: over.id },
          undo: null,
        },
      },
    ]);
  });

  test.each([
    [{}, 'act'],
    [{ kinds: { expire_override: 'advise' } }, 'advise'],
    [{ kinds: { expire_override: 'act' } }, 'act'],
    [{ mode: 'advise' }, 'advise'],
    [{ mode: 'advise', kinds: { expire_override: 'act' } }, 'advise'],
    [{ kinds: { expire_override: 'off' } }, undefined],
    [{ mode: 'off' }, undefined],
  ] as const)('[HEA-4] under %o: %s', (settings, mode) => {
    const { planned } = plannedIn(house, { settings: { ...HEALING_DEFAULT, ...settings } });
    expect(planned[0]?.mode).toBe(mode);
  });

  test('of our own ends by itself', () => {
    expect(plansIn(houseOf({ a: {} }, { endedOverrides: [{ ...over, who: 'self-healing' }] }))).toEqual([]);
  });

  test('has recovered once nobody keeps it, whether its processor is there or not', () => {
    const action = withStanding(actionOf(plansIn(house)[0]!, NOW), { state: 'done', atMs: NOW, step: 0 });
    const later = (ms: number, ended = [over]) =>
      measureAction(action, houseOf({}, { now: NOW + ms, endedOverrides: ended }));
    expect(later(1, [])).toMatchObject({ outcome: 'recovered', recoveredAtMs: NOW });
    expect(later(1)).toEqual({ verdict: 'wait' });
    expect(later(MINUTE)).toMatchObject({ outcome: 'not_recovered' });
    const cutOff = actionOf(plansIn(house)[0]!, NOW);
    expect(measureAction(cutOff, houseOf({}, { now: NOW + 2 * MINUTE, endedOverrides: [over] }))).toMatchObject({
      outcome: 'interrupted',
    });
  });
});

describe('[HEA-21] in the configuration', () => {
  const other = { ...over, id: 'ovr_other' };
  const kept = overrideOf(A, 'cap', { share: 0.1 });
  const { configuration } = houseOf({ a: {} }, { overrides: [over, other, kept] });
  const moment = { now: NOW, nextEpoch: () => 2 };

  test('an ended override is taken out alone, and the version says so', () => {
    expect(endedOverrides(configuration, NOW)).toEqual([over, other]);
    const reply = applyChange(configuration, { op: 'end_override', id: over.id }, moment);
    expect(reply).toMatchObject({ ok: true, configuration: { version: configuration.version + 1 } });
    expect(reply.ok && reply.configuration.overrides).toEqual([other, kept]);
  });

  test('any other change takes all of them along, and what is not over, or was never there, is not found', () => {
    const reply = applyChange(configuration, { op: 'delete_override', id: kept.id }, moment);
    expect(reply.ok && reply.configuration.overrides).toEqual([]);
    for (const id of [kept.id, 'none'])
      expect(applyChange(configuration, { op: 'end_override', id }, moment)).toEqual({
        ok: false,
        reason: 'not_found',
      });
  });
});
