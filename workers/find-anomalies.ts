// Every minute: what is not as it usually is, why, and what it costs.
import { findAnomalies } from '../src/flows/find-anomalies.ts';
import type { AnomalyDesk } from '../src/ports/anomaly-port.ts';
import type { JobSheet, Shift } from '../src/ports/job-port.ts';
import type { RegistryPort } from '../src/ports/registry-port.ts';

export const sheet: JobSheet = {
  name: 'find-anomalies',
  summary: 'Learns the latest minutes of history, and finds, explains and tells what is not as usual in them.',
  crons: ['* * * * *'],
  timeLimitMs: 40_000,
};

/** The book knows how far it has learned: what two runs read is learned once. */
export async function run(
  desk: AnomalyDesk,
  registry: Pick<RegistryPort, 'configuration'>,
  now: number,
  { signal, count }: Pick<Shift, 'signal' | 'count'>,
): Promise<void> {
  await findAnomalies(desk, await registry.configuration(), { now, signal, count });
}
