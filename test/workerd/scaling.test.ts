// Load as the objects measure it inside the runtime, and the number of instances on the Registry's real disk.
import { env } from 'cloudflare:workers';
import { abortAllDurableObjects } from 'cloudflare:test';
import { expect, test, vi } from 'vitest';
import worker from './test-worker.ts';
import { addressOf, resultOf } from '../harness/results.ts';
import { createProcessorClient } from '../../durable-objects/processor-client.ts';
import { measuredTraffic } from '../../src/domain/scaling/object-load.ts';
import { registryStub } from '../../durable-objects/registry-client.ts';
import { asTransactionId } from '../../src/domain/identity.ts';
import { ACTOR, withRegistry } from './registry-harness.ts';
import { scalingSettings } from '../harness/in-memory-scaling.ts';
import type { LoadReading } from '../../src/domain/scaling/load-window.ts';
import type { ProcessorAddress, ProcessorPort } from '../../src/ports/processor-port.ts';
import type { ResultKind } from '../../src/domain/results/canonical-result.ts';

const settings = scalingSettings();

/** On a busy machine an object takes longer than whoever asks waits: then ask again. */
async function loadOf(client: ProcessorPort, address: ProcessorAddress): Promise<LoadReading> {
  return await vi.waitUntil(async () => await client.load(address), { timeout: 15_000 });
}

test('[SCL-1] an object counts what it was sent, and an evicted one begins anew', async () => {
  const address = addressOf('scaled');
  const client = createProcessorClient(env, new Map(), () => Date.now());
  await Promise.all(
    Array.from({ length: 30 }, async () => {
      const results = [0, 1].map(() => resultOf('scaled', { eventTimeMs: Date.now() }));
      expect((await client.record(address, results)).ok).toBe(true);
    }),
  );
  const reading = await loadOf(client, address);
  expect(reading).toMatchObject({ calls: 30, results: 60, committedResults: 60, refusedCalls: 0, queueDepth: 0 });
  expect(reading.commits).toBeLessThan(30);
  expect(reading.queueDepthMax).toBeGreaterThan(1);
  await abortAllDurableObjects();
  expect(await loadOf(client, address)).toMatchObject({ calls: 0, results: 0 });
});

test('[SCL-17] [SCL-18] an attempt that many results tell of is one, and is known after an eviction', async () => {
  const address = addressOf('retold');
  const client = createProcessorClient(env, new Map(), () => Date.now());
  const at = Date.now();
  const tell = async (result: ResultKind, transactionIds: readonly string[]) =>
    await client.record(
      address,
      transactionIds.map((transactionId) =>
        resultOf('retold', { transactionId: asTransactionId(transactionId), result, eventTimeMs: at }),
      ),
    );
  const approved = Array.from({ length: 10 }, (_, index) => `txn_approved_${index}`);
  const unknown = Array.from({ length: 5 }, (_, index) => `txn_unknown_${index}`);
  await tell('approved', approved);
  await tell('approved', approved);
  await tell('timeout', unknown);
  await tell('approved', unknown);
  await tell('refunded', approved);
  await tell('disputed', unknown);
  expect(await loadOf(client, address)).toMatchObject({ results: 45, attempts: 15, attemptsKnownMs: 60_000 });
  await abortAllDurableObjects();
  const begunAnew = await loadOf(client, address);
  expect(begunAnew).toMatchObject({ results: 0, attempts: 15, attemptsKnownMs: 60_000 });
  expect(measuredTraffic([begunAnew])).toEqual({ perMinute: 15, isComplete: true });
});

test('[SCL-1] [SCL-3] what is refused as overloaded is counted', async () => {
  const address = addressOf('flooded');
  const client = createProcessorClient(env, new Map(), () => Date.now());
  const result = resultOf('flooded', { eventTimeMs: Date.now() });
  const many = Array.from({ length: 20_001 }, () => result);
  expect(await client.record(address, many)).toEqual({ ok: false, reason: 'overloaded' });
  expect(await loadOf(client, address)).toMatchObject({ calls: 0, refusedCalls: 1, refusedResults: 20_001 });
});

test('[SCL-13] [SCL-16] the number outlives the object, and a person is audited', async () => {
  await withRegistry(async (registry, told, again) => {
    expect(await registry.scaling()).toBeNull();
    const traffic = { perMinute: 600, isComplete: true };
    expect(await registry.scale({ kind: 'measured', traffic, settings }, null)).toMatchObject({
      ok: true,
      change: null,
      state: { instances: 8 },
    });
    const forced = { instances: 5, holdMs: 60_000, why: 'a trial' };
    expect(told.scaled).toEqual([]);
    await registry.scale({ kind: 'forced', forced, settings }, ACTOR);
    // One word to each of two boards.
    const change = { from: 8, to: 5, cause: 'operator' };
    expect(told.scaled).toMatchObject([change, change]);
    const after = again();
    expect(await after.scaling()).toMatchObject({ instances: 5, changes: [{ from: 8, to: 5, cause: 'operator' }] });
    expect((await after.audit(null, 10)).items).toMatchObject([{ action: 'scale', subject: 'gateways', ...ACTOR }]);
    const outside = { ...forced, instances: 99 };
    expect(await after.scale({ kind: 'forced', forced: outside, settings }, ACTOR)).toMatchObject({ ok: false });
    expect((await after.audit(null, 10)).items).toHaveLength(1);
  });
});

test('[SCL-15] the cron of this deployment evaluates it', async () => {
  const controller = { cron: '* * * * *', scheduledTime: Date.now(), noRetry: () => undefined } as ScheduledController;
  await worker.scheduled(controller, env);
  expect(await registryStub(env).scaling()).toMatchObject({ instances: 2, changes: [] });
});
