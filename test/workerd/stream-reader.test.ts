import { env } from 'cloudflare:workers';
import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { beforeEach, describe, expect, test } from 'vitest';
import worker, { type StreamReader } from '../../workers/index.ts';
import { createStreamReadersClient } from '../../durable-objects/stream-reader-client.ts';
import { registryStub } from '../../durable-objects/registry-client.ts';
import { asProcessorId } from '../../src/domain/identity.ts';
import { run as wakeStreams } from '../../workers/wake-streams.ts';
import type { SourceDraft, WebhookSource } from '../../src/domain/configuration/webhook-source.ts';
import { processor } from '../domain/configuration/sample-configuration.ts';
import { ACTOR } from './registry-harness.ts';

const P = asProcessorId('p');
const readers = createStreamReadersClient(env);
const stubOf = (id: string): DurableObjectStub<StreamReader> => env.STREAM_READER.get(env.STREAM_READER.idFromName(id));
const alarmOf = async (id: string): Promise<number | null> =>
  await runInDurableObject(stubOf(id), async (_, { storage }) => await storage.getAlarm());
const forgetAlarm = async (id: string): Promise<void> =>
  await runInDurableObject(stubOf(id), async (_, { storage }) => await storage.deleteAlarm());

/** Its alarm has run: what it found is told by its state. */
async function stepped(id: string): Promise<void> {
  while ((await readers.state(id))?.lastStep?.end !== 'not_connected')
    await new Promise((next) => setTimeout(next, 10));
  await forgetAlarm(id);
}

const put = async (id: string, over: Partial<SourceDraft> = {}): Promise<void> => {
  const draft: SourceDraft = {
    id,
    name: id,
    adapter: 'redis-stream',
    enabled: true,
    processorId: P,
    connectors: {},
    segments: { paymentMethods: {}, paymentMethodDefault: null, countryDefault: null },
    own: { stream: id },
    sealedOwn: {},
    secrets: [],
    ...over,
  };
  expect(await registryStub(env).putSource(draft, ACTOR, null)).toMatchObject({ ok: true });
};

beforeEach(async () => {
  const { processors } = await registryStub(env).configuration();
  if (processors.length > 0) return;
  await registryStub(env).change({ op: 'put_processor', processor: processor(P), mode: 'create' }, ACTOR, null);
});

describe('the reader of a stream', () => {
  test('[STR-21] is woken once: a next step that stands is left alone', async () => {
    await runInDurableObject(stubOf('standing'), async (_, { storage }) => await storage.setAlarm(Date.now() + 50_000));
    const before = await alarmOf('standing');
    await put('standing');
    await readers.wake('standing');
    expect(await alarmOf('standing')).toBe(before);
    await forgetAlarm('standing');
    await readers.wake('standing');
    await stepped('standing');
  });

  test('[STR-18] of a source that is not there, or switched off, has no next step', async () => {
    await put('off', { enabled: false });
    for (const id of ['nobody', 'off']) {
      await readers.wake(id);
      await runDurableObjectAlarm(stubOf(id));
      expect(await alarmOf(id)).toBeNull();
    }
  });

  test('[STR-16] without a Redis it says so, and comes again ever less often', async () => {
    await put('dry');
    for (let step = 1; step <= 3; step++) {
      const startedAt = Date.now();
      await runInDurableObject(stubOf('dry'), async (reader) => await reader.alarm());
      expect(await readers.state('dry')).toMatchObject({
        lastStep: { end: 'not_connected' },
        lastFault: { reason: 'not_connected' },
        failures: step,
      });
      expect((await alarmOf('dry'))! - startedAt).toBeGreaterThan(1_000 * 2 ** (step - 1) - 500);
      await forgetAlarm('dry');
    }
  });
});

describe('every minute', () => {
  const controllerAt = (scheduledTime: number) =>
    ({ cron: '* * * * *', scheduledTime, noRetry: () => undefined }) as ScheduledController;
  const minute = Date.now() - 60_000;

  test('[STR-21] each stream that is switched on is woken, though another job of that minute throws', async () => {
    await put('on');
    const broken: Env = {
      ...env,
      get ROUTING_BOARD(): Env['ROUTING_BOARD'] {
        throw new Error('no boards');
      },
    };
    await expect(worker.scheduled(controllerAt(minute), broken)).rejects.toThrow(/1 of \d+ jobs failed/);
    await stepped('on');
    await put('later');
    await worker.scheduled(controllerAt(minute + 1), env);
    await stepped('later');
  });

  test('[STR-21] what is switched off, or is no stream, is not woken', async () => {
    const sources = [
      { id: 'on', adapter: 'redis-stream', enabled: true },
      { id: 'off', adapter: 'redis-stream', enabled: false },
      { id: 'web', adapter: 'stripe', enabled: true },
    ];
    const woken: string[] = [];
    const registry = { sources: () => Promise.resolve(sources as unknown as readonly WebhookSource[]) };
    await wakeStreams(registry, { wake: async (id) => void woken.push(id) }, { count: () => undefined });
    expect(woken).toEqual(['on']);
  });
});
