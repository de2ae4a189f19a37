// The part of the composition root that is about history: which objects keep rows for it, and the jobs that look after it.
import * as measureHistory from '../measure-history.ts';
import * as retireHistory from '../retire-history.ts';
import { createHistoryDeskClient } from '../../durable-objects/history-desk-client.ts';
import { createNeonHistory } from '../../src/db/neon-history.ts';
import { DecisionMemory } from '../../src/platform/decision-memory.ts';
import { HealingBook as HealingBookObject } from '../../durable-objects/healing-book.ts';
import { healingBookStub } from '../../durable-objects/healing-book-client.ts';
import { HistoryDesk as HistoryDeskObject } from '../../durable-objects/history-desk.ts';
import { DividedProcessor } from '../../durable-objects/divided-processor.ts';
import { ProcessorShard as ProcessorShardObject } from '../../durable-objects/processor-shard.ts';
import { processorStub } from '../../durable-objects/processor-client.ts';
import { readRetention } from '../../src/domain/history/retention.ts';
import { readSampleRate } from '../../src/domain/history/sampled-decision.ts';
import { Registry as RegistryObject } from '../../durable-objects/registry.ts';
import { registryStub } from '../../durable-objects/registry-client.ts';
import { askWithin } from '../../durable-objects/time-limit.ts';
import type { DecisionLog } from '../../src/ports/history-desk.ts';
import type { HistoryKeeperPort, HistoryPort } from '../../src/ports/history-port.ts';
import type { HistoryStanding } from '../../src/domain/history/history-standing.ts';
import type { Job } from '../../src/ports/job-port.ts';
import type { RegistryPort } from '../../src/ports/registry-port.ts';

/** An object sends its rows while it does other work: no request of it may take long. */
const HISTORY_TIMEOUT_MS = 5_000;

/** `null`: there is none. */
export const historyOf = ({ DATABASE_URL: databaseUrl }: Env): (HistoryPort & HistoryKeeperPort) | null =>
  databaseUrl ? createNeonHistory({ databaseUrl, timeoutMs: HISTORY_TIMEOUT_MS }) : null;

export class Processor extends DividedProcessor {
  protected override history(): HistoryPort | null {
    return historyOf(this.env);
  }
}

export class ProcessorShard extends ProcessorShardObject {
  protected override history(): HistoryPort | null {
    return historyOf(this.env);
  }
}

export class Registry extends RegistryObject {
  protected override history(): HistoryPort | null {
    return historyOf(this.env);
  }
}

export class HealingBook extends HealingBookObject {
  protected override history(): HistoryPort | null {
    return historyOf(this.env);
  }
}

export class HistoryDesk extends HistoryDeskObject {
  protected override history(): HistoryPort | null {
    return historyOf(this.env);
  }
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

/** Of one object. */
const STANDING_WAIT_MS = 5_000;

export function historyJobsOf(
  env: Env,
  registry: Pick<RegistryPort, 'configuration' | 'note'>,
  /** Others that keep rows for history, by name. */
  others: Readonly<Record<string, () => Promise<HistoryStanding>>>,
): readonly Job[] {
  const keeper = historyOf(env);
  return [
    {
      ...retireHistory.sheet,
      run: async (shift) => {
        const world = { registry, retention: readRetention(env), now: () => Date.now() };
        await retireHistory.run(keeper === null ? null : { ...world, keeper }, shift);
      },
    },
    {
      ...measureHistory.sheet,
      run: async (shift) => {
        const { processors } = await registry.configuration();
        const known: typeof others = {
          ...Object.fromEntries(
            processors.map(({ id }) => [id, async () => await processorStub(env, id).historyStanding()]),
          ),
          registry: async () => await registryStub(env).historyStanding(),
          healing: async () => await healingBookStub(env).historyStanding(),
          ...others,
        };
        const holders = Object.entries(known).map(([object, ask]) => ({
          object,
          standing: async () => await askWithin(STANDING_WAIT_MS, object, ask),
        }));
        await measureHistory.run(holders, createHistoryDeskClient(env), shift, Date.now());
      },
    },
  ];
}
