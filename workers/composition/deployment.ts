// The part of the composition root that is about a deployment's variables: what holds by them, and one line in the log for each that is wrong.
import { type CheckoutVariables, readCheckoutVariables } from '../../src/domain/configuration/checkout-variables.ts';
import { type HealingVariables, readHealingVariables } from '../../src/domain/healing/healing-variables.ts';
import { log } from '../../durable-objects/object-log.ts';
import { type PredictionVariables, readPredictionSettings } from '../../src/domain/predictions/prediction-settings.ts';
import { readRetention, type RetentionVariables } from '../../src/domain/history/retention.ts';
import { readScalingSettings, type ScalingVariables } from '../../src/domain/scaling/scaling-settings.ts';
import { readShardSettings, type ShardVariables } from '../../src/domain/scaling/shard-settings.ts';
import { readTrainingSettings, type TrainingVariables } from '../../src/domain/training/training-settings.ts';
import { readTuningSettings, type TuningVariables } from '../../src/domain/tuning/tuning-settings.ts';
import type { World } from '../../src/ports/world.ts';

export type DeploymentVariables = CheckoutVariables &
  HealingVariables &
  PredictionVariables &
  RetentionVariables &
  ScalingVariables &
  ShardVariables &
  TrainingVariables &
  TuningVariables & { readonly CORS_ORIGINS: string; readonly BOOTSTRAP_KEY_HASH?: string };

/** As `period` of RATE_LIMIT in wrangler.toml. */
const WINDOW_SECONDS = 60;
/** What this isolate has told: a wrong variable stays wrong until the next deployment, and every request meets it. */
const told = new Set<string>();

/** A deployment's variables stay what they are. */
const settings = new WeakMap<DeploymentVariables, World['settings']>();

export function settingsOf(env: DeploymentVariables): World['settings'] {
  const known = settings.get(env);
  if (known !== undefined) return known;
  const read = readSettings(env);
  settings.set(env, read);
  return read;
}

function readSettings(env: DeploymentVariables): World['settings'] {
  const { keyGraceMs, quota, fallbacks } = readCheckoutVariables(env);
  const rooms = {
    scaling: readScalingSettings(env),
    shards: readShardSettings(env),
    healing: readHealingVariables(env),
    predictions: readPredictionSettings(env),
    tuning: readTuningSettings(env),
    retention: readRetention(env),
  };
  for (const { field, message, inForce } of fallbacks) tellOnce(`${field} ${message}; ${inForce} holds`);
  for (const read of [...Object.values(rooms), readTrainingSettings(env)])
    for (const { field, message } of read.ok ? [] : read.issues) tellOnce(`${field} ${message}`);
  return {
    ...rooms,
    bootstrapKeyHash: env.BOOTSTRAP_KEY_HASH ?? null,
    keyGraceMs,
    corsOrigins: env.CORS_ORIGINS.split(',')
      .map((origin) => origin.trim())
      .filter((origin) => origin !== ''),
    rateLimit: { quota, windowSeconds: WINDOW_SECONDS },
    fallbacks,
    version: '0.1.0',
  };
}

function tellOnce(message: string): void {
  if (told.has(message)) return;
  told.add(message);
  log({ event: 'misconfigured', error_message: message });
}
