// Which statuses of a processor changed since they were last looked at: of the whole under `*`, and of each segment.
import { statusReason } from '../health/status.ts';
import { RESIDUAL } from '../segment.ts';
import type { SegmentRow, StatusRow } from '../health/status-row.ts';
import type { Status } from '../health/window-summary.ts';
import type { StatusChangeRow } from './kept-rows.ts';

/** By scope; who is healthy is left out. Plain JSON. */
export interface KnownStatuses {
  readonly epoch: number;
  readonly statuses: Readonly<Record<string, Status>>;
}

export interface SeenStatuses {
  readonly known: KnownStatuses;
  readonly changes: readonly StatusChangeRow[];
}

type Standing = Pick<SegmentRow, 'effectiveStatus' | 'breaker' | 'window'>;

/** `row`: of all segments. A processor that was registered anew begins healthy. */
export function seeStatuses(before: KnownStatuses | null, row: StatusRow): SeenStatuses {
  const { processorId, epoch, publishedAtMs: changedAtMs } = row;
  const former: Readonly<Record<string, Status>> = before?.epoch === epoch ? before.statuses : {};
  const standings = new Map<string, Standing>([
    [RESIDUAL, row],
    ...row.segments.map((segment) => [segment.segment, segment] as const),
  ]);
  const scopes = new Set([...standings.keys(), ...Object.keys(former)]);
  const changes = [...scopes].flatMap((scope): StatusChangeRow[] => {
    const standing = standings.get(scope);
    const [fromStatus, toStatus] = [former[scope] ?? 'HEALTHY', standing?.effectiveStatus ?? 'HEALTHY'];
    if (fromStatus === toStatus) return [];
    return [{ changedAtMs, processorId, epoch, scope, fromStatus, toStatus, reason: reasonOf(standing) }];
  });
  const ailing = [...standings].filter(([, { effectiveStatus }]) => effectiveStatus !== 'HEALTHY');
  const statuses = Object.fromEntries(ailing.map(([scope, { effectiveStatus }]) => [scope, effectiveStatus]));
  return { known: { epoch, statuses }, changes };
}

function reasonOf(standing: Standing | undefined): string {
  if (standing === undefined) return 'No transactions any more';
  const { breaker, effectiveStatus, window } = standing;
  if (breaker.state !== 'CLOSED') return `The breaker is ${breaker.state}`;
  return effectiveStatus === window.status ? statusReason(window) : 'A change detector or a segment says so';
}
