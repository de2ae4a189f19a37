// The routing board on workerd: what it keeps over an eviction, what it drops, and what it fetches by itself.
import { env } from 'cloudflare:workers';
import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { describe, expect, test } from 'vitest';
import { resultOf } from '../harness/results.ts';
import { register } from './registered-processors.ts';
import type { RegistryObject } from '../../durable-objects/registry-client.ts';
import type { StatusRow } from '../../src/domain/health/status-row.ts';
import type { TableDelta } from '../../src/ports/board-port.ts';

const ACTOR = { keyId: 'k', requestId: 'r' };
const registry = env.REGISTRY.get(env.REGISTRY.idFromName('main')) as unknown as RegistryObject;
const board = env.ROUTING_BOARD.get(env.ROUTING_BOARD.idFromName('main'));
const refill = async (cursor: TableDelta['cursor'] | null = null): Promise<TableDelta> =>
  (await board.refill(cursor, [])) as unknown as TableDelta;

describe('the board', () => {
  test('[BRD-1] a trip and the configuration survive an eviction of the board', async () => {
    const address = await register('kept');
    const stub = env.PROCESSOR.get(env.PROCESSOR.idFromName('kept'));
    const now = Date.now();
    const errors = Array.from({ length: 12 }, (_, index) =>
      resultOf('kept', { eventTimeMs: now + index, result: 'error' }),
    );
    await stub.record(address, errors);
    await evictDurableObject(board);
    const delta = await refill();
    expect(delta.configuration?.processors.map(({ id }) => id)).toContain('kept');
    expect(delta.rows.find(({ processorId }) => processorId === 'kept')?.segments[0]?.breaker.state).toBe('OPEN');
  });

  test('[BRD-2] a refill brings what changed since the cursor, and everything to a cursor of another life', async () => {
    const address = await register('changing');
    const first = await refill();
    expect((await refill(first.cursor)).configuration).toBeNull();
    const stub = env.PROCESSOR.get(env.PROCESSOR.idFromName('changing'));
    await stub.record(address, [resultOf('changing', { eventTimeMs: Date.now() })]);
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    const next = await refill(first.cursor);
    expect(next.rows.map(({ processorId }) => processorId)).toContain('changing');
    const other = await refill({ ...next.cursor, boardId: 'another life' });
    expect(other.configuration).not.toBeNull();
    expect(other.rows.length).toBeGreaterThanOrEqual(next.rows.length);
  });

  test('[BRD-3] an older row, a row of a former epoch and one of nobody are dropped', async () => {
    const address = await register('ordered');
    const stub = env.PROCESSOR.get(env.PROCESSOR.idFromName('ordered'));
    const row = (await stub.row(address)) as unknown as StatusRow;
    const held = async (): Promise<StatusRow | undefined> =>
      (await refill()).rows.find(({ processorId }) => processorId === address.id);
    await board.push({ ...row, version: row.version + 1_000, healthScore: 0.5 } as never, true);
    for (const older of [{ version: row.version }, { version: row.version + 9_999, epoch: row.epoch - 1 }]) {
      await board.push({ ...row, ...older } as never, true);
    }
    await board.push({ ...row, processorId: 'nobody' as typeof row.processorId } as never, true);
    expect(await held()).toMatchObject({ version: row.version + 1_000, healthScore: 0.5 });
    expect((await refill()).rows.some(({ processorId }) => processorId === 'nobody')).toBe(false);
  });

  test('[BRD-4] a row that was never pushed is fetched from its object', async () => {
    const address = await register('quiet');
    const stub = env.PROCESSOR.get(env.PROCESSOR.idFromName('quiet'));
    await runInDurableObject(stub, (instance) => {
      // Its pushes go nowhere: the boards it knows do not exist.
      Object.assign(instance, { env: { ...env, BOARD_REGIONS: 'elsewhere' } });
    });
    await stub.record(address, [resultOf('quiet', { eventTimeMs: Date.now() })]);
    await board.sweep();
    expect((await refill()).rows.find(({ processorId }) => processorId === address.id)?.window.total).toBe(1);
  });

  test('[BRD-11] copies that the store did not take are counted over an eviction of the board', async () => {
    await register('copied');
    expect(await board.copyStanding()).toBeNull();
    const refusing = { publish: () => Promise.reject(new Error('full')), read: () => Promise.resolve(null) };
    const give = async (): Promise<void> =>
      await runInDurableObject(board, (instance) => {
        Object.assign(instance, { replica: () => refusing });
      });
    await give();
    await board.sweep();
    await expect.poll(() => board.copyStanding()).toEqual({ takenAtMs: null, failures: 1 });
    await evictDurableObject(board);
    await give();
    expect(await board.copyStanding()).toEqual({ takenAtMs: null, failures: 1 });
  });

  test('[BRD-5] a deleted processor leaves the board with its rows', async () => {
    const address = await register('leaving');
    await board.sweep();
    await registry.change({ op: 'delete_processor', id: address.id }, ACTOR, null);
    const delta = await refill();
    expect(delta.configuration?.processors.some(({ id }) => id === address.id)).toBe(false);
    expect(delta.rows.some(({ processorId }) => processorId === address.id)).toBe(false);
  });
});
