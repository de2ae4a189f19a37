// Training from a real PostgreSQL, through the driver that the Worker uses and the HTTP that callers use: attempts that were seeded become priors.
import { beforeAll, describe, expect, test } from 'vitest';
import { type Caller, createCaller } from '../harness/http-caller.ts';
import { createNeonHistory } from '../../src/db/neon-history.ts';
import { createNeonTraining } from '../../src/db/neon-training.ts';
import { amountBandOf } from '../../src/domain/learning/context-effects.ts';
import { jobOf } from '../../tools/in-memory/in-memory-jobs.ts';
import { modelRow, readModel } from '../../src/domain/training/model-record.ts';
import { rowsOf, useHistoryDatabase } from '../harness/history-database.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const TODAY = Date.parse('2031-09-10T12:00:00Z');
const database = useHistoryDatabase();
const query = async (text: string, ...parameters: unknown[]) => await rowsOf(database().readUrl, text, parameters);
const past = () => createNeonTraining({ databaseUrl: database().databaseUrl, timeoutMs: 10_000 });
const at = (ms: number): string => new Date(ms).toISOString();

/** Three processors drawn evenly; `good` approves 90 in a hundred, `fair` 75, `poor` 55, and of large amounts ten less, `good` forty. Every fifth decision is kept. */
const DRAWN = `
  SELECT serial, moment, (ARRAY['good', 'fair', 'poor'])[1 + serial % 3] AS processor, serial * 7919 % 100 AS luck,
    CASE WHEN serial % 2 = 0 THEN 1500 ELSE 250000 END AS amount, (ARRAY['CARD', 'PIX'])[1 + serial / 6 % 2] AS method
  FROM (SELECT serial, $1::timestamptz + serial * $2::float8 * interval '1 millisecond' AS moment FROM generate_series(0, $3::int - 1) AS serial) AS made`;
async function seed(count: number): Promise<void> {
  const given = [at(TODAY - 4 * DAY), (4 * DAY - 2 * HOUR) / count, count];
  await query(
    `INSERT INTO attempts (recorded_at, processor_id, epoch, transaction_id, stage, result, fault, payment_method, country,
       amount_minor, currency, event_at, has_own_event_time, attempt, teaches_approval, decision_nonce, decided_at, propensity, arm,
       is_off_recommendation, had_permit)
     SELECT moment + interval '2 seconds', processor, 1, 'txn_' || serial, 'final',
       CASE WHEN luck < (CASE processor WHEN 'good' THEN 90 WHEN 'fair' THEN 75 ELSE 55 END) - (CASE WHEN amount < 9999 THEN 0 WHEN processor = 'good' THEN 40 ELSE 10 END) THEN 'approved' ELSE 'declined' END,
       'issuer', method, 'BR', amount, 'BRL', moment, true, 1, true, lpad(to_hex(serial), 16, '0'), moment, 1 / 3.0, 0, false, false
     FROM (${DRAWN}) AS drawn`,
    ...given,
  );
  await query(
    `INSERT INTO decisions (decided_at, nonce, table_version, payment_method, country, amount_minor, currency, processor_id, propensity,
       arm, strategy, probabilities, source, table_age_ms, sample_rate, is_deterministic)
     SELECT moment, lpad(to_hex(serial), 16, '0'), 1, method, 'BR', amount, 'BRL', processor, 1 / 3.0, 0, 'learned',
       '{"good":0.3333,"fair":0.3333,"poor":0.3333}'::jsonb, 'memory', 10, 0.5, false
     FROM (${DRAWN}) AS drawn WHERE serial / 12 % 2 = 0`,
    ...given,
  );
}

async function recordOne(over: Readonly<Record<string, unknown>>): Promise<void> {
  const row: Record<string, unknown> = {
    recorded_at: at(TODAY - HOUR),
    processor_id: 'strange',
    epoch: 1,
    transaction_id: `one_${(serial += 1)}`,
    stage: 'final',
    result: 'approved',
    fault: 'none',
    payment_method: 'OXXO',
    country: 'MX',
    amount_minor: 1_000,
    currency: 'MXN',
    event_at: at(TODAY - HOUR),
    has_own_event_time: true,
    attempt: 1,
    teaches_approval: true,
    ...over,
  };
  const names = Object.keys(row);
  const places = names.map((_, place) => `$${place + 1}`);
  await query(`INSERT INTO attempts (${names.join(', ')}) VALUES (${places.join(', ')})`, ...Object.values(row));
}
let serial = 0;

