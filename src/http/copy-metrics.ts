// What Prometheus is told of the copies of the routing table: how old the last one is that the store took, and how many it did not take.
import { type Family, familyText } from './metrics-text.ts';
import type { CopyPort } from '../ports/copy-port.ts';

export function copyMetricsText(standings: Awaited<ReturnType<CopyPort['standings']>>, now: number): string {
  const families: readonly Family[] = [
    {
      name: 'signalbox_table_copy_age_seconds',
      type: 'gauge',
      help: 'Since Redis last took a copy of the routing table, by the region of its board.',
      samples: standings.flatMap(({ region, takenAtMs }) =>
        takenAtMs === null ? [] : [[{ region }, Math.max(0, now - takenAtMs) / 1_000] as const],
      ),
    },
    {
      name: 'signalbox_table_copy_failures_total',
      type: 'counter',
      help: 'Copies of the routing table that Redis did not take, by the region of their board.',
      samples: standings.map(({ region, failures }) => [{ region }, failures] as const),
    },
  ];
  return families
    .filter(({ samples }) => samples.length > 0)
    .map(familyText)
    .join('');
}
