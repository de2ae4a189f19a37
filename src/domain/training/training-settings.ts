// From how many attempts on a model may be trained: read from the deployment's variable, checked by name.
import type { Issue } from '../configuration/configuration-change.ts';
import { Misconfigured } from '../configuration/misconfigured.ts';

export interface TrainingSettings {
  readonly samplesMin: number;
}

/** By the name of wrangler.toml, which is APOS's. */
export type TrainingVariables = Readonly<Record<'MIN_TRAINING_SAMPLES', string>>;

export type TrainingSettingsRead =
  | { readonly ok: true; readonly settings: TrainingSettings }
  | { readonly ok: false; readonly issues: readonly Issue[] };

const SAMPLES_MIN = 100;
const SAMPLES_MAX = 10_000_000;

export function readTrainingSettings(variables: TrainingVariables): TrainingSettingsRead {
  const text = variables.MIN_TRAINING_SAMPLES.trim();
  const samplesMin = /^\d+$/.test(text) ? Number(text) : NaN;
  if (samplesMin >= SAMPLES_MIN && samplesMin <= SAMPLES_MAX) return { ok: true, settings: { samplesMin } };
  const message = `must be a whole number, ${SAMPLES_MIN}-${SAMPLES_MAX}`;
  return { ok: false, issues: [{ field: 'MIN_TRAINING_SAMPLES', message }] };
}

/** Throws where the variable is wrong, and names it: nothing is trained by a bound that nobody meant. */
export function trainingSettingsFrom(read: TrainingSettingsRead): TrainingSettings {
  if (read.ok) return read.settings;
  throw new Misconfigured(read.issues);
}
