// Anomalies as they are found in a real PostgreSQL, through the driver that the Worker uses: what is counted, what is named, and what is written back.
import { beforeEach, describe, expect, test } from 'vitest';
import { anomaliesOf, type AnomalyCircumstances, noAnomalies } from '../../tools/in-memory/in-memory-anomalies.ts';
import type { AnomalyDesk } from '../../src/ports/anomaly-port.ts';
import { anomalyRow, feedbackRow } from '../../src/domain/payment-anomalies/anomaly-row.ts';
import { amountBin } from '../../src/domain/payment-anomalies/payment-minute.ts';
import { asTransactionId } from '../../src/domain/identity.ts';
import type { AttemptRow } from '../../src/domain/history/history-rows.ts';
import { createNeonAnomalies } from '../../src/db/neon-anomalies.ts';
import { createNeonHistory } from '../../src/db/neon-history.ts';
import { findAnomalies } from '../../src/flows/find-anomalies.ts';
import { isTechnicalFailure } from '../../src/domain/results/canonical-result.ts';
import { addressOf, resultOf } from '../harness/results.ts';
import { PROCESSORS, simulatedAttempts } from '../harness/simulated-attempts.ts';
import { rowsOf, useHistoryDatabase } from '../harness/history-database.ts';

const database = useHistoryDatabase();
const anomalies = (timeoutMs = 8_000) => createNeonAnomalies({ databaseUrl: database().databaseUrl, timeoutMs });
const query = (text: string, ...parameters: unknown[]) => rowsOf(database().readUrl, text, parameters);
const minuteOf = (moment: string): number => Date.parse(moment) / 60_000;

async function write(rows: readonly AttemptRow[]): Promise<void> {
  const history = createNeonHistory({ databaseUrl: database().databaseUrl, timeoutMs: 20_000 });
  for (let at = 0; at < rows.length; at += 5_000)
    expect(await history.writeAttempts(rows.slice(at, at + 5_000))).toMatchObject({ ok: true });
}

async function minutesOf(from: number, through: number) {
  const reply = await anomalies().minutes(from, through);
  if (!reply.ok) throw new Error(JSON.stringify(reply.fault));
  return new Map(reply.value.map((each) => [`${each.scope} ${each.minute - from}`, each]));
}

describe('counting', () => {
  const RESULTS = ['approved', 'declined', 'error', 'timeout'] as const;
  const FAULTS = ['none', 'processor', 'network', 'issuer', 'user', 'merchant_config'] as const;

  test('[ANM-2] each attempt is counted in the house, its processor and its segment, as the core judges it', async () => {
    const at = minuteOf('2032-01-01T12:00:00Z');
    const rows = RESULTS.flatMap((result) =>
      FAULTS.map((fault, index) => ({
        recordedAtMs: at * 60_000 + index,
        epoch: 1,
        result: resultOf('p', { eventTimeMs: at * 60_000, result, fault, amountMinor: 100 * (index + 1) }),
      })),
    );
    await write(rows);
    const found = await minutesOf(at - 1, at + 1);
    expect([...found.keys()].sort()).toEqual(['* 1', 'processor:p 1', 'route:p|PIX|BR 1', 'segment:PIX|BR 1']);
    const house = found.get('* 1')!;
    const failed = rows.filter((row) => isTechnicalFailure(row.result)).length;
    expect(house).toMatchObject({
      attempts: 24,
      failures: failed,
      approvals: 6,
      declines: 18 - failed,
      amounts: { BRL: { attempts: 24, minor: 4 * 2_100 } },
    });
    const bins = Object.fromEntries([1, 2, 3, 4, 5, 6].map((times) => [amountBin(100 * times), 0]));
    for (const times of [1, 2, 3, 4, 5, 6]) bins[amountBin(100 * times)]! += 4;
    expect(house.amountBins).toEqual(bins);
    expect({ ...found.get('processor:p 1')!, scope: '*' }).toEqual(house);
  });

  test('[ANM-2] huge and negative amounts, strange latencies, codes and no details give finite counts', async () => {
    const at = minuteOf('2032-01-02T12:00:00Z');
    const strange = [
      { amountMinor: 9_007_199_254_740_991, latencyMs: NaN, declineCode: '__proto__', result: 'declined' },
      { amountMinor: -5, latencyMs: Infinity, currency: 'JPY' },
      { amountMinor: 0, latencyMs: -1, declineCode: 'x'.repeat(500), result: 'error' },
      { latencyMs: 1e300, result: 'timeout' },
    ] as const;
    await write(
      strange.map((over, index) => ({
        recordedAtMs: at * 60_000 + index,
        epoch: 1,
        result: resultOf('p', { eventTimeMs: at * 60_000, ...over }),
      })),
    );
    const house = (await minutesOf(at, at)).get('* 0')!;
    expect(house.attempts).toBe(4);
    expect(house.latency).toEqual({ sumMs: 600_000, bins: [expect.any(Number), 1] });
    expect(house.declineCodes).toEqual({ other: 1 });
    expect(house.amounts['JPY']).toEqual({ attempts: 1, minor: 0 });
    expect(JSON.stringify(house)).not.toMatch(/null,|NaN|Infinity/);
  });

  test('[ANM-3] a timeout that is settled counts once, when it was unknown; what is told an hour late, and a refund, do not count', async () => {
    const at = minuteOf('2032-01-03T12:00:00Z');
    const rowOf = (minute: number, over: object): AttemptRow => ({
      recordedAtMs: minute * 60_000,
      epoch: 1,
      result: resultOf('p', { eventTimeMs: minute * 60_000, ...over }),
    });
    const transactionId = asTransactionId('settled');
    await write([
      rowOf(at, { transactionId, result: 'timeout' }),
      rowOf(at + 5, { transactionId, result: 'approved' }),
      rowOf(at + 5, { eventTimeMs: (at - 60) * 60_000 }),
      rowOf(at + 5, { result: 'refunded' }),
      rowOf(at + 5, { result: 'approved' }),
    ]);
    const found = await minutesOf(at, at + 5);
    expect(found.get('* 0')).toMatchObject({ attempts: 1, failures: 1 });
    expect(found.get('* 5')).toMatchObject({ attempts: 1, approvals: 1 });
  });
});

