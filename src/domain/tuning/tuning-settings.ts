// Whether settings are tuned, how often that is looked at, and whether it is only advised: read from the deployment's variables, checked by name.
import type { Issue } from '../configuration/configuration-change.ts';
import { Misconfigured } from '../configuration/misconfigured.ts';

export interface TuningSettings {
  readonly isOn: boolean;
  /** Between two looks. */
  readonly intervalMs: number;
  /** Nothing is changed: what would be tried is said. */
  readonly isConservative: boolean;
}

/** By the names of wrangler.toml, which are the Operations module's. */
export const TUNING_VARIABLES = ['AUTO_OPTIMIZATION_ENABLED', 'OPTIMIZATION_INTERVAL_MS', 'CONSERVATIVE_MODE'] as const;
export type TuningVariables = Readonly<Record<(typeof TUNING_VARIABLES)[number], string>>;

export type TuningSettingsRead =
  | { readonly ok: true; readonly settings: TuningSettings }
  | { readonly ok: false; readonly issues: readonly Issue[] };

/** The job runs each minute. */
const INTERVAL = { min: 60_000, max: 86_400_000 } as const;

export function readTuningSettings(variables: TuningVariables): TuningSettingsRead {
  const issues: Issue[] = [];
  const flag = (name: keyof TuningVariables): boolean => {
    const text = variables[name].trim();
    if (text !== 'true' && text !== 'false') issues.push({ field: name, message: 'must be true or false' });
    return text === 'true';
  };
  const text = variables.OPTIMIZATION_INTERVAL_MS.trim();
  const intervalMs = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(intervalMs >= INTERVAL.min && intervalMs <= INTERVAL.max))
    issues.push({ field: 'OPTIMIZATION_INTERVAL_MS', message: `must be ${INTERVAL.min} to ${INTERVAL.max}` });
  const isConservative = flag('CONSERVATIVE_MODE');
  const isOn = flag('AUTO_OPTIMIZATION_ENABLED');
  return issues.length === 0 ? { ok: true, settings: { isOn, intervalMs, isConservative } } : { ok: false, issues };
}

/** Throws where a variable of the deployment is wrong, and names it: nothing is tried by settings nobody meant. */
export function tuningSettingsFrom(read: TuningSettingsRead): TuningSettings {
  if (read.ok) return read.settings;
  throw new Misconfigured(read.issues);
}

export const tuningModeOf = ({ isOn, isConservative }: TuningSettings): 'act' | 'conservative' | 'off' =>
  isOn ? (isConservative ? 'conservative' : 'act') : 'off';
