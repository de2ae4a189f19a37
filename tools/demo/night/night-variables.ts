// The deployment's variables and cron lines in the night demo: those of wrangler.toml, but for how often tuning looks.
import type { PredictionVariables } from '../../../src/domain/predictions/prediction-settings.ts';
import type { RetentionVariables } from '../../../src/domain/history/retention.ts';
import type { ScalingVariables } from '../../../src/domain/scaling/scaling-settings.ts';
import type { ShardVariables } from '../../../src/domain/scaling/shard-settings.ts';
import type { TrainingVariables } from '../../../src/domain/training/training-settings.ts';
import type { TuningVariables } from '../../../src/domain/tuning/tuning-settings.ts';
import { readFileSync } from 'node:fs';

type Variables = PredictionVariables &
  RetentionVariables &
  ScalingVariables &
  ShardVariables &
  TrainingVariables &
  TuningVariables & { readonly DECISION_SAMPLE_RATE?: string };

/** Wrangler itself would read it as well, and takes a second to be loaded. */
const TEXT = readFileSync(new URL('../../../wrangler.toml', import.meta.url), 'utf8');
const VARIABLES = Object.fromEntries(
  [...TEXT.matchAll(/^([A-Z_]+) = "(.*)"$/gm)].map(([, name, value]) => [name, value]),
);

export const NIGHT_VARIABLES: Variables = {
  ...(VARIABLES as unknown as Variables),
  // Each round reads a day of attempts, and a trial goes on for hours.
  OPTIMIZATION_INTERVAL_MS: '600000',
};

export const NIGHT_CRONS = JSON.parse(/^crons = (.*)$/m.exec(TEXT)?.[1] ?? '[]') as readonly string[];
