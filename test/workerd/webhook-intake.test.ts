import { env } from 'cloudflare:workers';
import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { describe, expect, test } from 'vitest';
import { createWebhookIntakeClient } from '../../durable-objects/webhook-intake-client.ts';
import type { WebhookIntake } from '../../durable-objects/webhook-intake.ts';
import type { WebhookLetter } from '../../src/ports/webhook-port.ts';

const letter = (reason: string, atMs = Date.now()): WebhookLetter => ({
  sourceId: 'stripe',
  reason,
  field: null,
  atMs,
  item: { kind: 'delivery', body: '{}', pathRest: '', query: [] },
});

let serial = 0;
const newStub = (): DurableObjectStub<WebhookIntake> =>
  env.WEBHOOK_INTAKE.get(env.WEBHOOK_INTAKE.idFromName(`intake-${(serial += 1)}`));

describe('the webhook intake', () => {
  test('[WHK-9] keeps letters over an eviction, newest first, by page, each until it is removed', async () => {
    const stub = newStub();
    await stub.bury([letter('one'), letter('two')]);
    await stub.bury([letter('three')]);
    await evictDurableObject(stub);
    const page = await stub.letters(null, 2);
    expect(page.items.map(({ id, reason }) => [id, reason])).toEqual([
      ['dlt_3', 'three'],
      ['dlt_2', 'two'],
    ]);
    const next = await stub.letters(page.nextCursor, 2);
    expect(next).toMatchObject({ items: [{ id: 'dlt_1', reason: 'one' }], nextCursor: null });
    expect(await stub.remove('dlt_2')).toBe(true);
    expect([await stub.remove('dlt_2'), await stub.remove('nonsense'), await stub.letter('dlt_2')]).toEqual([
      false,
      false,
      null,
    ]);
    expect(await stub.letter('dlt_3')).toMatchObject({ reason: 'three' });
    expect((await stub.summary()).letters).toEqual([
      { sourceId: 'stripe', reason: 'one', count: 1, oldestAtMs: expect.any(Number) },
      { sourceId: 'stripe', reason: 'three', count: 1, oldestAtMs: expect.any(Number) },
    ]);
  });

  test('[WHK-9] keeps the newest 10,000 of the last 7 days', async () => {
    const stub = newStub();
    await stub.bury([letter('old', Date.now() - 7 * 86_400_000 - 1), letter('young')]);
    expect((await stub.letters(null, 10)).items.map(({ reason }) => reason)).toEqual(['young']);
    await runInDurableObject(stub, async (intake) => {
      for (let batch = 0; batch < 10; batch++) await intake.bury(Array.from({ length: 1_000 }, () => letter('many')));
      expect((await intake.summary()).letters).toMatchObject([{ sourceId: 'stripe', reason: 'many', count: 10_000 }]);
    });
  });

  test('[HEA-19] says when the oldest letter that it keeps of each source and reason arrived', async () => {
    const stub = newStub();
    const now = Date.now();
    await stub.bury([letter('one', now - 9_000), letter('one', now), letter('two', now - 5_000)]);
    const told = async () => (await stub.summary()).letters.map(({ reason, oldestAtMs }) => [reason, now - oldestAtMs]);
    expect(await told()).toEqual([
      ['one', 9_000],
      ['two', 5_000],
    ]);
    await stub.remove('dlt_1');
    expect(await told()).toEqual([
      ['one', 0],
      ['two', 5_000],
    ]);
  });

  test('adds up what isolates counted', async () => {
    const stub = newStub();
    const count = { sourceId: 'stripe', what: 'event', outcome: 'recorded', count: 2 } as const;
    await stub.count([count, { ...count, outcome: 'duplicate' }]);
    await stub.count([count]);
    expect((await stub.summary()).counts).toEqual([
      { ...count, outcome: 'duplicate' },
      { ...count, count: 4 },
    ]);
  });

  test('an object that is out of reach is told as a fault of the platform', async () => {
    const away = {
      WEBHOOK_INTAKE: {
        idFromName: () => '',
        get: () => {
          throw new Error('away');
        },
      },
    };
    const client = createWebhookIntakeClient(away as never);
    await expect(client.summary()).rejects.toMatchObject({ retryable: true });
  });
});
