// What Prometheus is told of history: how much of each object it lacks, and what it will never have.
import { type Family, familyText } from './metrics-text.ts';
import type { HistoryStandings } from '../ports/history-desk.ts';

/** As it was when it was last measured: by then the decisions' own standing is the only one that is of now. */
export function historyMetricsText({ atMs, standings }: HistoryStandings): string {
  const samplesOf = (what: 'waiting' | 'dropped' | 'refused') =>
    standings.map((standing) => [{ object: standing.object }, standing[what]] as const);
  const families: readonly Family[] = [
    {
      name: 'signalbox_history_waiting',
      type: 'gauge',
      help: 'Commits and entries that history has not got yet.',
      samples: samplesOf('waiting'),
    },
    {
      name: 'signalbox_history_dropped_total',
      type: 'counter',
      help: 'Rows that were let go for want of room while PostgreSQL was away.',
      samples: samplesOf('dropped'),
    },
    {
      name: 'signalbox_history_refused_total',
      type: 'counter',
      help: 'Rows that PostgreSQL will not have.',
      samples: samplesOf('refused'),
    },
    {
      name: 'signalbox_history_measured_timestamp_seconds',
      type: 'gauge',
      help: 'When the objects were last asked.',
      samples: atMs === null ? [] : [[{}, atMs / 1_000]],
    },
  ];
  return families
    .filter(({ samples }) => samples.length > 0)
    .map(familyText)
    .join('');
}
