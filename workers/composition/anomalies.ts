// The part of the composition root that is about anomalies: their book, what it reads and whom it tells, and the job that finds them.
import * as findAnomalies from '../find-anomalies.ts';
import { createAnomalyDesk } from '../../durable-objects/anomaly-desk.ts';
import { createNeonAnomalies } from '../../src/db/neon-anomalies.ts';
import type { AnomalyDesk } from '../../src/ports/anomaly-port.ts';
import type { Job } from '../../src/ports/job-port.ts';
import type { RegistryPort } from '../../src/ports/registry-port.ts';

/** A question counts up as much as it may within this time. */
const QUESTION_MS = 8_000;

export function anomaliesOf(env: Env): AnomalyDesk {
  const { DATABASE_URL: databaseUrl } = env;
  return createAnomalyDesk(env, databaseUrl ? createNeonAnomalies({ databaseUrl, timeoutMs: QUESTION_MS }) : null);
}

export const anomalyJobsOf = (env: Env, registry: Pick<RegistryPort, 'configuration'>): readonly Job[] => [
  {
    ...findAnomalies.sheet,
    run: async (shift) => await findAnomalies.run(anomaliesOf(env), registry, Date.now(), shift),
  },
];
