// Dead letters that grow, from the object that keeps them to the alert: durable, retried, and closed by time alone.
import { env } from 'cloudflare:workers';
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { expect, test } from 'vitest';
import type { LetterGrowth } from '../../src/domain/health/letter-growth.ts';
import { registryStub } from '../../durable-objects/registry-client.ts';
import type { KeptAlert } from '../../src/domain/notifications/word.ts';
import type { WebhookIntake } from '../../durable-objects/webhook-intake.ts';
import type { WebhookLetter } from '../../src/ports/webhook-port.ts';

type Stub = DurableObjectStub<WebhookIntake>;
let serial = 0;
const newIntake = (): { stub: Stub; sourceId: string } => {
  serial += 1;
  return {
    stub: env.WEBHOOK_INTAKE.get(env.WEBHOOK_INTAKE.idFromName(`watched-${serial}`)),
    sourceId: `source_${serial}`,
  };
};

const lettersOf = (sourceId: string, count: number): WebhookLetter[] =>
  Array.from({ length: count }, () => ({
    sourceId,
    reason: 'unexpected_shape',
    field: null,
    atMs: Date.now(),
    item: { kind: 'delivery', body: '{}', pathRest: '', query: [] },
  }));

async function alertsOf(sourceId: string): Promise<readonly KeptAlert[]> {
  const { items } = await registryStub(env as Env).alerts(null, null, 1_000);
  return items.filter(({ kind, subject }) => kind === 'dead_letters' && subject === sourceId);
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 10_000;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error('it did not come about in time');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const alarmIn = async (stub: Stub): Promise<number | null> =>
  await runInDurableObject(stub, async (_, { storage }) => {
    const at = await storage.getAlarm();
    return at === null ? null : at - Date.now();
  });

/** Everything that came is now so much older. */
async function age(stub: Stub, minutes: number): Promise<void> {
  await runInDurableObject(stub, (_, { storage: { sql } }) => {
    for (const { source, state } of sql.exec<{ source: string; state: string }>('SELECT * FROM growth').toArray()) {
      const growth = JSON.parse(state) as LetterGrowth;
      const arrivals = growth.arrivals.map(([minute, count]) => [minute - minutes, count] as const);
      sql.exec('UPDATE growth SET state = ? WHERE source = ?', JSON.stringify({ ...growth, arrivals }), source);
    }
  });
}

test('[WHK-20] dead letters that grow are an alert of their source, across an eviction, and it closes when an hour was quiet', async () => {
  const { stub, sourceId } = newIntake();
  await stub.bury(lettersOf(sourceId, 60));
  expect(await alarmIn(stub)).toBeNull();
  await evictDurableObject(stub);
  await stub.bury([...lettersOf(sourceId, 41), ...lettersOf('quiet', 40)]);
  await until(async () => (await alertsOf(sourceId)).length === 1);
  expect(await alertsOf(sourceId)).toMatchObject([{ closedAtMs: null, evidence: { letters_last_hour: 101 } }]);
  expect(await alertsOf('quiet')).toEqual([]);
  await until(async () => ((await alarmIn(stub)) ?? 0) > 30_000);

  await age(stub, 60);
  await runDurableObjectAlarm(stub);
  expect(await alertsOf(sourceId)).toMatchObject([{ closedAtMs: expect.any(Number) }]);
  expect(await alarmIn(stub)).toBeNull();
});

test('[WHK-20] a Registry that is away is told again until it has heard, and more letters do not hurry it', async () => {
  const { stub, sourceId } = newIntake();
  let asked = 0;
  const away = {
    ...env,
    REGISTRY: {
      idFromName: () => '',
      get: () => ({
        signal: () => {
          asked += 1;
          return Promise.reject(new Error('away'));
        },
      }),
    },
  };
  await runInDurableObject(stub, (intake) => void Object.assign(intake, { env: away }));
  await stub.bury(lettersOf(sourceId, 101));
  await until(() => Promise.resolve(asked === 1));
  await until(async () => (await alarmIn(stub)) !== null);
  for (let more = 0; more < 5; more += 1) await stub.bury(lettersOf(sourceId, 1));
  expect(await alarmIn(stub)).toBeGreaterThan(1_000);
  expect(asked).toBe(1);
  expect(await alertsOf(sourceId)).toEqual([]);

  // A new life has the Registry again, and what it was not told is still there.
  await evictDurableObject(stub);
  await runDurableObjectAlarm(stub);
  expect(await alertsOf(sourceId)).toMatchObject([{ closedAtMs: null }]);
});
