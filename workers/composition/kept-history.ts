// The part of the composition root that writes history: the way to PostgreSQL, and the decisions that are kept for it.
import { createHistoryDeskClient } from '../../durable-objects/history-desk-client.ts';
import { DecisionMemory } from '../../src/platform/decision-memory.ts';
import { deferredPort } from '../../src/platform/deferred-port.ts';
import { readSampleRate } from '../../src/domain/history/sampled-decision.ts';
import type { DecisionLog } from '../../src/ports/history-desk.ts';
import type { HistoryKeeperPort, HistoryPort } from '../../src/ports/history-port.ts';

/** An object sends its rows while it does other work: no request of it may take long. */
const HISTORY_TIMEOUT_MS = 5_000;

const METHODS: Readonly<Record<keyof (HistoryPort & HistoryKeeperPort), true>> = {
  writeAttempts: true,
  writeBreakerChanges: true,
  keep: true,
  clock: true,
  makePartitions: true,
  dropPartitionsBefore: true,
  archivePartitionsBefore: true,
};

/** `null`: there is none. */
export function historyOf({ DATABASE_URL: databaseUrl }: Env): (HistoryPort & HistoryKeeperPort) | null {
  if (!databaseUrl) return null;
  return deferredPort<HistoryPort & HistoryKeeperPort>(METHODS, async () => {
    const { createNeonHistory } = await import('../../src/db/neon-history.ts');
    return createNeonHistory({ databaseUrl, timeoutMs: HISTORY_TIMEOUT_MS });
  });
}

const decisionMemory = new DecisionMemory();

export function decisionsOf(env: Env, later: (work: Promise<unknown>) => void, clock: () => number): DecisionLog {
  if (!env.DATABASE_URL) return { sampleRate: 0, note: () => undefined };
  return {
    sampleRate: readSampleRate(env.DECISION_SAMPLE_RATE),
    note: (row) => {
      const handingOn = decisionMemory.add(row, createHistoryDeskClient(env), clock());
      if (handingOn !== null) later(handingOn);
    },
  };
}
