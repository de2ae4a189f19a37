// The number of instances in memory, by the real core; the settings that wrangler.toml ships; and readings of an object's load.
import type { LoadReading } from '../../src/domain/scaling/load-window.ts';
import {
  readScalingSettings,
  type ScalingSettings,
  type ScalingVariables,
  type SettingsRead,
} from '../../src/domain/scaling/scaling-settings.ts';
import {
  readShardSettings,
  type ShardSettingsRead,
  type ShardVariables,
} from '../../src/domain/scaling/shard-settings.ts';
import type { ProcessorLoad } from '../../src/domain/scaling/processor-load.ts';
import { grantWish, scalingExcerpt } from '../../src/domain/scaling/scaling-wish.ts';
import type { ScalingState } from '../../src/domain/scaling/scaling-state.ts';
import type { Actor, AuditEntry, RegistryPort } from '../../src/ports/registry-port.ts';

export const SCALING_SAMPLE: ScalingVariables = {
  AUTO_SCALING_ENABLED: 'true',
  MIN_INSTANCES: '2',
  MAX_INSTANCES: '20',
  TARGET_TPM_PER_INSTANCE: '100',
  CPU_SCALE_UP_THRESHOLD: '75',
  SCALE_UP_COOLDOWN_MS: '60000',
  SCALE_DOWN_COOLDOWN_MS: '300000',
  SCALING_PREFER_LOW_COST: 'true',
};

export const SHARD_SAMPLE: ShardVariables = {
  SHARDS_MAX: '16',
  SHARD_REQUESTS_PER_SECOND: '500',
  SHARD_SCALE_UP_THRESHOLD: '70',
  SHARD_UP_COOLDOWN_MS: '15000',
  SHARD_DOWN_COOLDOWN_MS: '300000',
};

export function scalingSettings(changed: Partial<ScalingSettings> = {}): ScalingSettings {
  const read = readScalingSettings(SCALING_SAMPLE);
  if (!read.ok) throw new Error('the sample is refused');
  return { ...read.settings, ...changed };
}

export const readingOf = (changed: Partial<LoadReading> = {}): LoadReading => ({
  calls: 0,
  results: 0,
  attempts: 0,
  refusedCalls: 0,
  refusedResults: 0,
  commits: 0,
  committedResults: 0,
  permits: 0,
  lagMsSum: 0,
  lagMsMax: 0,
  queueDepth: 0,
  queueDepthMax: 0,
  measuredMs: 60_000,
  attemptsKnownMs: 60_000,
  ...changed,
});

export interface ScalingCircumstances {
  state: ScalingState | null;
  settings: SettingsRead;
  shards: ShardSettingsRead;
  /** By processor; of others nothing was counted. */
  readonly loads: Map<string, ProcessorLoad>;
}

export const noScaling = (): ScalingCircumstances => ({
  state: null,
  settings: readScalingSettings(SCALING_SAMPLE),
  shards: readShardSettings(SHARD_SAMPLE),
  loads: new Map(),
});

export function scalingMethodsOf(
  set: { readonly now: number; readonly scaling: ScalingCircumstances },
  reached: <Reply>(reply: () => Reply | Promise<Reply>) => Promise<Reply>,
  note: (actor: Actor, entry: Pick<AuditEntry, 'action' | 'subject'> & Partial<AuditEntry>) => void,
): Pick<RegistryPort, 'scaling' | 'scale'> {
  return {
    scaling: async () => await reached(() => set.scaling.state),
    scale: async (wish, actor) =>
      await reached(() => {
        const before = set.scaling.state;
        const reply = grantWish(wish, before, set.now);
        if (!reply.ok) return reply;
        set.scaling.state = reply.state;
        if (actor !== null) note(actor, scalingExcerpt(before, reply.state, wish));
        return reply;
      }),
  };
}
