// What a test's deployment says by its variables.
import { type CheckoutSettings, readCheckoutVariables } from '../../src/domain/configuration/checkout-variables.ts';
import type { HealingCircumstances } from '../../tools/in-memory/in-memory-healing.ts';
import type { PredictionCircumstances } from '../../tools/in-memory/in-memory-predictions.ts';
import { readRetention, type RetentionRead } from '../../src/domain/history/retention.ts';
import type { ScalingCircumstances } from './in-memory-scaling.ts';
import type { TuningCircumstances } from '../../tools/in-memory/in-memory-tuning.ts';
import type { World } from '../../src/ports/world.ts';

export const CHECKOUT_SAMPLE = {
  BOARD_REGIONS: 'main',
  KEY_GRACE_MINUTES: '15',
  RATE_LIMIT_QUOTA: '60000',
  DECISION_SAMPLE_RATE: '0.1',
};
export const RETENTION_SAMPLE = { EVENT_RETENTION_DAYS: '400', EVENT_ARCHIVAL: 'off' };
export const shippedRetention = (): RetentionRead => readRetention(RETENTION_SAMPLE);
export const shippedCheckout = (): CheckoutSettings => readCheckoutVariables(CHECKOUT_SAMPLE);

export interface DeploymentCircumstances {
  corsOrigins: readonly string[];
  bootstrapKeyHash: string | null;
  checkout: CheckoutSettings;
  readonly healing: HealingCircumstances;
  readonly predictions: PredictionCircumstances;
  readonly scaling: ScalingCircumstances;
  readonly tuning: TuningCircumstances;
  retention: RetentionRead;
}

export const settingsOf = (set: DeploymentCircumstances): World['settings'] => ({
  bootstrapKeyHash: set.bootstrapKeyHash,
  keyGraceMs: set.checkout.keyGraceMs,
  corsOrigins: set.corsOrigins,
  rateLimit: { quota: set.checkout.quota, windowSeconds: 60 },
  scaling: set.scaling.settings,
  shards: set.scaling.shards,
  healing: set.healing.deployment,
  predictions: set.predictions.settings,
  tuning: set.tuning.settings,
  retention: set.retention,
  fallbacks: set.checkout.fallbacks,
  version: '0.0.0-test',
});