let caller: Caller;
beforeAll(async () => {
  await query(`SELECT history_make_partitions($1::date, 7)`, at(TODAY - 5 * DAY).slice(0, 10));
  caller = await createCaller({ registered: false });
  caller.set.now = TODAY;
  caller.set.training.past = past();
  caller.set.jobs.table = [jobOf('train-priors')];
  for (const id of ['good', 'fair', 'poor', 'strange'])
    await caller.call('POST', '/api/v1/processors', {
      body: { id, name: id, payment_methods: ['CARD', 'PIX', 'OXXO'], countries: ['BR', 'MX'] },
    });
});

const train = async () => await caller.call('POST', '/api/v1/ml/train');

describe('POST /api/v1/ml/train', () => {
  test('[TRN-4] an empty history, and one of three attempts, say how many are missing', async () => {
    expect((await train()).json).toMatchObject({ status: 422, missing: { training_samples: 1_000, hours: 2 } });
    for (const result of ['approved', 'declined', 'error']) await recordOne({ result });
    caller.set.now += 60_000;
    expect((await train()).json).toMatchObject({ status: 422, missing: { training_samples: 997, hours: 1 } });
  });

  test('[TRN-6] attempts become a model, and the model priors', async () => {
    await seed(9_000);
    caller.set.now += 60_000;
    const { status, json } = await train();
    expect([status, (json['model'] as { state: string }).state]).toEqual([200, 'promoted']);
    expect(json['model']).toMatchObject({ samples_left_out: 0, value: { why_none: null } });
    const { training_samples: trained, judged_samples: later } = json['model'] as Record<string, number>;
    expect(trained! + later!).toBe(9_003);
    expect(trained).toBeGreaterThan(6_700);
    const { json: set } = await caller.call('GET', '/api/v1/ml/priors');
    const mean = (id: string, segment: string): number =>
      (set['priors'] as { processor_id: string; segment: string; prior: { mean: number } }[]).find(
        (one) => one.processor_id === id && one.segment === segment,
      )!.prior.mean;
    expect(mean('good', 'PIX|BR')).toBeCloseTo(0.7, 1);
    expect(mean('poor', 'PIX|BR')).toBeCloseTo(0.5, 1);
    expect(Math.abs(mean('good', 'CARD|BR') - mean('fair', 'CARD|BR'))).toBeLessThan(0.04);
    const bestFor = async (amount: number): Promise<string> => {
      const body = {
        payment_method: 'PIX',
        country: 'BR',
        amount_minor: amount,
        currency: 'BRL',
        eligible_processors: ['good', 'fair', 'poor'],
      };
      const { json: told } = await caller.call('POST', '/api/v1/routing/recommend', { body });
      const ranked = told['recommendations'] as { processor_id: string; probability: number }[];
      return ranked.toSorted((one, other) => other.probability - one.probability)[0]!.processor_id;
    };
    expect([await bestFor(1_500), await bestFor(250_000)]).toEqual(['good', 'fair']);
  });

  test('[TRN-15] history takes the model as it is kept', async () => {
    const [{ version, body }] = caller.set.training.books as [{ version: number; body: string }];
    const history = createNeonHistory({ databaseUrl: database().databaseUrl, timeoutMs: 10_000 });
    const row = modelRow(readModel(version, body));
    for (const state of ['promoted', 'reverted'])
      expect(await history.keep('modelVersions', [{ ...row, state }])).toEqual({ ok: true, value: 1 });
    expect(
      await query(`SELECT state, trained_attempts::int AS trained, value_low < value_high AS wide FROM model_versions`),
    ).toEqual([{ state: 'reverted', trained: row.trainedAttempts, wide: true }]);
  });

  test('[TRN-13] history that is away is 503', async () => {
    database().proxy.misbehave('server_error');
    try {
      caller.set.now += 60_000;
      expect((await train()).json).toMatchObject({ status: 503, code: 'history_away' });
    } finally {
      database().proxy.misbehave(null);
    }
  });
});

