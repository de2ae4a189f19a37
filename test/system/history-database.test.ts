// The history's store against a real PostgreSQL, through the driver that the Worker uses.
import { describe, expect, test } from 'vitest';
import { createNeonHistory } from '../../src/db/neon-history.ts';
import { resultOf } from '../harness/results.ts';
import { asTransactionId } from '../../src/domain/identity.ts';
import { rowsOf, useHistoryDatabase } from '../harness/history-database.ts';
import type { AttemptDetails } from '../../src/domain/history/attempt-details.ts';
import type { AttemptRow } from '../../src/domain/history/history-rows.ts';

const DAY_MS = 86_400_000;
const database = useHistoryDatabase();
const history = (timeoutMs = 5_000) => createNeonHistory({ databaseUrl: database().databaseUrl, timeoutMs });
const query = (text: string, ...parameters: unknown[]) => rowsOf(database().databaseUrl, text, parameters);

function rowsAt(recordedAtMs: number, count: number): AttemptRow[] {
  return Array.from({ length: count }, (_, index) => ({
    recordedAtMs: recordedAtMs + index,
    epoch: 1_795_000_000_000,
    result: resultOf('p', { eventTimeMs: recordedAtMs }),
  }));
}

const partitionsOf = async (table: string): Promise<string[]> =>
  (
    await query(
      `SELECT relname FROM pg_inherits JOIN pg_class ON oid = inhrelid WHERE inhparent = $1::regclass ORDER BY relname`,
      table,
    )
  ).map(({ relname }) => String(relname));

describe('writing', () => {
  test('[HIS-2] a batch that is sent twice, and by two at once, is there once', async () => {
    const rows = rowsAt(Date.parse('2031-03-01T12:00:00Z'), 500);
    expect(await history().writeAttempts(rows)).toEqual({ ok: true, value: 500 });
    expect(await history().writeAttempts(rows)).toEqual({ ok: true, value: 0 });
    const more = [...rows, ...rowsAt(Date.parse('2031-03-01T13:00:00Z'), 500)];
    const both = await Promise.all([history().writeAttempts(more), history().writeAttempts(more)]);
    expect(both.map((reply) => (reply.ok ? reply.value : reply.fault)).sort()).toEqual([0, 500]);
    const [counted] = await query(`SELECT count(*) FROM attempts WHERE recorded_at::date = '2031-03-01'`);
    expect(counted).toEqual({ count: '1000' });
  });

  test('[HIS-2] every field arrives as it was recorded', async () => {
    const atMs = Date.parse('2031-03-02T00:00:00.123Z');
    const decision = {
      nonce: '0123456789abcdef',
      decidedAtMs: atMs - 900,
      propensity: 0.8731,
      arm: 2,
      offRecommendation: true,
      permit: false,
    };
    const result = resultOf('p', {
      eventTimeMs: atMs - 300,
      result: 'declined',
      declineCode: 'do "not", {honor}\\',
      latencyMs: 312.5,
      feeMinor: 2.9,
      amountMinor: 9_007_199_254_740_991,
      attempt: 3,
      decision,
      teachesApproval: false,
    });
    const details: AttemptDetails = {
      paymentId: 'ord_1',
      bin: '41111111',
      issuerCountry: 'BR',
      initiator: 'customer',
      threeDs: false,
      network: 'visa',
      credentialHash: 'h0123456789abcdef',
      customerHash: 'hfedcba9876543210',
      declineClass: 'later',
    };
    const row = { recordedAtMs: atMs, epoch: 5, result: { ...result, details } };
    expect(await history().writeAttempts([row])).toEqual({ ok: true, value: 1 });
    expect(await query(`SELECT * FROM attempts WHERE transaction_id = $1`, result.transactionId)).toEqual([
      {
        recorded_at: new Date(atMs),
        processor_id: 'p',
        epoch: '5',
        transaction_id: result.transactionId,
        stage: 'final',
        result: 'declined',
        fault: 'issuer',
        payment_method: 'PIX',
        country: 'BR',
        decline_code: 'do "not", {honor}\\',
        amount_minor: '9007199254740991',
        currency: 'BRL',
        event_at: new Date(atMs - 300),
        has_own_event_time: true,
        latency_ms: 312.5,
        fee_minor: 2.9,
        attempt: 3,
        teaches_approval: false,
        decision_nonce: '0123456789abcdef',
        decided_at: new Date(atMs - 900),
        propensity: 0.8731,
        arm: 2,
        is_off_recommendation: true,
        had_permit: false,
        payment_id: 'ord_1',
        bin: '41111111',
        issuer_country: 'BR',
        initiator: 'customer',
        three_ds: false,
        network: 'visa',
        credential_hash: 'h0123456789abcdef',
        customer_hash: 'hfedcba9876543210',
        decline_class: 'later',
      },
    ]);
  });

  test('[HIS-2] a breaker change that is sent twice is there once', async () => {
    const change = { atMs: Date.parse('2031-03-01T12:00:00Z'), scope: '*', from: 'CLOSED', to: 'OPEN', reason: 'r' };
    const row = { processorId: resultOf('p', { eventTimeMs: 0 }).processorId, epoch: 1, change } as never;
    expect(await history().writeBreakerChanges([row, row])).toEqual({ ok: true, value: 1 });
    expect(await history().writeBreakerChanges([row])).toEqual({ ok: true, value: 0 });
  });

  test('[HIS-12] what PostgreSQL cannot hold is replaced, and the row arrives', async () => {
    const atMs = Date.parse('2031-03-03T00:00:00Z');
    const [row] = rowsAt(atMs, 1);
    const result = { ...row!.result, transactionId: asTransactionId('a\u0000b\ud800c\ud83d\ude00') };
    expect(await history().writeAttempts([{ ...row!, result }])).toEqual({ ok: true, value: 1 });
    const [kept] = await query(`SELECT transaction_id FROM attempts WHERE recorded_at = $1`, new Date(atMs));
    expect(kept).toEqual({ transaction_id: 'a\ufffdb\ufffdc\u{1f600}' });
  });

  test('[HIS-6] a number that no column holds is refused, and none of its batch is written', async () => {
    const rows = rowsAt(Date.parse('2031-03-04T00:00:00Z'), 3);
    const bad = { ...rows[1]!, result: { ...rows[1]!.result, attempt: 1e12 } };
    expect(await history().writeAttempts([rows[0]!, bad, rows[2]!])).toEqual({
      ok: false,
      fault: { reason: 'refused', code: '22003' },
    });
    expect(
      await query(`SELECT 1 FROM attempts WHERE recorded_at >= '2031-03-04' AND recorded_at < '2031-03-05'`),
    ).toEqual([]);
  });
});

