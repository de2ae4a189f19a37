// What may be tuned of a processor, between which bounds, and what one payment is told.
import type { RegisteredProcessor } from '../processor-config.ts';
import { isOnTrial, type RunningTrial, type TrialMoment } from './trial-arm.ts';

export const SETTING_NAMES = ['timeout_ms', 'attempts_max', 'requests_per_second', 'table_max_age_ms'] as const;
export type SettingName = (typeof SETTING_NAMES)[number];

/** What was kept; left out: the default. */
export type TunedValues = Readonly<Partial<Record<SettingName, number>>>;

/** Absolute: nothing beyond them is tried, kept or told, whatever was measured or stored. */
export const BOUNDS: Readonly<Record<SettingName, { readonly min: number; readonly max: number }>> = {
  timeout_ms: { min: 1_000, max: 60_000 },
  attempts_max: { min: 1, max: 5 },
  requests_per_second: { min: 1, max: 10_000 },
  table_max_age_ms: { min: 1_000, max: 30_000 },
};

/** Before anything was tuned. A rate without a limit is `null`. */
const DEFAULTS: { readonly [Name in SettingName]: Value<Name> } = {
  timeout_ms: 30_000,
  attempts_max: 3,
  requests_per_second: null,
  table_max_age_ms: 2_000,
};
type Value<Name extends SettingName> = Name extends 'requests_per_second' ? number | null : number;

/** A whole number within the bounds; `null`: it is no number. */
export function bounded(setting: SettingName, value: number): number | null {
  const { min, max } = BOUNDS[setting];
  return Number.isNaN(value) ? null : Math.min(max, Math.max(min, Math.round(value)));
}

export type Tunable = Pick<RegisteredProcessor, 'id' | 'epoch' | 'maxTps'>;

/** The limit that an operator has set is never exceeded. */
export function currentValue<Name extends SettingName>(
  setting: Name,
  values: TunedValues,
  { maxTps }: Pick<Tunable, 'maxTps'>,
): Value<Name> {
  const kept = values[setting];
  const value = kept === undefined ? DEFAULTS[setting] : (bounded(setting, kept) ?? DEFAULTS[setting]);
  if (setting !== 'requests_per_second' || maxTps === null) return value as Value<Name>;
  return Math.min(value ?? maxTps, maxTps) as Value<Name>;
}

/** Of one processor, as isolates hold it. */
export interface PublishedTuning {
  readonly processorId: string;
  /** Of another life of the processor it says nothing. */
  readonly epoch: number;
  readonly values: TunedValues;
  readonly trial: PublishedTrial | null;
}

export interface PublishedTrial extends RunningTrial {
  readonly id: string;
  readonly value: number;
}

export interface ToldSettings {
  readonly timeoutMs: number;
  readonly attemptsMax: number;
  /** `null`: no limit. */
  readonly requestsPerSecond: number | null;
  readonly tableMaxAgeMs: number;
  /** The optimization that is on trial, and whether this payment gets what is tried. */
  readonly trial: { readonly id: string; readonly isOn: boolean } | null;
}

export function settingsFor(
  processor: Tunable,
  published: PublishedTuning | undefined,
  moment: TrialMoment,
): ToldSettings {
  const own = published?.epoch === processor.epoch ? published : undefined;
  const trial = own?.trial ?? null;
  const isOn = trial !== null && isOnTrial(trial, moment);
  const values = isOn ? { ...own?.values, [trial.setting]: trial.value } : (own?.values ?? {});
  return {
    timeoutMs: currentValue('timeout_ms', values, processor),
    attemptsMax: currentValue('attempts_max', values, processor),
    requestsPerSecond: currentValue('requests_per_second', values, processor),
    tableMaxAgeMs: currentValue('table_max_age_ms', values, processor),
    trial: trial === null ? null : { id: trial.id, isOn },
  };
}
