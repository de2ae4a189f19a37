// What objects keep for history beside attempts and breaker changes, against a real PostgreSQL: written once or by its last word, and let go by days.
import { describe, expect, test } from 'vitest';
import { createNeonHistory } from '../../src/db/neon-history.ts';
import { resultOf } from '../harness/results.ts';
import { rowsOf, useHistoryDatabase } from '../harness/history-database.ts';
import type {
  AlertRow,
  AnomalyRow,
  DecisionRow,
  PredictionRow,
  StatusChangeRow,
} from '../../src/domain/history/kept-rows.ts';
import type { AttemptRow } from '../../src/domain/history/history-rows.ts';

const DAY_MS = 86_400_000;
const database = useHistoryDatabase();
const history = () => createNeonHistory({ databaseUrl: database().databaseUrl, timeoutMs: 5_000 });
const query = (text: string, ...parameters: unknown[]) => rowsOf(database().databaseUrl, text, parameters);

const rowsAt = (recordedAtMs: number, count: number): AttemptRow[] =>
  Array.from({ length: count }, (_, index) => ({
    recordedAtMs: recordedAtMs + index,
    epoch: 1,
    result: resultOf('p', { eventTimeMs: recordedAtMs }),
  }));

const AT = Date.parse('2031-04-01T12:00:00.123Z');
const ALERT: AlertRow = {
  id: 'alt_1',
  kind: 'breaker',
  processorId: 'p',
  scope: '*',
  subject: null,
  fromStatus: 'HEALTHY',
  toStatus: 'DOWN',
  openedAtMs: AT,
  updatedAtMs: AT,
  closedAtMs: null,
  acknowledgedBy: null,
  acknowledgedAtMs: null,
  reason: 'r',
  evidence: { 'failures': 5, 'a\u0000b': 'c\ud800' },
  riskMinorPerHour: 1_234.6,
  riskCurrency: 'BRL',
};
const DECISION: DecisionRow = {
  decidedAtMs: AT,
  nonce: '0123456789abcdef',
  tableVersion: 7,
  paymentMethod: 'PIX',
  country: 'BR',
  amountMinor: null,
  currency: null,
  processorId: 'p',
  propensity: 0.8,
  isDeterministic: false,
  actualProcessorId: null,
  arm: 1,
  experimentId: 'e',
  strategy: 'learned',
  probabilities: { p: 0.8, q: 0.2 },
  source: 'board',
  tableAgeMs: 412,
  sampleRate: 0.1,
};