describe('what is counted', () => {
  const stretch = { fromMs: TODAY - 5 * HOUR, toMs: TODAY + HOUR };
  const ofStrange = async () => {
    const reply = await past().cells(stretch, 20_000);
    if (!reply.ok) throw new Error(reply.fault.reason);
    return reply.value.cells.filter(({ processorId }) => processorId === 'strange');
  };

  test('[TRN-1] first attempts that teach something, an unknown by its end, a customer’s error not at all', async () => {
    const before = (await ofStrange()).reduce((sum, { attempts }) => sum + attempts, 0);
    expect(before).toBe(3);
    for (const over of [
      { attempt: 2 },
      { result: 'declined', fault: 'user' },
      { teaches_approval: false },
      { stage: 'refunded', result: 'refunded' },
      { result: 'abandoned' },
      { recorded_at: at(TODAY + HOUR) },
    ])
      await recordOne(over);
    expect((await ofStrange()).reduce((sum, { attempts }) => sum + attempts, 0)).toBe(3);
    const unknown = { transaction_id: 'unknown', stage: 'unknown', result: 'timeout' };
    await recordOne(unknown);
    const totals = async () => {
      const cells = await ofStrange();
      return [
        cells.reduce((sum, { attempts }) => sum + attempts, 0),
        cells.reduce((sum, { approved }) => sum + approved, 0),
      ];
    };
    expect(await totals()).toEqual([4, 1]);
    await recordOne({ transaction_id: 'unknown', recorded_at: at(TODAY - HOUR + 1) });
    expect(await totals()).toEqual([4, 2]);
  });

  test('[TRN-1] amounts are in the band of their digits, as the core has it, negative and huge ones too', async () => {
    const amounts = [-5, 0, 1, 10, 99_999_999, 100_000_000, Number.MAX_SAFE_INTEGER];
    for (const amount of amounts)
      await recordOne({ amount_minor: amount, currency: 'XTS', event_at: at(TODAY - 12 * HOUR - 1) });
    const cells = (await ofStrange()).filter(({ currency }) => currency === 'XTS');
    const bands = cells
      .flatMap(({ amountBand, attempts }) => Array.from({ length: attempts }, () => amountBand))
      .sort();
    expect(bands).toEqual(amounts.map(amountBandOf).sort());
    expect(new Set(cells.map(({ hourBand }) => hourBand))).toEqual(new Set([7]));
  });

  test('[TRN-1] beyond the limit the largest cells come, and all attempts are told', async () => {
    const whole = { fromMs: TODAY - 5 * DAY, toMs: TODAY + HOUR };
    const reply = await past().cells(whole, 3);
    const all = await past().cells(whole, 20_000);
    if (!reply.ok || !all.ok) throw new Error('away');
    expect(reply.value.cells).toEqual(all.value.cells.slice(0, 3));
    expect(reply.value.attempts).toBe(all.value.attempts);
  });

  test('[TRN-6] decisions that were drawn among several and followed, bounded, in no order that knows the draw', async () => {
    const whole = { fromMs: TODAY - 5 * DAY, toMs: TODAY };
    const reply = await past().drawnDecisions(whole, 20_000);
    if (!reply.ok) throw new Error('away');
    expect(reply.value).toHaveLength(4_500);
    expect(reply.value[0]).toMatchObject({
      candidates: ['fair', 'good', 'poor'],
      propensity: expect.closeTo(1 / 3, 9),
      currency: 'BRL',
    });
    const count = async (change: string): Promise<number> => {
      await query(change);
      const again = await past().drawnDecisions(whole, 20_000);
      return again.ok ? again.value.length : NaN;
    };
    const nonces = (from: number): string => `(SELECT nonce FROM decisions ORDER BY nonce OFFSET ${from} LIMIT 10)`;
    expect(await count(`UPDATE decisions SET is_deterministic = true WHERE nonce IN ${nonces(0)}`)).toBe(4_490);
    expect(await count(`UPDATE decisions SET actual_processor_id = processor_id WHERE nonce IN ${nonces(10)}`)).toBe(
      4_480,
    );
    expect(await count(`UPDATE attempts SET is_off_recommendation = true WHERE decision_nonce IN ${nonces(20)}`)).toBe(
      4_470,
    );
    expect(await count(`UPDATE attempts SET had_permit = true WHERE decision_nonce IN ${nonces(30)}`)).toBe(4_460);
    expect(
      await count(`UPDATE decisions SET probabilities = '{"good":1,"fair":"NaN"}' WHERE nonce IN ${nonces(40)}`),
    ).toBe(4_450);
    expect(await count(`UPDATE decisions SET propensity = 'NaN' WHERE nonce IN ${nonces(50)}`)).toBe(4_440);
    const few = await past().drawnDecisions(whole, 100);
    expect(few.ok && few.value.length).toBeGreaterThan(50);
  });
});
