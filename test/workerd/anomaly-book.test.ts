// The book of anomalies as a real object: what it learned and found is on disk, once, whoever dies or comes twice; and the Registry tells people.
import { env } from 'cloudflare:workers';
import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Anomaly } from '../../src/domain/payment-anomalies/anomaly.ts';
import type { AnomalyBook } from '../../durable-objects/anomaly-book.ts';
import { alertOf } from '../../src/domain/payment-anomalies/anomaly-alert.ts';
import { anomalyBookStub, createAnomalyBookClient } from '../../durable-objects/anomaly-book-client.ts';
import { BOOTSTRAP_KEY_ID } from '../../src/domain/configuration/access.ts';
import { boardStub } from '../../durable-objects/board-client.ts';
import { countedAttempts } from '../harness/counted-attempts.ts';
import { createAnomalyDesk } from '../../durable-objects/anomaly-desk.ts';
import type { MinuteBatch } from '../../src/domain/payment-anomalies/house-watch.ts';
import { PROCESSORS, simulatedAttempts } from '../harness/simulated-attempts.ts';
import { registryStub } from '../../durable-objects/registry-client.ts';

const FROM = 29_400_480;
const OUTAGE_FROM = FROM + 100;
const book = createAnomalyBookClient(env);
const stub = () => anomalyBookStub(env) as unknown as DurableObjectStub<AnomalyBook>;
const { minuteOf } = countedAttempts(
  simulatedAttempts({
    name: 'book',
    perMinute: 30,
    fromMinute: FROM,
    minutes: 110,
    fault: ({ minute, processor }) =>
      minute >= OUTAGE_FROM && processor === 'beta'
        ? { result: 'error', fault: 'processor', declineCode: 'http_503' }
        : null,
  }),
);
const batchOf = (afterMinute: number | null, fromMinute: number, throughMinute: number): MinuteBatch => ({
  afterMinute,
  fromMinute,
  throughMinute,
  minutes: Array.from({ length: throughMinute - fromMinute + 1 }, (_, index) => minuteOf(fromMinute + index)).flat(),
  expected: [...PROCESSORS],
  acts: [],
});
const listed = async (): Promise<readonly Anomaly[]> => (await book.page({}, null, 50)).items;

