// What Prometheus is told of cron jobs: runs by how they ended, up to when each is done, and crons that nobody knows.
import { type Family, familyText } from './metrics-text.ts';
import type { JobsKept } from '../ports/job-port.ts';

export function jobMetricsText({ records, unknownCrons }: JobsKept): string {
  const families: readonly Family[] = [
    {
      name: 'signalbox_job_runs_total',
      type: 'counter',
      help: 'Runs of cron jobs by outcome; a skipped one never began.',
      samples: records.flatMap(([job, { totals }]) =>
        Object.entries(totals).map(([outcome, count]) => [{ job, outcome }, count] as const),
      ),
    },
    {
      name: 'signalbox_job_watermark_timestamp_seconds',
      type: 'gauge',
      help: 'The latest scheduled time that a cron job has completed.',
      samples: records.flatMap(([job, { watermarkMs }]) =>
        watermarkMs === null ? [] : [[{ job }, watermarkMs / 1_000] as const],
      ),
    },
    {
      name: 'signalbox_unknown_crons_total',
      type: 'counter',
      help: 'Cron triggers that fired and have no job.',
      samples: [[{}, unknownCrons.count]],
    },
  ];
  return families
    .filter(({ samples }) => samples.length > 0)
    .map(familyText)
    .join('');
}
