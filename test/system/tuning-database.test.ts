// Tuning over a real PostgreSQL through the real driver: what it counts, how it parts payments, and that what it holds does no harm.
import { beforeAll, describe, expect, test } from 'vitest';
import { createNeonTuning } from '../../src/db/neon-tuning.ts';
import { isOnTrial, SLOT_MS } from '../../src/domain/tuning/trial-arm.ts';
import { rowsOf, useHistoryDatabase } from '../harness/history-database.ts';
import type { SettingName } from '../../src/domain/tuning/tuned-settings.ts';
import type { TrialTallies } from '../../src/domain/tuning/optimization.ts';

const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000];
const NOW = Date.parse('2031-06-10T12:00:00Z');
const database = useHistoryDatabase();
const past = () => createNeonTuning({ databaseUrl: database().databaseUrl, timeoutMs: 8_000 });
const at = (ms: number): string => new Date(ms).toISOString();
const nonceText = (nonce: bigint): string => nonce.toString(16).padStart(16, '0');

let serial = 0;
const row = (id: string, over: Readonly<Record<string, unknown>>): Record<string, unknown> => ({
  recorded_at: at(NOW - HOUR),
  processor_id: id,
  epoch: 1,
  transaction_id: `${id}${(serial += 1)}`,
  stage: 'final',
  result: 'approved',
  fault: 'none',
  payment_method: 'PIX',
  country: 'BR',
  amount_minor: 1_000,
  currency: 'BRL',
  event_at: at(NOW - HOUR),
  has_own_event_time: true,
  attempt: 1,
  teaches_approval: true,
  latency_ms: 200,
  decision_nonce: null,
  decided_at: null,
  is_off_recommendation: null,
  payment_id: null,
  ...over,
});

async function record(rows: readonly Record<string, unknown>[]): Promise<void> {
  const names = Object.keys(rows[0]!);
  await rowsOf(
    database().readUrl,
    `INSERT INTO attempts (${names.join(', ')}) SELECT ${names.join(', ')} FROM json_populate_recordset(NULL::attempts, $1::json)`,
    [JSON.stringify(rows)],
  );
}

beforeAll(async () => {
  await rowsOf(database().readUrl, `SELECT history_make_partitions($1::date, 4)`, [at(NOW - 2 * DAY).slice(0, 10)]);
});

const evidenceOf = async (id: string, sinceMs = 0, epoch = 1) => {
  const reply = await past().evidence([{ processorId: id, epoch, sinceMs }], NOW);
  if (!reply.ok) throw new Error(JSON.stringify(reply.fault));
  return reply.value.get(id);
};

describe('evidence', () => {
  test('[TUN-16] counts an attempt by its first word, and leaves out latencies that are none', async () => {
    await record(
      ['NaN', 'Infinity', -5, 1e300, 600_000, null, 250].map((latency_ms) => row('strange', { latency_ms })),
    );
    const unsettled = {
      transaction_id: 'settled',
      stage: 'unknown',
      result: 'timeout',
      fault: 'processor',
      latency_ms: 9_000,
    };
    await record([
      row('strange', { ...unsettled, recorded_at: at(NOW - 2 * HOUR) }),
      row('strange', { transaction_id: 'settled' }),
      row('strange', { stage: 'refunded', result: 'refunded' }),
      row('strange', { result: 'error', fault: 'issuer', amount_minor: '9007199254740991' }),
      row('strange', { epoch: 2 }),
      row('strange', { recorded_at: at(NOW - 25 * HOUR) }),
      row('strange', { attempt: 2, result: 'declined', fault: 'issuer' }),
    ]);
    await rowsOf(
      database().readUrl,
      `INSERT INTO breaker_changes VALUES ($1, 'strange', 1, '*', 'CLOSED', 'OPEN', 'r'), ($2, 'strange', 1, '*', 'OPEN', 'HALF_OPEN', 'r'), ($3, 'strange', 1, '*', 'CLOSED', 'OPEN', 'r')`,
      [at(NOW - HOUR), at(NOW - HOUR + 1), at(NOW - 8 * DAY)],
    );
    expect(await evidenceOf('strange')).toMatchObject({
      attempts: 10,
      failures: 1,
      timeouts: 1,
      measured: 3,
      latencyP50Ms: 200,
      byAttempt: [
        { attempt: 1, count: 9, approved: 7 },
        { attempt: 2, count: 1, approved: 0 },
      ],
      breakerChanges: 1,
    });
    expect(await evidenceOf('strange', NOW - 30 * MINUTE)).toBeUndefined();
    expect(await evidenceOf('nobody')).toBeUndefined();
    expect(await evidenceOf('strange', 0, 2)).toMatchObject({
      attempts: 1,
      failures: 0,
      busyPerSecond: 1,
      breakerChanges: 0,
    });
  });

  test('[TUN-1] has the quantiles, and busy seconds against calm ones', async () => {
    const seconds = Array.from({ length: 200 }, (_, second) => ({ second, load: second % 16 === 0 ? 10 : 2 }));
    await record(
      seconds.flatMap(({ second, load }) =>
        Array.from({ length: load }, (_, i) =>
          row('loaded', {
            event_at: at(NOW - HOUR + second * 1_000 + i),
            latency_ms: 100 + i,
            ...(load === 10 && i < 4 && { result: 'error', fault: 'processor' }),
          }),
        ),
      ),
    );
    expect(await evidenceOf('loaded')).toMatchObject({
      attempts: 504,
      failures: 52,
      latencyP50Ms: 101,
      latencyP99Ms: 109,
      busyPerSecond: 10,
      peakPerSecond: 10,
      busy: { attempts: 130, failures: 52 },
      calm: { attempts: 374, failures: 0 },
    });
  });
});

