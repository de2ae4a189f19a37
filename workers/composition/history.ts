// The part of the composition root that looks after history: the jobs that do, and whom they ask.
import * as measureHistory from '../measure-history.ts';
import * as retireHistory from '../retire-history.ts';
import { createHistoryDeskClient } from '../../durable-objects/history-desk-client.ts';
import { healingBookStub } from '../../durable-objects/healing-book-client.ts';
import { historyOf } from './kept-history.ts';
import { processorStub } from '../../durable-objects/processor-client.ts';
import { readRetention } from '../../src/domain/history/retention.ts';
import { registryStub } from '../../durable-objects/registry-client.ts';
import { askWithin } from '../../durable-objects/time-limit.ts';
import type { HistoryStanding } from '../../src/domain/history/history-standing.ts';
import type { Job } from '../../src/ports/job-port.ts';
import type { RegistryPort } from '../../src/ports/registry-port.ts';

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