describe('rows of other tables', () => {
  test('[HIS-17] the last word of a thing stands, within a request and after it', async () => {
    const closed = {
      ...ALERT,
      closedAtMs: AT + 9,
      updatedAtMs: AT + 9,
      acknowledgedBy: 'Ana',
      acknowledgedAtMs: AT + 5,
    };
    expect(await history().keep('alerts', [ALERT, { ...ALERT, id: 'alt_2' }, { ...ALERT, reason: 'later' }])).toEqual({
      ok: true,
      value: 2,
    });
    expect(await query(`SELECT reason, evidence, risk_minor_per_hour FROM alerts WHERE id = 'alt_1'`)).toEqual([
      { reason: 'later', evidence: { 'failures': 5, 'a\ufffdb': 'c\ufffd' }, risk_minor_per_hour: '1235' },
    ]);
    for (let times = 0; times < 2; times += 1) expect((await history().keep('alerts', [closed])).ok).toBe(true);
    expect(await query(`SELECT closed_at, acknowledged_by, acknowledged_at FROM alerts WHERE id = 'alt_1'`)).toEqual([
      { closed_at: new Date(AT + 9), acknowledged_by: 'Ana', acknowledged_at: new Date(AT + 5) },
    ]);
    expect((await query(`SELECT 1 FROM alerts`)).length).toBe(2);
  });

  test('[HIS-21] a decision is there once, in the partition of its day, with all it was drawn from', async () => {
    const rows = [DECISION, { ...DECISION, nonce: 'ffff456789abcdef', decidedAtMs: AT + 3 * DAY_MS }];
    expect(await history().keep('decisions', rows)).toEqual({ ok: true, value: 2 });
    expect(await history().keep('decisions', [...rows, { ...DECISION, strategy: 'other' }])).toEqual({
      ok: true,
      value: 0,
    });
    const [kept] = await query(`SELECT * FROM decisions_20310401`);
    expect(kept).toMatchObject({
      decided_at: new Date(AT),
      nonce: '0123456789abcdef',
      probabilities: { p: 0.8, q: 0.2 },
      strategy: 'learned',
      experiment_id: 'e',
      table_age_ms: 412,
      sample_rate: 0.1,
      is_deterministic: false,
      actual_processor_id: null,
    });
  });

  test('[HIS-17] every table takes its rows, strange numbers among them, and nobody reads a NaN', async () => {
    const evidence = { rate: Number.NaN, list: [1, Number.POSITIVE_INFINITY] };
    const [scope, reason, processorId] = ['PIX|BR', 'r', 'p'];
    const risk = { riskMinorPerHour: -12.4, riskCurrency: null };
    const ofScope = { processorId, scope };
    const anomaly: AnomalyRow = {
      ...{ id: 'ano_1', metric: 'success_rate', severity: 'warning', ...ofScope, ...risk },
      ...{ score: 1e300, expected: Number.NaN, observed: -1, openedAtMs: AT, updatedAtMs: AT, closedAtMs: Number.NaN },
      ...{ evidence, cause: null },
    };
    const prediction: PredictionRow = {
      ...{ id: 'pre_1', kind: 'error_rate', ...ofScope, madeAtMs: AT, probability: 0.3, windowFromMs: AT },
      ...{ windowToMs: 9e15, evidence, recommendedAction: 'drain', outcome: null, judgedAtMs: null },
    };
    const status: StatusChangeRow = {
      ...ofScope,
      changedAtMs: AT,
      epoch: 1,
      fromStatus: 'HEALTHY',
      toStatus: 'DOWN',
      reason,
    };
    const scaled = { id: 'scl_1', target: 'gateways', direction: 'up', instancesBefore: 2, instancesAfter: 3, reason };
    const ids = { keyId: 'k', requestId: 'q' };
    const audit = { id: 1, happenedAtMs: AT, ...ids, action: 'a', subject: 's', version: 1, before: null, after: '{}' };
    const given = { incidentId: 'ano_1', givenAtMs: AT, verdict: 'false_alarm', keyId: 'k', note: null };
    for (let times = 0; times < 2; times += 1) {
      expect(await history().keep('anomalies', [anomaly])).toEqual({ ok: true, value: 1 });
      expect((await history().keep('scalingEvents', [{ ...scaled, evidence, happenedAtMs: AT }])).ok).toBe(true);
      const once = { ok: true, value: times === 0 ? 1 : 0 };
      expect(await history().keep('statusChanges', [status])).toEqual(once);
      expect(await history().keep('audit', [audit])).toEqual(once);
      expect(await history().keep('incidentFeedback', [given])).toEqual(once);
    }
    expect(
      await query(`SELECT score, expected, closed_at, evidence, cause, risk_minor_per_hour FROM anomalies`),
    ).toEqual([
      {
        ...{ score: 1e300, expected: null, closed_at: null, cause: null, risk_minor_per_hour: '-12' },
        evidence: { rate: null, list: [1, null] },
      },
    ]);
    // A moment that no clock shows is not known, and here it must be.
    expect(await history().keep('predictions', [prediction])).toEqual({
      ok: false,
      fault: { reason: 'refused', code: '23502' },
    });
    expect((await history().keep('predictions', [{ ...prediction, windowToMs: AT + 1 }])).ok).toBe(true);
  });

  test('[HIS-24] what comes after the horizon is written where history has not got it, whoever had it then', async () => {
    const epoch = 1;
    const [first, second, third] = rowsAt(AT, 3).map((row) => ({ ...row, epoch }));
    expect((await history().writeAttempts([first!])).ok).toBe(true);
    const later = { ...first!, epoch: 2, recordedAtMs: AT + 3 * DAY_MS };
    const refund = { ...later, result: { ...later.result, result: 'refunded' as const } };
    const late = [
      later,
      refund,
      { ...second!, recordedAtMs: AT + 3 * DAY_MS },
      { ...second!, recordedAtMs: AT + 4 * DAY_MS },
    ];
    expect(await history().keep('lateAttempts', late)).toEqual({ ok: true, value: 2 });
    expect(await history().keep('lateAttempts', [...late, third!])).toEqual({ ok: true, value: 1 });
    const ids = [first!, second!, third!].map(({ result }) => result.transactionId);
    const kept = await query(
      `SELECT stage, recorded_at FROM attempts WHERE transaction_id = ANY($1) ORDER BY recorded_at, stage`,
      ids,
    );
    expect(kept.map(({ stage, recorded_at: at }) => `${String(stage)} ${(at as Date).getTime() - AT}`)).toEqual([
      'final 0',
      'final 2',
      `final ${3 * DAY_MS}`,
      `refunded ${3 * DAY_MS}`,
    ]);
  });
});

describe('what leaves history', () => {
  test('[HIS-23] days that are put aside stay readable under their names, and one that is written again gets another', async () => {
    const from = Date.parse('2029-06-01T00:00:00Z');
    for (let times = 0; times < 2; times += 1) {
      await history().makePartitions(from, 2);
      await history().writeAttempts(rowsAt(from, 2));
      const name = times === 0 ? '' : '_more';
      expect(await history().archivePartitionsBefore(from + DAY_MS)).toEqual({
        ok: true,
        value: [`attempts_20290601${name}`, `decisions_20290601${name}`],
      });
    }
    expect(
      await query(`SELECT 1 FROM attempts WHERE recorded_at < '2029-06-02' AND recorded_at >= '2029-06-01'`),
    ).toEqual([]);
    expect((await query(`SELECT 1 FROM archive.attempts_20290601`)).length).toBe(2);
    expect((await query(`SELECT 1 FROM archive.attempts_20290601_more`)).length).toBe(2);
    expect(await history().dropPartitionsBefore(from + DAY_MS)).toEqual({ ok: true, value: [] });
    expect((await query(`SELECT 1 FROM archive.attempts_20290601`)).length).toBe(2);
  });

  test('[HIS-23] PostgreSQL says what time it has', async () => {
    const reply = await history().clock();
    expect(reply.ok && Math.abs(reply.value - Date.now())).toBeLessThan(60_000);
  });
});