const tally = async (id: string, setting: SettingName, salt: number): Promise<TrialTallies> => {
  const [fromMs, toMs] = [NOW - 3 * HOUR, NOW - 2 * HOUR];
  const reply = await past().tally({
    processorId: id,
    epoch: 1,
    setting,
    salt,
    fromMs,
    toMs,
    timeoutsMs: [8_000, 10_000],
  });
  if (!reply.ok) throw new Error(JSON.stringify(reply.fault));
  return reply.value;
};
const decided = (id: string, nonce: bigint, over: Readonly<Record<string, unknown>> = {}) =>
  row(id, {
    decision_nonce: nonceText(nonce),
    decided_at: at(NOW - 3 * HOUR + Number(nonce % 3_600n) * 1_000),
    recorded_at: at(NOW - 3 * HOUR + Number(nonce % 3_600n) * 1_000 + 500),
    is_off_recommendation: false,
    ...over,
  });

describe('a tally', () => {
  const SALT = 0xdead_beef;
  const nonces = Array.from({ length: 2_000 }, (_, i) => BigInt.asUintN(64, BigInt(i) * 0x9e37_79b9_7f4a_7c15n + 5n));
  const isOn = (nonce: bigint): boolean => isOnTrial({ setting: 'timeout_ms', salt: SALT }, { nonce, now: 0 });
  test('[TUN-9] parts payments as the edge has parted them', async () => {
    await record(nonces.map((nonce) => decided('parted', nonce, { latency_ms: isOn(nonce) ? 1 : 3 })));
    const on = nonces.filter(isOn).length;
    expect(await tally('parted', 'timeout_ms', SALT)).toEqual({
      trial: { units: on, score: on, scoreSquares: on, costs: on, cost: on, costSquares: on },
      heldOut: {
        units: 2_000 - on,
        score: 2_000 - on,
        scoreSquares: 2_000 - on,
        costs: 2_000 - on,
        cost: 3 * (2_000 - on),
        costSquares: 9 * (2_000 - on),
      },
    });
    expect((await tally('parted', 'timeout_ms', 0)).trial.cost).not.toBe(on);
  });

  test('[TUN-16] counts a settled timeout once, as what it cost, and only what was decided and followed in time', async () => {
    const [one, two] = [nonces.find(isOn)!, nonces.find((nonce) => !isOn(nonce))!];
    const timeout = { stage: 'unknown', result: 'timeout', fault: 'processor', latency_ms: null };
    await record([
      ...[one, two].map((nonce) => decided('timed', nonce, { ...timeout, transaction_id: `timed-${nonce}` })),
      ...[one, two].map((nonce) =>
        decided('timed', nonce, { transaction_id: `timed-${nonce}`, recorded_at: at(NOW - 2 * HOUR) }),
      ),
      decided('timed', one, { is_off_recommendation: true }),
      decided('timed', one, { decided_at: at(NOW - 4 * HOUR) }),
      decided('timed', one, { recorded_at: at(NOW - HOUR) }),
      decided('timed', one, { decision_nonce: 'no nonce' }),
      decided('timed', one, { epoch: 3 }),
      row('timed', { recorded_at: at(NOW - 3 * HOUR + 1) }),
    ]);
    const each = { units: 1, score: 0, scoreSquares: 0, costs: 1 };
    expect(await tally('timed', 'timeout_ms', SALT)).toEqual({
      trial: { ...each, cost: 8_000, costSquares: 64e6 },
      heldOut: { ...each, cost: 10_000, costSquares: 1e8 },
    });
  });

  test('[TUN-9] of a rate goes by whole slots, of attempts by whole payments', async () => {
    const slots = Array.from({ length: 6 }, (_, i) => (NOW - 3 * HOUR) / SLOT_MS + i);
    const slotOn = slots.filter((slot) =>
      isOnTrial({ setting: 'requests_per_second', salt: SALT }, { nonce: 0n, now: slot * SLOT_MS }),
    );
    const { trial, heldOut } = await tally('parted', 'requests_per_second', SALT);
    expect([trial.units, trial.score, heldOut.units]).toEqual([slotOn.length, slotOn.length, 6 - slotOn.length]);
    const failed = { result: 'error', fault: 'processor' };
    await record(
      nonces.slice(0, 40).flatMap((nonce, i) => [
        decided('retried', nonce, { payment_id: `pay-${i}`, ...failed }),
        decided(i % 2 === 0 ? 'retried' : 'other', nonce + 1n, {
          payment_id: `pay-${i}`,
          attempt: 2,
          ...(isOn(nonce) ? {} : failed),
        }),
      ]),
    );
    const payments = await tally('retried', 'attempts_max', SALT);
    const on = nonces.slice(0, 40).filter(isOn).length;
    expect([payments.trial, payments.heldOut]).toMatchObject([
      { units: on, score: on, cost: 2 * on },
      { units: 40 - on, score: 0, cost: 2 * (40 - on) },
    ]);
  });

  test('of nothing is nothing, and a database that is away is a fault', async () => {
    expect((await tally('nobody', 'attempts_max', SALT)).trial.units).toBe(0);
    expect((await tally('nobody', 'requests_per_second', SALT)).heldOut.units).toBe(0);
    const gone = createNeonTuning({ databaseUrl: database().databaseUrl.replace(/:\d+\//, ':1/'), timeoutMs: 3_000 });
    expect(await gone.evidence([], NOW)).toEqual({ ok: false, fault: { reason: 'unreachable' } });
  });
});
