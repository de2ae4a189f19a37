// Whether troubles are foretold, how readily they are told, and whether maintenance is scheduled for them: read from the deployment's variables, checked by name.
import type { Issue } from '../configuration/configuration-change.ts';
import { Misconfigured } from '../configuration/misconfigured.ts';
import { PROBABILITY_MIN, type Sensitivity } from './prediction-book.ts';

export interface PredictionSettings {
  readonly isOn: boolean;
  readonly sensitivity: Sensitivity;
  readonly schedulesMaintenance: boolean;
  /** How probable a prediction must be to be acted on, 0-1; below it is advice. */
  readonly confidenceMin: number;
}

/** By the names of wrangler.toml, which are the Operations module's and, of the last, APOS's. */
export const PREDICTION_VARIABLES = [
  'PREDICTIVE_MAINTENANCE_ENABLED',
  'PREDICTION_SENSITIVITY',
  'AUTO_SCHEDULE_MAINTENANCE',
  'CONFIDENCE_THRESHOLD',
] as const;
export type PredictionVariables = Readonly<Record<(typeof PREDICTION_VARIABLES)[number], string>>;

export type PredictionSettingsRead =
  | { readonly ok: true; readonly settings: PredictionSettings }
  | { readonly ok: false; readonly issues: readonly Issue[] };

export function readPredictionSettings(variables: PredictionVariables): PredictionSettingsRead {
  const issues: Issue[] = [];
  const flag = (name: keyof PredictionVariables): boolean => {
    const text = variables[name].trim();
    if (text !== 'true' && text !== 'false') issues.push({ field: name, message: 'must be true or false' });
    return text === 'true';
  };
  const wanted = variables.PREDICTION_SENSITIVITY.trim();
  const sensitivity = (Object.keys(PROBABILITY_MIN) as Sensitivity[]).find((known) => known === wanted);
  if (sensitivity === undefined)
    issues.push({ field: 'PREDICTION_SENSITIVITY', message: 'must be low, medium or high' });
  const confidence = variables.CONFIDENCE_THRESHOLD.trim();
  const confidenceMin = /^\d(\.\d{1,9})?$/.test(confidence) ? Number(confidence) : Number.NaN;
  if (!(confidenceMin <= 1)) issues.push({ field: 'CONFIDENCE_THRESHOLD', message: 'must be a number, 0-1' });
  const settings: PredictionSettings = {
    isOn: flag('PREDICTIVE_MAINTENANCE_ENABLED'),
    sensitivity: sensitivity ?? 'medium',
    schedulesMaintenance: flag('AUTO_SCHEDULE_MAINTENANCE'),
    confidenceMin,
  };
  return issues.length === 0 ? { ok: true, settings } : { ok: false, issues };
}

/** Throws where a variable of the deployment is wrong, and names it: nothing is foretold by settings nobody meant. */
export function settingsFrom(read: PredictionSettingsRead): PredictionSettings {
  if (read.ok) return read.settings;
  throw new Misconfigured(read.issues);
}
