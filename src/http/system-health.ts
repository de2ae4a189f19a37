// The system's health from its processors': one word, one number, and what they rest on.
import { toldRow, type ToldRow } from '../domain/configuration/overridden-row.ts';
import type { StatusRow } from '../domain/health/status-row.ts';
import type { Status } from '../domain/health/window-summary.ts';
import type { RegisteredProcessor } from '../domain/processor-config.ts';
import type { TableData } from '../domain/routing/routing-table.ts';
import type { HeldTable } from '../ports/table-source.ts';
import type { World } from '../ports/world.ts';

export interface Found {
  readonly processor: RegisteredProcessor;
  readonly told: ToldRow;
}

/** `row`: as the processor itself answered, else as it last published itself. */
export function foundIn(held: HeldTable, processor: RegisteredProcessor, row: StatusRow | null, now: number): Found {
  const { data } = held.table;
  const told = toldRow(processor.id, row ?? rowOf(data, processor), data.configuration.overrides, now);
  return { processor, told };
}

/** A row of a deleted namesake is none of this processor's. */
export function rowOf({ rows }: TableData, { id, epoch }: RegisteredProcessor): StatusRow | null {
  const row = rows.get(id);
  return row !== undefined && row.epoch === epoch ? row : null;
}

const enabledOf = (found: readonly Found[]): readonly Found[] => found.filter(({ processor }) => processor.enabled);

export function systemStatus(found: readonly Found[]): Status {
  const statuses = enabledOf(found).map(({ told }) => told.effectiveStatus);
  if (statuses.every((status) => status === 'HEALTHY')) return 'HEALTHY';
  return statuses.every((status) => status === 'DOWN') ? 'DOWN' : 'DEGRADED';
}

export function scoreOf(found: readonly Found[]): number {
  const scores = enabledOf(found).map(({ told }) => told.healthScore);
  return scores.length === 0 ? 1 : scores.reduce((sum, score) => sum + score, 0) / scores.length;
}

export function breakerCounts(found: readonly Found[]) {
  const states = found.map(({ told }) => told.breaker.state);
  const count = (state: ToldRow['breaker']['state']): number => states.filter((found) => found === state).length;
  return {
    closed: count('CLOSED'),
    open: count('OPEN'),
    half_open: count('HALF_OPEN'),
    forced_open: count('FORCED_OPEN'),
    disabled: count('DISABLED'),
    metrics_only: count('METRICS_ONLY'),
    segments_open: found.reduce((sum, { told }) => sum + openSegments(told), 0),
  };
}

export const openSegments = ({ segments }: ToldRow): number =>
  segments.filter(({ breaker }) => breaker.state === 'OPEN' || breaker.state === 'FORCED_OPEN').length;

export function systemInfo(world: World, held: HeldTable) {
  const { configuration } = held.table.data;
  return {
    version: world.settings.version,
    configuration_version: configuration.version,
    table_age_ms: held.ageMs,
    table_source: held.source,
    processors: configuration.processors.length,
    processors_enabled: configuration.processors.filter(({ enabled }) => enabled).length,
  };
}
