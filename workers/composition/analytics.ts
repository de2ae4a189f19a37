// The part of the composition root that is about analytics: who reads roll-ups, and what makes them.
import { createNeonAnalytics } from '../../src/db/neon-analytics.ts';
import { createNeonRollUps } from '../../src/db/neon-roll-ups.ts';
import type { AnalyticsPort } from '../../src/ports/analytics-port.ts';
import type { RegistryPort } from '../../src/ports/registry-port.ts';
import type { RollUpWorld } from '../../src/flows/roll-up-history.ts';

/** Of one question; roll-ups answer most in a tenth of a second. */
const ANALYTICS_TIMEOUT_MS = 10_000;
/** A busy hour has more than a million attempts to count. */
const ROLL_UP_TIMEOUT_MS = 45_000;

/** `null`: no history is kept. */
export const analyticsOf = ({ DATABASE_URL: databaseUrl }: Env): AnalyticsPort | null =>
  databaseUrl ? createNeonAnalytics({ databaseUrl, timeoutMs: ANALYTICS_TIMEOUT_MS }) : null;

export function rollUpWorldOf(
  { DATABASE_URL: databaseUrl }: Env,
  registry: Pick<RegistryPort, 'configuration'>,
): RollUpWorld | null {
  if (!databaseUrl) return null;
  const rollUps = createNeonRollUps({ databaseUrl, timeoutMs: ROLL_UP_TIMEOUT_MS });
  return { rollUps, configuration: async () => await registry.configuration(), now: () => Date.now() };
}