describe('a run', () => {
  const FROM = minuteOf('2032-02-03T00:00:00Z');
  const FAULT_FROM = FROM + 150;
  let set: AnomalyCircumstances;
  let desk: AnomalyDesk;
  beforeEach(() => {
    set = { ...noAnomalies(), throughMinute: FROM - 1 };
    desk = { ...anomaliesOf(set), history: anomalies() };
  });
  const processors = PROCESSORS.map((id) => ({ ...addressOf(id), enabled: true })) as never;
  const runAt = async (minute: number): Promise<void> =>
    await findAnomalies(
      desk,
      { processors, overrides: [] },
      { now: minute * 60_000 + 30_000, signal: new AbortController().signal, count: () => undefined },
    );

  test('[ANM-9] one processor, country and BIN that fail become one anomaly that names them, with the money, in the tables as well', async () => {
    const rows = [
      ...simulatedAttempts({
        name: 'culprit',
        perMinute: 90,
        fromMinute: FROM,
        minutes: 172,
        fault: ({ minute, processor, country, bin, draw }) =>
          minute >= FAULT_FROM && processor === 'beta' && country === 'MX' && bin === '433333' && draw() < 0.95
            ? { result: 'error', fault: 'processor', declineCode: 'http_503' }
            : null,
      }),
    ];
    await write(rows);
    await runAt(FAULT_FROM);
    expect(set.anomalies).toEqual([]);
    for (let minute = FAULT_FROM + 1; minute <= FROM + 172; minute += 1) await runAt(minute);
    expect(set.anomalies.map(({ kind, closedMinute }) => [kind, closedMinute])).toEqual([['success_drop', null]]);
    const [found] = set.anomalies;
    expect(found!.causes).toMatchObject([
      {
        combination: { processor: 'beta', country: 'MX', bin: '433333' },
        verdict: 'processor',
        measure: 'failure',
        processorsRisen: ['beta'],
        codes: [{ code: 'http_503', fault: 'processor' }],
      },
    ]);
    expect(found!.openedMinute - FAULT_FROM).toBeLessThan(20);
    expect(found!.atRisk).toMatchObject({ currency: 'BRL' });
    expect(set.alerted.at(-1)).toMatchObject({
      kind: 'anomaly',
      processorId: 'beta',
      reason: expect.stringContaining('beta, in MX, BIN 433333'),
    });
    const history = createNeonHistory({ databaseUrl: database().databaseUrl, timeoutMs: 5_000 });
    expect(await history.keep('anomalies', [anomalyRow(found!, FROM + 172)])).toEqual({ ok: true, value: 1 });
    const kept = await query(`SELECT * FROM anomalies`);
    expect(kept).toMatchObject([
      {
        id: found!.id,
        metric: 'success_drop',
        processor_id: 'beta',
        closed_at: null,
        risk_currency: 'BRL',
        cause: [{ combination: { processor: 'beta', country: 'MX', bin: '433333' } }],
      },
    ]);
    const judged = { anomalyId: found!.id, givenAtMs: Date.now(), verdict: 'confirmed', keyId: 'key_1' } as const;
    const feedback = feedbackRow({ ...judged, note: 'it was their gateway' });
    expect(await history.keep('incidentFeedback', [feedback, feedback])).toMatchObject({ ok: true });
    expect(await query(`SELECT incident_id, verdict, key_id, note FROM incident_feedback`)).toEqual([
      { incident_id: found!.id, verdict: 'confirmed', key_id: 'key_1', note: 'it was their gateway' },
    ]);
  });

  test('[ANM-4] a PostgreSQL that is away stops the run at the minute it had reached, and nothing is lost when it is back', async () => {
    await runAt(FROM + 100);
    const reached = set.throughMinute;
    await database().server.stop();
    await expect(runAt(FROM + 140)).rejects.toThrow('history is unreachable');
    expect(set.throughMinute).toBe(reached);
    await database().server.start();
    await runAt(FROM + 140);
    expect(set.throughMinute).toBe(FROM + 139);
    expect(set.anomalies).toEqual([]);
  });
});
