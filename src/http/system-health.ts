// The system's health from its processors': one word, one number, and what they rest on.
import type { StatusRow } from '../domain/health/status-row.ts';
import type { Status } from '../domain/health/window-summary.ts';
import type { RegisteredProcessor } from '../domain/processor-config.ts';
import type { TableData } from '../domain/routing/routing-table.ts';
import type { HeldTable } from '../ports/table-source.ts';
import type { World } from '../ports/world.ts';

/** `null`: it has never reported. */
export interface Found {
  readonly processor: RegisteredProcessor;
  readonly row: StatusRow | null;
}

/** A row of a deleted namesake is none of this processor's. */
export function rowOf({ rows }: TableData, { id, epoch }: RegisteredProcessor): StatusRow | null {
  const row = rows.get(id);
  return row !== undefined && row.epoch === epoch ? row : null;
}

const enabledOf = (found: readonly Found[]): readonly Found[] => found.filter(({ processor }) => processor.enabled);

export function systemStatus(found: readonly Found[]): Status {
  const statuses = enabledOf(found).map(({ row }) => row?.effectiveStatus ?? 'HEALTHY');
  if (statuses.every((status) => status === 'HEALTHY')) return 'HEALTHY';
  return statuses.every((status) => status === 'DOWN') ? 'DOWN' : 'DEGRADED';
}

export function scoreOf(found: readonly Found[]): number {
  const scores = enabledOf(found).map(({ row }) => row?.healthScore ?? 1);
  return scores.length === 0 ? 1 : scores.reduce((sum, score) => sum + score, 0) / scores.length;
}

export function breakerCounts(found: readonly Found[]) {
  const states = found.map(({ row }) => row?.breaker.state ?? 'CLOSED');
  const count = (state: string): number => states.filter((found) => found === state).length;
  return {
    closed: count('CLOSED'),
    open: count('OPEN'),
    half_open: count('HALF_OPEN'),
    segments_open: found.reduce((sum, { row }) => sum + openSegments(row), 0),
  };
}

export const openSegments = (row: StatusRow | null): number =>
  row?.segments.filter(({ breaker }) => breaker.state === 'OPEN').length ?? 0;

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
