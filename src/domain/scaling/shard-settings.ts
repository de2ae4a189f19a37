// How many shards a processor may have, and how full one object may be: read from the deployment's variables, checked by field. Rules: SPEC.md [SHD].
import type { Issue } from '../configuration/configuration-change.ts';
import type { ScalingSettings } from './scaling-settings.ts';
import { SHARDS_MAX } from '../shards/slot-map.ts';

/** By the names of wrangler.toml. */
export const SHARD_VARIABLES = [
  'SHARDS_MAX',
  'SHARD_REQUESTS_PER_SECOND',
  'SHARD_SCALE_UP_THRESHOLD',
  'SHARD_UP_COOLDOWN_MS',
  'SHARD_DOWN_COOLDOWN_MS',
] as const;
export type ShardVariables = Readonly<Record<(typeof SHARD_VARIABLES)[number], string>>;

export interface ShardSettings {
  /** 1: a processor is never divided. */
  readonly shardsMax: number;
  /** What one object is taken to be able to answer. */
  readonly requestsPerSecond: number;
  readonly upAt: number;
  readonly upCooldownMs: number;
  readonly downCooldownMs: number;
}

export type ShardSettingsRead =
  | { readonly ok: true; readonly settings: ShardSettings }
  | { readonly ok: false; readonly issues: readonly Issue[] };

/** Fewer are wanted where that many would be no fuller than this part of `upAt`: what moves slots should not move them back. */
const DOWN_SHARE = 0.6;
const DAY_MS = 86_400_000;

export function readShardSettings(variables: ShardVariables): ShardSettingsRead {
  const issues: Issue[] = [];
  const whole = (name: keyof ShardVariables, least: number, most: number): number => {
    const text = variables[name].trim();
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    if (!(value >= least && value <= most))
      issues.push({ field: name, message: `must be a whole number, ${least}-${most}` });
    return value;
  };
  const settings: ShardSettings = {
    shardsMax: whole('SHARDS_MAX', 1, SHARDS_MAX),
    requestsPerSecond: whole('SHARD_REQUESTS_PER_SECOND', 1, 1_000_000),
    upAt: whole('SHARD_SCALE_UP_THRESHOLD', 1, 100) / 100,
    upCooldownMs: whole('SHARD_UP_COOLDOWN_MS', 0, DAY_MS),
    downCooldownMs: whole('SHARD_DOWN_COOLDOWN_MS', 0, DAY_MS),
  };
  return issues.length === 0 ? { ok: true, settings } : { ok: false, issues };
}

/** In the words by which instances are decided: one shard is one instance, full at a load of one object. */
export const inScalingWords = ({ shardsMax, upAt, upCooldownMs, downCooldownMs }: ShardSettings): ScalingSettings => ({
  isOn: true,
  instancesMin: 1,
  instancesMax: shardsMax,
  perMinutePerInstance: 1,
  upAt,
  downAt: upAt * DOWN_SHARE,
  upCooldownMs,
  downCooldownMs,
});
