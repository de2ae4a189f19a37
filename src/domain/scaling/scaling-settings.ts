// How many instances of the merchant's own gateways there may be, and when more or fewer are wanted: read from the deployment's variables, checked by field.
import type { Issue } from '../configuration/configuration-change.ts';

export interface ScalingSettings {
  /** Off: the number stays as it is, unless a person changes it. */
  readonly isOn: boolean;
  readonly instancesMin: number;
  readonly instancesMax: number;
  /** Payments a minute that one instance can take. */
  readonly perMinutePerInstance: number;
  /** More are wanted where instances would be fuller than this, 0-1. */
  readonly upAt: number;
  /** Fewer are wanted where that many would still be no fuller than this, 0-1; below `upAt`. */
  readonly downAt: number;
  /** After any change no instance is added before this. */
  readonly upCooldownMs: number;
  /** After any change, and after the load has fallen, none is taken away before this. */
  readonly downCooldownMs: number;
}

/** By the names of wrangler.toml. */
export const SCALING_VARIABLES = [
  'AUTO_SCALING_ENABLED',
  'MIN_INSTANCES',
  'MAX_INSTANCES',
  'TARGET_TPM_PER_INSTANCE',
  'CPU_SCALE_UP_THRESHOLD',
  'SCALE_UP_COOLDOWN_MS',
  'SCALE_DOWN_COOLDOWN_MS',
  'SCALING_PREFER_LOW_COST',
] as const;
export type ScalingVariables = Readonly<Record<(typeof SCALING_VARIABLES)[number], string>>;

export type SettingsRead =
  | { readonly ok: true; readonly settings: ScalingSettings }
  | { readonly ok: false; readonly issues: readonly Issue[] };

/** Traffic may swing by a quarter of its least before an instance comes and goes with it; by two thirds where cost matters less. */
const DOWN_SHARE_LOW_COST = 0.8;
const DOWN_SHARE = 0.6;
const INSTANCES_MAX = 10_000;
const DAY_MS = 86_400_000;

export function readScalingSettings(variables: ScalingVariables): SettingsRead {
  const issues: Issue[] = [];
  const number = (name: keyof ScalingVariables, least: number, most: number, isWhole: boolean): number => {
    const text = variables[name].trim();
    const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
    const isGood = value >= least && value <= most && (!isWhole || Number.isInteger(value));
    if (!isGood) issues.push({ field: name, message: `must be a ${isWhole ? 'whole ' : ''}number, ${least}-${most}` });
    return value;
  };
  const flag = (name: keyof ScalingVariables): boolean => {
    const text = variables[name].trim();
    if (text !== 'true' && text !== 'false') issues.push({ field: name, message: 'must be true or false' });
    return text === 'true';
  };
  const upAt = number('CPU_SCALE_UP_THRESHOLD', 1, 100, false) / 100;
  const settings: ScalingSettings = {
    isOn: flag('AUTO_SCALING_ENABLED'),
    // Never none: KEDA takes 0 as leave to stop every instance.
    instancesMin: number('MIN_INSTANCES', 1, INSTANCES_MAX, true),
    instancesMax: number('MAX_INSTANCES', 1, INSTANCES_MAX, true),
    perMinutePerInstance: number('TARGET_TPM_PER_INSTANCE', 1, 1_000_000_000, false),
    upAt,
    // As people would write it: 0.6, not 0.6000000000000001.
    downAt: Number((upAt * (flag('SCALING_PREFER_LOW_COST') ? DOWN_SHARE_LOW_COST : DOWN_SHARE)).toFixed(6)),
    upCooldownMs: number('SCALE_UP_COOLDOWN_MS', 0, DAY_MS, true),
    downCooldownMs: number('SCALE_DOWN_COOLDOWN_MS', 0, DAY_MS, true),
  };
  if (settings.instancesMax < settings.instancesMin)
    issues.push({ field: 'MAX_INSTANCES', message: 'must be at least MIN_INSTANCES' });
  return issues.length === 0 ? { ok: true, settings } : { ok: false, issues };
}
