// The environment as the Operations module writes it: whoever copies it is not turned away.
import { describe, expect, test } from 'vitest';
import { readHealingVariables } from '../../../src/domain/healing/healing-variables.ts';
import { readPredictionSettings } from '../../../src/domain/predictions/prediction-settings.ts';
import { readScalingSettings } from '../../../src/domain/scaling/scaling-settings.ts';
import { readTuningSettings } from '../../../src/domain/tuning/tuning-settings.ts';

describe('the values of the Operations module', () => {
  test.each([
    [
      'healing',
      readHealingVariables({
        SELF_HEALING_ENABLED: 'true',
        SELF_HEALING_INTERVAL_MS: '10000',
        MAX_HEALING_ATTEMPTS: '5',
        AUTO_SWITCH_CONNECTORS: 'true',
      }),
      { intervalMs: 10_000, attemptsMax: 5 },
    ],
    [
      'scaling',
      readScalingSettings({
        AUTO_SCALING_ENABLED: 'true',
        MIN_INSTANCES: '2',
        MAX_INSTANCES: '20',
        TARGET_TPM_PER_INSTANCE: '100',
        CPU_SCALE_UP_THRESHOLD: '75',
        SCALE_UP_COOLDOWN_MS: '60000',
        SCALE_DOWN_COOLDOWN_MS: '300000',
        SCALING_PREFER_LOW_COST: 'true',
      }),
      { instancesMin: 2, instancesMax: 20, perMinutePerInstance: 100 },
    ],
    [
      'predictions',
      readPredictionSettings({
        PREDICTIVE_MAINTENANCE_ENABLED: 'true',
        PREDICTION_SENSITIVITY: 'medium',
        AUTO_SCHEDULE_MAINTENANCE: 'true',
        CONFIDENCE_THRESHOLD: '0.6',
      }),
      { isOn: true, sensitivity: 'medium', schedulesMaintenance: true },
    ],
    [
      'tuning',
      readTuningSettings({
        AUTO_OPTIMIZATION_ENABLED: 'true',
        OPTIMIZATION_INTERVAL_MS: '120000',
        CONSERVATIVE_MODE: 'false',
      }),
      { isOn: true, intervalMs: 120_000, isConservative: false },
    ],
  ])('[SET-9] are taken for %s', (_, read, settings) => {
    expect(read).toMatchObject({ ok: true, settings });
  });
});
