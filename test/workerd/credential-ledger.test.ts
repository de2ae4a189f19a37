// The credential ledgers on a real object's SQLite, and the way there: the shards, and what an unreachable one becomes.
import { env } from 'cloudflare:workers';
import { runInDurableObject } from 'cloudflare:test';
import { expect, test } from 'vitest';
import { attemptOf, DAY, reserveRequestOf } from '../domain/retries/sample-question.ts';
import { CredentialLedgers } from '../../durable-objects/credential-ledger.ts';
import type { ReserveRequest } from '../../src/ports/credential-port.ts';

let serial = 0;

/** `anew` gives the instance that would stand there after an eviction. */
async function withLedgers(run: (anew: () => CredentialLedgers, storage: DurableObjectStorage) => Promise<void>) {
  serial += 1;
  const stub = env.CREDENTIAL_LEDGER.get(env.CREDENTIAL_LEDGER.idFromName(`ledgers-${serial}`));
  await runInDurableObject(stub, async (_, state) => {
    await run(() => new CredentialLedgers(state, env), state.storage);
    await state.storage.deleteAlarm();
  });
}

const rows = (storage: DurableObjectStorage): number =>
  storage.sql.exec<{ count: number }>('SELECT COUNT(*) AS count FROM ledger').one().count;

const requestOf = (index: number, atMs: number = Date.now()): ReserveRequest => ({
  ...reserveRequestOf(index, atMs),
  nextTransactionId: `next_${index}`,
});

test('[RTY-22] eight callers at once on one card are given what the ceiling leaves, and an eviction forgets no slot', async () => {
  await withLedgers(async (anew) => {
    const ledgers = anew();
    const at = Date.now();
    const requests = Array.from({ length: 8 }, (_, index) => requestOf(index, at));
    await ledgers.note([{ fingerprint: 'card_1', attempts: requests.map(({ question }) => question.attempt) }]);
    // Eight declines, seven of which follow one: five slots are left of twelve.
    const replies = await Promise.all(requests.map((request) => ledgers.reserve('card_1', request)));
    expect(replies.filter(({ reservation }) => reservation !== null)).toHaveLength(5);
    const ninth = await anew().reserve('card_1', requestOf(8, at));
    expect(ninth).toMatchObject({ advice: { action: 'stop', ruleId: 'visa_reattempts_30d' }, reservation: null });
    expect((await anew().reserve('card_2', requestOf(8, at))).reservation).not.toBeNull();
    // The ninth decline took a place of its own: two must go before one is free.
    await anew().release('card_1', replies[0]!.reservation!.id);
    await anew().release('card_1', replies[1]!.reservation!.id);
    expect((await anew().reserve('card_1', requests[0]!)).reservation).not.toBeNull();
  });
});

test('[RTY-28] a result takes its slot, by the id that was told or as the next attempt of its payment', async () => {
  await withLedgers(async (anew, storage) => {
    const byId = await anew().reserve('card_1', requestOf(1));
    const byPayment = await anew().reserve('card_1', { ...requestOf(2), nextTransactionId: null });
    expect(byPayment.reservation).toMatchObject({ attemptId: null, paymentId: 'pay_2' });
    const { processorId } = byPayment.reservation!;
    // Its object has been evicted meanwhile, and nothing is known but what is on disk.
    await anew().note([
      {
        fingerprint: 'card_1',
        attempts: [
          attemptOf({ id: byId.reservation!.attemptId!, processorId, atMs: Date.now() }),
          attemptOf({ id: 'a:other', paymentId: 'pay_2', processorId, atMs: Date.now() }),
        ],
      },
    ]);
    const { body } = storage.sql.exec<{ body: string }>('SELECT body FROM ledger').one();
    const { reservations, attempts } = JSON.parse(body) as { reservations: unknown[]; attempts: unknown[] };
    expect([reservations.length, attempts.length]).toEqual([0, 4]);
  });
});

test('[RTY-34] a payment that is charged to eight cards at once is promised one attempt, and a restart forgets it not', async () => {
  await withLedgers(async (anew) => {
    const ledgers = anew();
    const request = requestOf(1);
    const guarded = await Promise.all(
      Array.from({ length: 8 }, async (_, card) => {
        const fingerprint = `card_${card}`;
        const { reservation } = await ledgers.reserve(fingerprint, {
          ...request,
          requestId: `req_${card}`,
          fingerprint,
        });
        return await ledgers.guard('payment pay_1', { ...request, promise: reservation!, fingerprint });
      }),
    );
    expect(guarded.filter(({ refusal }) => refusal === null)).toHaveLength(1);
    const { reservation } = await anew().reserve('card_9', { ...request, requestId: 'req_9' });
    const again = { ...request, promise: reservation!, fingerprint: 'card_9' };
    expect((await anew().guard('payment pay_1', again)).refusal).toMatchObject({ ruleId: 'retry_already_given' });
    expect(await anew().release('payment pay_1', 'req_0:a:1:card_0')).toMatchObject({
      freed: { fingerprint: 'card_0' },
    });
    expect((await anew().guard('payment pay_1', again)).refusal).toBeNull();
  });
});

test('[RTY-1] the alarm drops what is older than 31 days, and an empty ledger with it', async () => {
  await withLedgers(async (anew, storage) => {
    await anew().note([{ fingerprint: 'card_1', attempts: [attemptOf({ atMs: Date.now() - 31 * DAY + 1_000 })] }]);
    await anew().note([{ fingerprint: 'card_2', attempts: [attemptOf({ atMs: Date.now() })] }]);
    expect(await storage.getAlarm()).toBeLessThan(Date.now() + DAY);
    expect(rows(storage)).toBe(2);
    await new Promise((resolve) => setTimeout(resolve, 1_050));
    await anew().alarm();
    expect(rows(storage)).toBe(1);
    expect(await storage.getAlarm()).toBeGreaterThan(Date.now() + 30 * DAY);
  });
});

test('[RTY-1] a card number is no fingerprint, and is not written down', async () => {
  await withLedgers(async (anew, storage) => {
    await expect(anew().note([{ fingerprint: '4242424242424242', attempts: [attemptOf()] }])).rejects.toThrow(
      'no card number',
    );
    expect(rows(storage)).toBe(0);
  });
});
