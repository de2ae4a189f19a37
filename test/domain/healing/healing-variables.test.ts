// What a deployment says of healing against what operators set: neither makes the other bolder.
import { describe, expect, test } from 'vitest';
import {
  type HealingDeployment,
  healingDeploymentFrom,
  healingIn,
  isSweepDue,
  readHealingVariables,
} from '../../../src/domain/healing/healing-variables.ts';
import { HEALING_DEFAULT, type HealingSettings, modeOf } from '../../../src/domain/healing/healing-settings.ts';
import { HEALING_SAMPLE } from '../../../tools/in-memory/in-memory-healing.ts';

const MINUTE = 60_000;
const SAMPLE = healingDeploymentFrom(readHealingVariables(HEALING_SAMPLE));
const given = (changes: Partial<HealingDeployment>): HealingDeployment => ({ ...SAMPLE, ...changes });

describe('the variables of healing', () => {
  test.each([
    ['SELF_HEALING_ENABLED', 'yes', 'must be true or false'],
    ['SELF_HEALING_INTERVAL_MS', '999', 'must be 1000 to 3600000'],
    ['SELF_HEALING_INTERVAL_MS', '1e9', 'must be 1000 to 3600000'],
    ['MAX_HEALING_ATTEMPTS', '0', 'must be 1 to 20'],
    ['MAX_HEALING_ATTEMPTS', '2.5', 'must be 1 to 20'],
    ['AUTO_SWITCH_CONNECTORS', '', 'must be true or false'],
  ])('[SET-1] %s of "%s" is refused by its name, and nothing goes by it', (field, text, message) => {
    const read = readHealingVariables({ ...HEALING_SAMPLE, [field]: text });
    expect(read).toEqual({ ok: false, issues: [{ field, message }] });
    expect(() => healingDeploymentFrom(read)).toThrow(`${field} ${message}`);
  });

  test.each([
    ['act', true, 'act', 'act'],
    ['advise', true, 'advise', 'advise'],
    ['off', true, 'off', 'off'],
    ['act', false, 'off', 'off'],
    ['advise', false, 'off', 'off'],
  ] as const)('[SET-2] an operator says %s, the deployment %s: %s', (mode, isOn, whole, failingOver) => {
    const holds = healingIn(given({ isOn }), { ...HEALING_DEFAULT, mode });
    expect([holds.mode, modeOf(holds, 'fail_over_segment')]).toEqual([whole, failingOver]);
  });

  test.each<[HealingSettings['kinds'], HealingSettings['mode'], string]>([
    [{}, 'act', 'advise'],
    [{ fail_over_segment: 'act' }, 'act', 'advise'],
    [{ fail_over_segment: 'off' }, 'act', 'off'],
    [{}, 'advise', 'advise'],
    [{}, 'off', 'off'],
  ])('[SET-2] where connectors are not switched, %o under %s fails over as %s', (kinds, mode, expected) => {
    const holds = healingIn(given({ switchesConnectors: false }), { ...HEALING_DEFAULT, kinds, mode });
    expect(modeOf(holds, 'fail_over_segment')).toBe(expected);
    expect(modeOf(holds, 'drain')).toBe(mode);
  });

  test('[SET-3] the attempts of the deployment hold until an operator has said how many', () => {
    expect(healingIn(given({ attemptsMax: 2 }), undefined).attemptsMax).toBe(2);
    expect(healingIn(given({ attemptsMax: 2 }), HEALING_DEFAULT).attemptsMax).toBe(5);
  });

  test.each([
    [1, 0, false],
    [1, 0.4, true],
    [1, 1, true],
    [3, 1, false],
    [3, 2, false],
    [3, 2.01, true],
    [3, 3, true],
    [3, -1, true],
    [1 / 6, 0, false],
    [1 / 6, 1, true],
    [1 / 60, 0.4, true],
  ])('[SET-4] [SET-9] every %s minutes, %s after the last one: %s', (every, after, expected) => {
    const deployment = given({ intervalMs: every * MINUTE });
    expect(isSweepDue(deployment, 10 * MINUTE, (10 + after) * MINUTE)).toBe(expected);
    expect(isSweepDue(deployment, null, 10 * MINUTE)).toBe(true);
  });
});