describe('the book', () => {
  let outage: Anomaly;
  beforeAll(async () => {
    expect(await book.learn(batchOf(null, FROM, FROM + 59))).toMatchObject({ learned: true, opened: 0 });
    expect(await book.learn(batchOf(FROM + 59, FROM + 60, OUTAGE_FROM - 1))).toMatchObject({ learned: true });
  });

  test('[ANM-5] learns a batch once: told again, at once by two, or out of its order it is refused', async () => {
    const before = await runInDurableObject(stub(), (_, { storage }) =>
      storage.sql.exec(`SELECT body FROM scope WHERE name = '*'`).one(),
    );
    expect(await book.learn(batchOf(FROM + 59, FROM + 60, OUTAGE_FROM - 1))).toMatchObject({ learned: false });
    expect(await book.learn(batchOf(null, FROM, FROM + 59))).toMatchObject({ learned: false });
    expect(await book.learn(batchOf(OUTAGE_FROM - 1, FROM, OUTAGE_FROM))).toMatchObject({ learned: false });
    const after = await runInDurableObject(stub(), (_, { storage }) =>
      storage.sql.exec(`SELECT body FROM scope WHERE name = '*'`).one(),
    );
    expect(after).toEqual(before);
    const next = batchOf(OUTAGE_FROM - 1, OUTAGE_FROM, OUTAGE_FROM + 5);
    const both = await Promise.all([book.learn(next), book.learn(next)]);
    expect(both.map(({ learned }) => learned).sort()).toEqual([false, true]);
    [outage] = (await listed()) as [Anomaly];
    expect(await listed()).toMatchObject([{ kind: 'success_drop', closedMinute: null }]);
  });

  test('[ANM-13] knows what it knew after it was evicted, and a batch that dies in the middle leaves nothing', async () => {
    const before = await listed();
    await evictDurableObject(stub());
    expect(await listed()).toEqual(before);
    expect((await book.standing()).throughMinute).toBe(OUTAGE_FROM + 5);
    const act = { key: 'override:o', processorId: 'gamma', segment: null, fromMinute: FROM, untilMinute: OUTAGE_FROM };
    const batch = { ...batchOf(OUTAGE_FROM + 5, OUTAGE_FROM + 6, OUTAGE_FROM + 9), acts: [act] };
    await runInDurableObject(stub(), async (instance, { storage }) => {
      storage.sql.exec(
        `CREATE TRIGGER killed BEFORE INSERT ON kept WHEN NEW.name = 'through' BEGIN SELECT RAISE(ABORT, 'killed'); END`,
      );
      await expect(instance.learn(batch)).rejects.toThrow('killed');
      storage.sql.exec(`DROP TRIGGER killed`);
    });
    expect(await listed()).toEqual(before);
    expect(await book.learn(batch)).toMatchObject({ learned: true, opened: 0 });
    await evictDurableObject(stub());
    await runInDurableObject(stub(), (_, { storage }) => {
      const kept = (name: string): unknown =>
        JSON.parse(storage.sql.exec<{ body: string }>(`SELECT body FROM kept WHERE name = ?`, name).one().body);
      expect(kept('acts')).toMatchObject({ acts: [{ ...act, isOver: false }], processors: [...PROCESSORS] });
      const house = storage.sql.exec<{ body: string }>(`SELECT body FROM scope WHERE name = '*'`).one();
      expect(JSON.parse(house.body)).toMatchObject({ series: { minute: OUTAGE_FROM + 9 } });
    });
    expect(await createAnomalyDesk(env, null).windows()).toEqual([]);
  });

  test('[ANM-13] refuses what newer code has written', async () => {
    await runInDurableObject(stub(), async (instance, { storage }) => {
      storage.sql.exec(`UPDATE anomaly SET body = json_set(body, '$.format', 2)`);
      await expect(instance.one(outage.id)).rejects.toThrow('newer');
      storage.sql.exec(`UPDATE anomaly SET body = json_set(body, '$.format', 1)`);
    });
  });

  test('[ANM-10] people hear of it as an alert, once; it ends with it; screens hear of it at once', async () => {
    const ticket = await boardStub(env, 'main').issueTicket(BOOTSTRAP_KEY_ID);
    const upgrade = { headers: { upgrade: 'websocket' } };
    const { webSocket } = await boardStub(env, 'main').fetch(`https://board/?ticket=${ticket}`, upgrade);
    const heard: { type: string; anomaly?: { id: string } }[] = [];
    webSocket!.addEventListener('message', ({ data }) => void heard.push(JSON.parse(String(data)) as never));
    webSocket!.accept();
    const desk = createAnomalyDesk(env, null);
    const [open] = await listed();
    const alert = alertOf(open!)!;
    await desk.alert([alert]);
    await desk.alert([{ ...alert, reason: 'again' }]);
    await desk.tell([open!]);
    const alerts = async () =>
      (await registryStub(env).alerts(null, null, 100)).items.filter(({ kind }) => kind === 'anomaly');
    expect(await alerts()).toMatchObject([{ id: `alt_${open!.id}`, reason: alert.reason, closedAtMs: null }]);
    const closed = { ...open!, closedMinute: OUTAGE_FROM + 9, revision: open!.revision + 1 };
    const unheard = { ...closed, id: 'ano_0123' };
    await desk.alert([alertOf(closed)!, alertOf(unheard)!]);
    expect(await alerts()).toMatchObject([{ id: `alt_${open!.id}`, closedAtMs: (OUTAGE_FROM + 9) * 60_000 }]);
    const end = Date.now() + 5_000;
    while (!heard.some(({ type }) => type === 'anomaly') && Date.now() < end)
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect(heard.find(({ type }) => type === 'anomaly')).toMatchObject({ anomaly: { id: open!.id } });
    webSocket!.close();
  });

  test('[ANM-10] what was told is not told again until it changes; causes, feedback and settings are kept', async () => {
    const untold = await book.untold(10);
    expect(untold.map(({ id }) => id)).toEqual([outage.id]);
    await book.told(untold);
    expect(await book.untold(10)).toEqual([]);
    expect((await book.unexplained(5)).map(({ id }) => id)).toEqual([outage.id]);
    await book.explain(outage.id, [], OUTAGE_FROM + 9);
    expect(await book.unexplained(5)).toEqual([]);
    const given = { anomalyId: outage.id, givenAtMs: 1, verdict: 'false_alarm', keyId: 'key', note: null } as const;
    expect(await book.judge(given)).toMatchObject({ closedAs: 'false_alarm', feedback: 'false_alarm' });
    expect(await book.judge({ ...given, anomalyId: 'ano_ffff' })).toBeNull();
    expect((await book.untold(10)).map(({ id }) => id)).toEqual([outage.id]);
    expect(await book.figures()).toMatchObject({ total: 1, open: 0, all: { judged: 1, confirmed: 0, precision: 0 } });
    const settings = { enabled: true, sensitivity: 0.85, enableFraudDetection: false };
    expect(await book.configure(settings, 5)).toBe('stale');
    expect(await book.configure(settings, 0)).toMatchObject({ settings, settingsRevision: 1 });
  });

  test('[ANM-13] keeps the last 2,000 and all that are open, and pages through them by what is asked for', async () => {
    await runInDurableObject(stub(), (_, { storage }) => {
      storage.sql.exec(
        `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2100)
         INSERT INTO anomaly (id, kind, severity, is_joined, opened_minute, closed_minute, changed_minute, revision, told_revision, body)
         SELECT 'ano_' || printf('%04x', i), 'latency_shift', 'minor', 0, i, CASE WHEN i = 1 THEN NULL ELSE i + 1 END, i, 1, 1,
           (SELECT json_set(body, '$.id', 'ano_' || printf('%04x', i)) FROM anomaly LIMIT 1) FROM n`,
      );
    });
    const through = (await book.standing()).throughMinute!;
    await book.learn(batchOf(through, through + 1, through + 1));
    const figures = await book.figures();
    expect(figures.total).toBe(2_001);
    expect(figures.open).toBe(1);
    const first = await book.page({ state: 'closed', kind: 'latency_shift', sinceMs: 2_000 * 60_000 }, null, 60);
    expect(first.items).toHaveLength(60);
    const second = await book.page({ kind: 'latency_shift', sinceMs: 2_000 * 60_000 }, first.nextCursor, 60);
    expect(second.items).toHaveLength(41);
    expect(second.nextCursor).toBeNull();
    expect((await book.page({ state: 'open' }, null, 5)).items).toHaveLength(1);
    expect((await book.page({ severity: 'critical', kind: 'latency_shift' }, null, 5)).items).toEqual([]);
  });
});