describe('partitions', () => {
  test('[HIS-11] the missing day and two after it are made by who writes, by many at once as well', async () => {
    const midnight = Date.parse('2031-05-10T00:00:00Z');
    const batches = Array.from({ length: 6 }, () => rowsAt(midnight - 3, 6));
    const replies = await Promise.all(batches.map((rows) => history().writeAttempts(rows)));
    expect(replies).toEqual(batches.map(() => ({ ok: true, value: 6 })));
    for (const table of ['attempts', 'decisions']) {
      expect((await partitionsOf(table)).filter((name) => name.includes('_203105'))).toEqual(
        ['09', '10', '11', '12'].map((day) => `${table}_203105${day}`),
      );
    }
    const [counted] = await query(`SELECT count(*) FROM attempts_20310509`);
    expect(counted).toEqual({ count: '18' });
  });

  test('[HIS-11] retention drops whole days before the one that is named, and no other', async () => {
    const from = Date.parse('2030-01-01T00:00:00Z');
    expect(await history().makePartitions(from, 4)).toEqual({ ok: true, value: 8 });
    await history().writeAttempts(rowsAt(from + 2 * DAY_MS, 2));
    const dropped = await history().dropPartitionsBefore(from + 2 * DAY_MS + 3_600_000);
    expect(dropped).toEqual({
      ok: true,
      value: ['attempts_20300101', 'attempts_20300102', 'decisions_20300101', 'decisions_20300102'],
    });
    expect((await query(`SELECT 1 FROM attempts_20300103`)).length).toBe(2);
    expect(await history().dropPartitionsBefore(from)).toEqual({ ok: true, value: [] });
  });
});

describe('faults', () => {
  test('[HIS-4] a server that is stopped, hangs, fails or cuts off is `unreachable`, in time, and no exception', async () => {
    const { server, proxy } = database();
    const rows = rowsAt(Date.parse('2031-03-05T00:00:00Z'), 2);
    const away = { ok: false, fault: { reason: 'unreachable' } };
    for (const fault of ['hang', 'server_error', 'cut'] as const) {
      proxy.misbehave(fault, 1);
      const startedMs = performance.now();
      expect(await history(500).writeAttempts(rows)).toEqual(away);
      expect(performance.now() - startedMs).toBeLessThan(3_000);
    }
    await server.stop();
    expect(await history().writeAttempts(rows)).toEqual(away);
    await server.start();
    await server.kill();
    expect(await history().writeAttempts(rows)).toEqual(away);
    await server.start();
    expect((await history().writeAttempts(rows)).ok).toBe(true);
    const [counted] = await query(`SELECT count(*) FROM attempts WHERE recorded_at::date = '2031-03-05'`);
    expect(counted).toEqual({ count: '2' });
  });

  test('[HIS-4] without its tables, or with a wrong password, it is not ready: the rows are not at fault', async () => {
    const { databaseUrl } = database();
    const rows = rowsAt(Date.parse('2031-03-06T00:00:00Z'), 1);
    const at = (url: string) => createNeonHistory({ databaseUrl: url, timeoutMs: 5_000 }).writeAttempts(rows);
    expect(await at(databaseUrl.replace(/:[^:@]*@/, ':wrong@'))).toEqual({
      ok: false,
      fault: { reason: 'unprepared', code: '28P01' },
    });
    await query(`ALTER TABLE attempts RENAME TO elsewhere`);
    try {
      expect(await at(databaseUrl)).toEqual({ ok: false, fault: { reason: 'unprepared', code: '42P01' } });
    } finally {
      await query(`ALTER TABLE elsewhere RENAME TO attempts`);
    }
  });
});
