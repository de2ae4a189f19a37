// Priors on workerd: from the Registry to the processor's object and onto its disk.
import { env } from 'cloudflare:workers';
import { evictDurableObject, reset } from 'cloudflare:test';
import { beforeEach, expect, test, vi } from 'vitest';
import { createProcessorClient, processorStub } from '../../durable-objects/processor-client.ts';
import { createRegistryClient } from '../../durable-objects/registry-client.ts';
import { processor } from '../domain/configuration/sample-configuration.ts';
import { ACTOR } from './registry-harness.ts';
import { CARD_BR, PIX_BR, resultOf } from '../harness/results.ts';
import type { ConfigurationChange } from '../../src/domain/configuration/configuration-change.ts';
import type { HealthDetail, ProcessorAddress, ProcessorPort } from '../../src/ports/processor-port.ts';
import type { SegmentKey } from '../../src/domain/identity.ts';

beforeEach(async () => await reset());

/** On a busy machine an object takes longer than whoever asks waits: then ask again. */
async function healthOf(processors: ProcessorPort, address: ProcessorAddress): Promise<HealthDetail> {
  return await vi.waitUntil(async () => await processors.health(address), { timeout: 15_000 });
}

test('[PRI-7] a prior set in the Registry reaches the object with the next call, and survives evictions of both', async () => {
  const registry = createRegistryClient(env);
  const processors = createProcessorClient(env, new Map(), () => Date.now());
  const addressNow = async () => (await registry.configuration()).processors[0]!;
  const change = async (wanted: ConfigurationChange) =>
    expect(await registry.change(wanted, ACTOR, null)).toMatchObject({ ok: true });
  const baselineOf = async (segment: SegmentKey) => {
    const detail = await healthOf(processors, await addressNow());
    return detail.row.segments.find((row) => row.segment === segment)!.belief.baseline;
  };
  const evictObject = async () => await evictDurableObject(env.PROCESSOR.get(env.PROCESSOR.idFromName('a')));
  await change({ op: 'put_processor', processor: processor('a'), mode: 'create' });
  const { id } = await addressNow();
  await processors.record(await addressNow(), [resultOf('a', { eventTimeMs: Date.now(), segment: PIX_BR })]);
  const before = await baselineOf(PIX_BR);
  const prior = { mean: 0.2, weight: 500 };
  await change({
    op: 'put_priors',
    priors: [PIX_BR, CARD_BR].map((segment) => ({ processorId: id, segment, prior })),
  });
  await evictDurableObject(env.REGISTRY.get(env.REGISTRY.idFromName('main')));
  expect(await baselineOf(PIX_BR)).toBe(before);
  await evictObject();
  await processorStub(env, id).record(await addressNow(), [
    resultOf('a', { eventTimeMs: Date.now(), segment: CARD_BR }),
  ]);
  await evictObject();
  const seeded = await baselineOf(CARD_BR);
  expect(seeded).toBeCloseTo(0.2, 1);
  expect(await baselineOf(PIX_BR)).toBe(before);
  await change({ op: 'delete_prior', processorId: id, segment: CARD_BR });
  expect(await baselineOf(CARD_BR)).toBe(seeded);
});

test('[PRI-9] [LRN-23] effects set in the Registry reach the object with the next call: its outcomes are held against what was to be expected', async () => {
  const registry = createRegistryClient(env);
  const processors = createProcessorClient(env, new Map(), () => Date.now());
  const addresses = async () => (await registry.configuration()).processors;
  for (const id of ['a', 'b'])
    await registry.change({ op: 'put_processor', processor: processor(id), mode: 'create' }, ACTOR, null);
  const context = {
    amounts: Array.from({ length: 10 }, () => 2),
    hours: [],
    centres: [{ segment: CARD_BR, amount: 0, hour: 0 }],
  };
  const contexts = [{ processorId: (await addresses())[0]!.id, context }];
  expect(await registry.change({ op: 'put_priors', priors: [], contexts }, ACTOR, null)).toMatchObject({ ok: true });
  const means = async (): Promise<number[]> => {
    const details = await Promise.all((await addresses()).map(async (address) => await healthOf(processors, address)));
    return details.map((detail) => detail.row.segments[0]!.belief.mean);
  };
  const recordBoth = async () => {
    for (const address of await addresses()) {
      const results = Array.from({ length: 10 }, () =>
        resultOf(address.id, { eventTimeMs: Date.now(), segment: CARD_BR }),
      );
      await processors.record(address, results);
    }
  };
  await recordBoth();
  const [easy, usual] = await means();
  expect(usual! - easy!).toBeGreaterThan(0.05);
  await evictDurableObject(env.PROCESSOR.get(env.PROCESSOR.idFromName('a')));
  expect(await means()).toEqual([easy, usual]);
  await recordBoth();
  const [later, usualLater] = await means();
  expect(usualLater! - later!).toBeGreaterThan(0.03);
});
