// Attempts of unknown outcome across objects: from a processor's disk to the ledger of the payment and on to the alert, through crashes in between.
import { env } from 'cloudflare:workers';
import { abortAllDurableObjects, evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { describe, expect, test } from 'vitest';
import { addressOf, CARD_BR, resultOf } from '../harness/results.ts';
import { asTransactionId } from '../../src/domain/identity.ts';
import { createCredentialLedgerClient, shardOf } from '../../durable-objects/credential-ledger-client.ts';
import { createProcessorClient } from '../../durable-objects/processor-client.ts';
import { ledgerAttemptOf, type ToldResult } from '../../src/domain/retries/told-attempt.ts';
import { readLedger } from '../../src/domain/retries/stored-ledger.ts';
import { registryStub } from '../../durable-objects/registry-client.ts';
import { paymentKeyOf, tellingOf } from '../../src/domain/unknowns/attempt-telling.ts';
import * as sweepUnknowns from '../../workers/sweep-unknowns.ts';
import type { KeptAlert } from '../../src/domain/notifications/word.ts';
import type { ApiResult } from '../../src/domain/results/canonical-result.ts';
import type { Processor } from '../../durable-objects/processor.ts';

const processors = createProcessorClient(env, new Map(), () => Date.now());
const credentials = createCredentialLedgerClient(env);
const DAY_MS = 86_400_000;
const EVERYTHING = { untilMs: Number.MAX_SAFE_INTEGER, after: null, limit: 100 };

let serial = 0;
function newPayment() {
  serial += 1;
  const id = `unknown_${serial}`;
  const paymentId = `pay_${serial}`;
  const ledgerKey = `card_of_${serial}`;
  const paymentKey = paymentKeyOf(paymentId);
  const address = addressOf(id);
  const stub = (): DurableObjectStub<Processor> => env.PROCESSOR.get(env.PROCESSOR.idFromName(id));
  const ledger = async (key = ledgerKey) =>
    env.CREDENTIAL_LEDGER.get(env.CREDENTIAL_LEDGER.idFromName(await shardOf(key)));
  const resultAs = (result: ApiResult, transaction = 'first') =>
    resultOf(id, {
      eventTimeMs: Date.now(),
      result,
      segment: CARD_BR,
      transactionId: asTransactionId(`${paymentId}-${transaction}`),
      comparedBy: 'result',
    });
  return {
    id,
    address,
    paymentId,
    ledgerKey,
    paymentKey,
    stub,
    ledger,
    resultAs,
    record: async (result: ApiResult, telling = tellingOf({ fingerprint: ledgerKey, paymentId })) =>
      await processors.record(address, [resultAs(result)], [telling]),
    /** The attempt that followed it elsewhere, straight to the ledger. */
    follow: async (result: ToldResult) =>
      await credentials.note(
        [ledgerKey, paymentKey].map((fingerprint) => ({ fingerprint, attempts: [attemptOf(paymentId, result)] })),
      ),
    remembered: async (key = ledgerKey) =>
      await runInDurableObject(await ledger(key), (_, { storage }) => {
        const [row] = storage.sql
          .exec<{ body: string }>('SELECT body FROM ledger WHERE fingerprint = ?', key)
          .toArray();
        return row === undefined ? [] : readLedger(row.body).attempts.map(({ id: of, outcome }) => `${of} ${outcome}`);
      }),
  };
}

const attemptOf = (paymentId: string, result: ToldResult) =>
  ledgerAttemptOf({
    processorId: addressOf('elsewhere').id,
    transactionId: `${paymentId}-second`,
    paymentId,
    result,
    declineCode: null,
    networkDeclineCode: null,
    adviceCode: null,
    network: 'visa',
    family: null,
    amountMinor: 10_000,
    currency: 'BRL',
    atMs: Date.now() + 1_000,
  });

async function alertsOf(kind: KeptAlert['kind'], about: string): Promise<readonly KeptAlert[]> {
  const { items } = await registryStub(env as Env).alerts(null, null, 1_000);
  return items.filter((alert) => alert.kind === kind && (alert.subject ?? alert.processorId) === about);
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 10_000;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error('it did not come about in time');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const notesOf = async (stub: DurableObjectStub<Processor>): Promise<number> =>
  await runInDurableObject(
    stub,
    (_, { storage }) => storage.sql.exec<{ count: number }>('SELECT COUNT(*) AS count FROM ledger_note').one().count,
  );

/** As if the ledgers were away: what is told does not arrive. */
async function withoutLedgers(stub: DurableObjectStub<Processor>, run: () => Promise<unknown>): Promise<void> {
  const away = { idFromName: () => '', get: () => ({ note: () => Promise.reject(new Error('away')) }) };
  const swap = async (binding: unknown) =>
    await runInDurableObject(stub, (instance) => {
      const held = (instance as unknown as { env: { CREDENTIAL_LEDGER: unknown } }).env;
      const before = held.CREDENTIAL_LEDGER;
      (instance as unknown as { env: unknown }).env = { ...held, CREDENTIAL_LEDGER: binding };
      return before;
    });
  await swap(away);
  await run();
}

describe('an unknown that ends', () => {
  test('[UNK-4] is told to the ledger of its payment, once it has one', async () => {
    const payment = newPayment();
    await payment.record('timeout');
    await payment.record('approved', null);
    await until(async () => (await payment.remembered()).length === 1);
    expect(await payment.remembered()).toEqual([`${payment.id}:${payment.paymentId}-first approved`]);
    expect(await notesOf(payment.stub())).toBe(0);
  });

  test('[UNK-4] between the commit and the telling may crash: the alarm that was written with it tells', async () => {
    const payment = newPayment();
    await payment.record('timeout');
    await withoutLedgers(payment.stub(), async () => await payment.record('approved', null));
    expect(await notesOf(payment.stub())).toBe(1);
    const alarm = await runInDurableObject(payment.stub(), (_, { storage }) => storage.getAlarm());
    expect(alarm).toBeGreaterThan(0);
    await evictDurableObject(payment.stub());
    expect(await payment.remembered()).toEqual([]);
    expect(await runDurableObjectAlarm(payment.stub())).toBe(true);
    await until(async () => (await notesOf(payment.stub())) === 0);
    expect(await payment.remembered()).toEqual([`${payment.id}:${payment.paymentId}-first approved`]);
  });

  test('[UNK-15] is told although its processor is removed meanwhile, and what is open is listed when it is registered anew', async () => {
    const payment = newPayment();
    await payment.record('timeout');
    await withoutLedgers(payment.stub(), async () => await payment.record('approved', null));
    await processors.record(payment.address, [payment.resultAs('timeout', 'other')]);
    await payment.stub().retire(1);
    await evictDurableObject(payment.stub());
    await runDurableObjectAlarm(payment.stub());
    await until(async () => (await payment.remembered()).length === 1);
    expect(await processors.unknowns(payment.address, EVERYTHING)).toMatchObject({ total: 0 });
    const anew = addressOf(payment.id, {}, 2);
    expect(await processors.unknowns(anew, EVERYTHING)).toMatchObject({ total: 1 });
  });

  test('[UNK-4] is told although the ledgers were away when it was reported', async () => {
    const payment = newPayment();
    const attempt = attemptOf(payment.paymentId, 'timeout');
    await processors.owe(payment.address, [{ ledgerKeys: [payment.ledgerKey, payment.paymentKey], attempt }]);
    for (const key of [payment.ledgerKey, payment.paymentKey])
      await until(async () => (await payment.remembered(key)).length === 1);
  });

  test('[UNK-9] is found by the name the vendor has for it when it is refunded', async () => {
    const payment = newPayment();
    await payment.record('timeout');
    await payment.record('approved', tellingOf({ alias: 'ch_1' }));
    await processors.undo(payment.address, [{ ids: ['ch_1'], as: 'refunded', amountMinor: null, atMs: Date.now() }]);
    await until(async () => (await payment.remembered())[0]?.endsWith('refunded') === true);
  });
});

describe('[NXT-20] an attempt that another is to follow', () => {
  test('is watched on disk: a late approval reaches card and payment across an eviction, and the final that is held is answered', async () => {
    const payment = newPayment();
    const { transactionId, segment, amountMinor, currency } = payment.resultAs('error');
    const telling = tellingOf({ fingerprint: payment.ledgerKey, paymentId: payment.paymentId });
    const word = { transactionId, as: 'error', segment, amountMinor, currency, atMs: Date.now(), telling } as const;
    expect(await processors.watch(payment.address, word, payment.resultAs('error'))).toEqual({
      isApproved: false,
      fingerprint: payment.ledgerKey,
      paymentId: payment.paymentId,
    });
    expect(await processors.unknowns(payment.address, EVERYTHING)).toMatchObject({ total: 0 });
    await evictDurableObject(payment.stub());
    await payment.record('approved', null);
    const approved = `${payment.id}:${payment.paymentId}-first approved`;
    for (const key of [payment.ledgerKey, payment.paymentKey]) {
      await until(async () => (await payment.remembered(key)).length === 1);
      expect(await payment.remembered(key)).toEqual([approved]);
    }
    expect(await processors.watch(payment.address, word, null)).toMatchObject({ isApproved: true });
  });

  test('settles what is unknown before it is watched', async () => {
    const payment = newPayment();
    await payment.record('timeout');
    const said = payment.resultAs('declined');
    const { transactionId, segment, amountMinor, currency } = said;
    const word = {
      transactionId,
      as: 'declined',
      segment,
      amountMinor,
      currency,
      atMs: Date.now(),
      telling: null,
    } as const;
    expect(await processors.watch(payment.address, word, said)).toMatchObject({ isApproved: false });
    expect(await processors.unknowns(payment.address, EVERYTHING)).toMatchObject({ total: 0 });
  });
});

describe('[UNK-8] a late approval after a re-route', () => {
  test('is one incident, told what to void, through a crash after every step, and over when it is voided', async () => {
    const payment = newPayment();
    const crash = async (): Promise<void> => await abortAllDurableObjects();
    await payment.record('timeout');
    await credentials.note([
      {
        fingerprint: payment.paymentKey,
        attempts: [
          {
            ...attemptOf(payment.paymentId, 'timeout'),
            id: `${payment.id}:${payment.paymentId}-first`,
            processorId: payment.address.id,
            atMs: Date.now(),
          },
        ],
      },
    ]);
    await crash();
    await payment.follow('approved');
    await crash();
    for (let time = 0; time < 2; time += 1) {
      await payment.record('approved', null);
      await crash();
    }
    await runDurableObjectAlarm(payment.stub());
    await until(async () => (await payment.remembered()).length === 2);
    await runDurableObjectAlarm(await payment.ledger(payment.paymentKey));
    await until(async () => (await alertsOf('double_charge_risk', payment.paymentId)).length === 1);
    await payment.follow('approved');
    const [alert, ...others] = await alertsOf('double_charge_risk', payment.paymentId);
    expect(others).toEqual([]);
    expect(alert).toMatchObject({
      closedAtMs: null,
      processorId: '*',
      evidence: {
        void_processor: payment.id,
        void_transaction: `${payment.paymentId}-first`,
        other_processor: 'elsewhere',
        other_transaction: `${payment.paymentId}-second`,
        other_state: 'approved',
      },
    });
    const undone = { ids: [`${payment.paymentId}-first`], as: 'voided', amountMinor: null, atMs: Date.now() } as const;
    await processors.undo(payment.address, [undone]);
    await until(async () => (await alertsOf('double_charge_risk', payment.paymentId))[0]?.closedAtMs !== null);
    expect(await alertsOf('double_charge_risk', payment.paymentId)).toHaveLength(1);
  });

  test('[UNK-16] that comes a day late and more is one as well, and is told to no window', async () => {
    const payment = newPayment();
    await payment.record('timeout');
    await payment.follow('approved');
    const before = await payment.stub().health(payment.address);
    const late = { ...payment.resultAs('approved'), eventTimeMs: Date.now() - 25 * 3_600_000 };
    for (let time = 0; time < 2; time += 1)
      expect(await processors.settleLate(payment.address, [late], [null])).toEqual({
        ok: true,
        outcomes: [{ outcome: 'late' }],
      });
    const conflict = { ...late, result: 'declined' as const };
    expect(await processors.settleLate(payment.address, [conflict], [null])).toMatchObject({
      outcomes: [{ outcome: 'refused', reason: 'conflicting_body' }],
    });
    expect((await processors.unknowns(payment.address, EVERYTHING))?.total).toBe(0);
    await until(async () => (await payment.remembered()).length === 2);
    await runDurableObjectAlarm(await payment.ledger(payment.paymentKey));
    await until(async () => (await alertsOf('double_charge_risk', payment.paymentId)).length === 1);
    const after = await payment.stub().health(payment.address);
    expect([after?.row.window, after?.recent.length]).toEqual([before?.row.window, before?.recent.length]);
    await evictDurableObject(payment.stub());
    expect((await processors.unknowns(payment.address, EVERYTHING))?.total).toBe(0);
    await payment.stub().retire(1);
    expect(await processors.settleLate(payment.address, [late], [null])).toEqual({ ok: false, reason: 'deleted' });
  });

  test('that the Registry could not hear is told by the alarm, after an eviction', async () => {
    const payment = newPayment();
    const stub = await payment.ledger(payment.paymentKey);
    const first = { ...attemptOf(payment.paymentId, 'approved'), id: `a:${payment.paymentId}`, atMs: Date.now() };
    await runInDurableObject(stub, async (instance) => {
      const watch = instance as unknown as { note(noted: unknown): Promise<void>; env: { REGISTRY: unknown } };
      const { REGISTRY } = watch.env;
      watch.env.REGISTRY = { idFromName: () => '', get: () => ({ signal: () => Promise.reject(new Error('away')) }) };
      await watch.note([
        { fingerprint: payment.paymentKey, attempts: [first, attemptOf(payment.paymentId, 'approved')] },
      ]);
      await new Promise((resolve) => setTimeout(resolve, 50));
      watch.env.REGISTRY = REGISTRY;
    });
    expect(await alertsOf('double_charge_risk', payment.paymentId)).toEqual([]);
    await evictDurableObject(stub);
    await runDurableObjectAlarm(stub);
    await until(async () => (await alertsOf('double_charge_risk', payment.paymentId)).length === 1);
  });
});

describe('[UNK-10] unknowns', () => {
  test('are listed oldest first, page by page, and survive an eviction', async () => {
    const { id, address, stub } = newPayment();
    const results = Array.from({ length: 25 }, (_, index) =>
      resultOf(id, {
        eventTimeMs: Date.now(),
        result: 'timeout',
        transactionId: asTransactionId(`t${String(index).padStart(2, '0')}`),
      }),
    );
    await processors.record(address, results.toReversed());
    await evictDurableObject(stub());
    const first = (await processors.unknowns(address, { ...EVERYTHING, limit: 10 }))!;
    expect([first.unknowns.length, first.total]).toEqual([10, 25]);
    const { sinceMs, transactionId } = first.unknowns[9]!;
    const rest = (await processors.unknowns(address, { ...EVERYTHING, after: { sinceMs, transactionId } }))!;
    const names = [...first.unknowns, ...rest.unknowns].map((unknown) => unknown.transactionId);
    expect(names).toEqual(results.map((result) => result.transactionId));
    const behind = await processors.unknowns(address, { ...EVERYTHING, after: { sinceMs, transactionId: null } });
    expect(behind?.unknowns).toEqual([]);
    expect((await processors.unknowns(address, { ...EVERYTHING, untilMs: sinceMs - 1 }))?.total).toBe(0);
  });

  test('[UNK-12] beyond the room there is the oldest is counted as forgotten, and not settled', async () => {
    const payment = newPayment();
    await payment.record('timeout');
    await runInDurableObject(payment.stub(), (_, { storage: { sql } }) => {
      sql.exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000)
        INSERT INTO unknown_attempt (transaction_id, since_ms, body) SELECT 'x' || i, 1, '{}' FROM n`);
    });
    await evictDurableObject(payment.stub());
    await processors.record(payment.address, [payment.resultAs('timeout', 'other')]);
    const page = await processors.unknowns(payment.address, { ...EVERYTHING, limit: 1 });
    expect(page).toMatchObject({ total: 200_001, forgotten: 1 });
  });
});

describe('[UNK-11] an unknown of more than 24 hours', () => {
  const sweep = async (address: ReturnType<typeof addressOf>): Promise<void> =>
    await sweepUnknowns.run(
      { processors: [{ ...addressOf('away'), id: 'away' }, address] as never },
      async ({ id }) => {
        if (id === addressOf('away').id) throw new Error('away');
        await env.PROCESSOR.get(env.PROCESSOR.idFromName(id)).sweepUnknowns(address);
      },
      { count: () => undefined },
    );

  test('is an alert of its processor, on once and off when it has ended, though another object is away', async () => {
    const payment = newPayment();
    await payment.record('timeout');
    await expect(sweep(payment.address)).rejects.toThrow('1 of 2 processors were not swept');
    expect(await alertsOf('unknown_overdue', payment.id)).toEqual([]);
    await runInDurableObject(payment.stub(), (_, { storage: { sql } }) => {
      const since = Date.now() - 26 * 3_600_000;
      sql.exec(`UPDATE unknown_attempt SET since_ms = ?1, body = json_set(body, '$.sinceMs', ?1)`, since);
    });
    await evictDurableObject(payment.stub());
    for (let time = 0; time < 2; time += 1) await expect(sweep(payment.address)).rejects.toThrow();
    const alerts = await alertsOf('unknown_overdue', payment.id);
    expect(alerts).toHaveLength(1);
    expect(alerts[0]).toMatchObject({
      closedAtMs: null,
      evidence: { count: 1, oldest_age_hours: 26, oldest_transaction: `${payment.paymentId}-first` },
    });
    await payment.record('declined');
    await expect(sweep(payment.address)).rejects.toThrow();
    expect((await alertsOf('unknown_overdue', payment.id))[0]?.closedAtMs).not.toBeNull();
  });

  test('that has ended for more than 31 days is let go', async () => {
    const payment = newPayment();
    await payment.record('timeout');
    await payment.record('approved');
    const rows = async () =>
      await runInDurableObject(payment.stub(), (_, { storage: { sql } }) => {
        const { count } = sql.exec<{ count: number }>('SELECT COUNT(*) AS count FROM unknown_attempt').one();
        sql.exec('UPDATE unknown_attempt SET settled_ms = ?', Date.now() - 32 * DAY_MS);
        return count;
      });
    expect(await rows()).toBe(1);
    await payment.stub().sweepUnknowns(payment.address);
    expect(await rows()).toBe(0);
  });
});
