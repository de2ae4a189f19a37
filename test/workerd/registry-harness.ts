// A Registry for tests: objects of its own per test, boards and processors that only write down what they were told.
import { env } from 'cloudflare:workers';
import { runInDurableObject } from 'cloudflare:test';
import { Registry } from '../../durable-objects/registry.ts';
import type { Alert, AlertSignal } from '../../src/domain/health/alert-book.ts';
import { asProcessorId, type SegmentKey } from '../../src/domain/identity.ts';
import type { ChannelRoute } from '../../src/domain/notifications/channel.ts';
import type { Word } from '../../src/domain/notifications/word.ts';
import type { ScalingChange } from '../../src/domain/scaling/scaling-state.ts';
import type { RegistryUpdate } from '../../src/domain/routing/table-exchange.ts';

export const ACTOR = { keyId: 'key_tester', requestId: 'req_1' };

export type BoardConduct = 'listens' | 'throws' | 'hangs';
/** `forgets`: it heard, and its answer was lost. */
export type CourierConduct = BoardConduct | 'forgets';

/** What reached the neighbours, in order. */
export interface Told {
  readonly updates: { region: string; update: RegistryUpdate }[];
  readonly alerts: { region: string; alerts: readonly Alert[] }[];
  readonly scaled: ScalingChange[];
  readonly retired: { id: string; epoch: number }[];
  readonly processorsTouched: string[];
  readonly words: { words: readonly Word[]; routes: readonly ChannelRoute[] }[];
  courier: CourierConduct;
}

let serial = 0;
export function newRegistryStub(): DurableObjectStub<Registry> {
  serial += 1;
  return env.REGISTRY.get(env.REGISTRY.idFromName(`registry-${serial}`));
}

/** The same object as after an eviction each time `again` is called: memory anew, storage as it is. */
export async function withRegistry(
  run: (registry: Registry, told: Told, again: () => Registry, state: DurableObjectState) => Promise<void>,
  conduct: BoardConduct = 'listens',
): Promise<void> {
  const told: Told = {
    updates: [],
    alerts: [],
    scaled: [],
    retired: [],
    processorsTouched: [],
    words: [],
    courier: 'listens',
  };
  await runInDurableObject(newRegistryStub(), async (_, state) => {
    const again = (): Registry => new Registry(state, fakeEnv(told, conduct));
    await run(again(), told, again, state);
  });
}

function fakeEnv(told: Told, conduct: BoardConduct): Env {
  const answer = async (write: () => void): Promise<void> => {
    if (conduct === 'throws') throw new Error('the board is away');
    if (conduct === 'hangs') await new Promise(() => undefined);
    write();
  };
  const board = (region: string) => ({
    announce: async (update: RegistryUpdate) => await answer(() => told.updates.push({ region, update })),
    announceAlerts: async (alerts: readonly Alert[]) => await answer(() => told.alerts.push({ region, alerts })),
    announceScaling: async (change: ScalingChange) => await answer(() => told.scaled.push(change)),
  });
  const processor = (id: string) => {
    told.processorsTouched.push(id);
    return { retire: async (epoch: number) => await answer(() => told.retired.push({ id, epoch })) };
  };
  const courier = {
    hear: async (words: readonly Word[], routes: readonly ChannelRoute[]) => {
      if (told.courier === 'hangs') await new Promise(() => undefined);
      if (told.courier !== 'throws') told.words.push({ words, routes });
      if (told.courier !== 'listens') throw new Error('the courier is away');
    },
  };
  return {
    ...env,
    ALERT_COURIER: namespaceOf(() => courier) as Env['ALERT_COURIER'],
    BOARD_REGIONS: 'east, west' as Env['BOARD_REGIONS'],
    ROUTING_BOARD: namespaceOf(board) as Env['ROUTING_BOARD'],
    PROCESSOR: namespaceOf(processor) as Env['PROCESSOR'],
  };
}

const namespaceOf = (stubOf: (name: string) => unknown): unknown => ({
  idFromName: (name: string) => name,
  get: stubOf,
});

export const signal = (id: string, fields: Partial<AlertSignal> = {}): AlertSignal => ({
  processorId: asProcessorId(id),
  epoch: Number.MAX_SAFE_INTEGER,
  scope: 'PIX|BR' as SegmentKey,
  kind: 'breaker',
  state: 'on',
  atMs: Date.now(),
  fromStatus: 'HEALTHY',
  toStatus: 'DOWN',
  reason: 'five technical failures in a row',
  evidence: { failures: 5 },
  moneyAtRisk: null,
  ...fields,
});

/** Every value of every table, as text: what a thief of the disk would read. */
export function everythingStored({ storage }: DurableObjectState): string {
  const tables = storage.sql.exec<{ name: string }>(`SELECT name FROM sqlite_master WHERE type = 'table'`).toArray();
  return tables
    .filter(({ name }) => !name.startsWith('_cf_'))
    .map(({ name }) => JSON.stringify(storage.sql.exec(`SELECT * FROM ${name}`).toArray()))
    .join('\n');
}
