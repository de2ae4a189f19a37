// Anomalies over HTTP: what was found and why, what people say of it, how well it is found, and how watchful the house is.
import { beforeEach, describe, expect, test } from 'vitest';
import { type Anomaly, withSymptoms } from '../../../src/domain/payment-anomalies/anomaly.ts';
import { type Caller, createCaller } from '../../harness/http-caller.ts';
import { LAB_FIGURES } from '../../../src/domain/payment-anomalies/lab-figures.ts';
import { liveJson } from '../../../src/http/schemas/live.ts';
import type { PaymentIncident } from '../../../src/domain/payment-anomalies/incident-book.ts';
import { START } from '../../harness/in-memory-world.ts';

const PATH = '/api/v1/anomalies';
const MINUTE = START / 60_000;
let caller: Caller;
beforeEach(async () => {
  caller = await createCaller();
  caller.set.anomalies.throughMinute = MINUTE;
  caller.set.anomalies.anomalies = [
    anomalyOf('ano_1', { kind: 'latency_shift', severity: 'minor', closedMinute: MINUTE - 90, closedAs: 'over' }, -100),
    { ...anomalyOf('ano_2', {}, -20), causes: [CAUSE], localisedMinute: MINUTE - 1 },
    anomalyOf('ano_3', { kind: 'volume_spike', severity: 'info' }, -5),
  ];
});

const CAUSE: Anomaly['causes'][number] = {
  combination: { processor: 'processor_b', country: 'MX', bin: '411111' },
  alsoNamed: [],
  measure: 'failure',
  verdict: 'processor',
  share: 1,
  before: { trials: 900, hits: 9, rate: 0.01 },
  after: { trials: 100, hits: 90, rate: 0.9 },
  excess: 89,
  evidenceNats: 150,
  codes: [{ code: 'http_503', fault: 'processor', before: 1, after: 90, share: 1 }],
  processorsRisen: ['processor_b'],
  processorsFine: ['processor_d'],
  minorAtRiskPerHour: 120_000,
};

function anomalyOf(id: string, over: Partial<PaymentIncident>, minutes: number): Anomaly {
  const symptom: PaymentIncident = {
    id: `${id}0`,
    scope: 'processor:processor_b',
    kind: 'success_drop',
    severity: 'critical',
    openedMinute: MINUTE + minutes,
    seenMinute: MINUTE + minutes + 2,
    closedMinute: null,
    closedAs: null,
    evidence: { successRate: 0.2, usualSuccessRate: 0.9, nats: 40 },
    effect: 0.7,
    minorAtRiskPerMinute: 2_000,
    feedback: null,
    ...over,
  };
  const { kind, scope, severity, openedMinute, seenMinute } = symptom;
  const blank: Anomaly = {
    ...{ format: 1, id, kind, scope, severity, openedMinute, seenMinute, closedMinute: null, closedAs: null },
    ...{ joinedTo: null, symptoms: [], causes: [], localisedMinute: null, atRisk: null, feedback: null, revision: 1 },
  };
  return withSymptoms(blank, [symptom], () => 'BRL');
}

const get = async (path: string) => await caller.call('GET', `${PATH}${path}`);
const judge = async (id: string, body: object, key?: string) =>
  await caller.call('POST', `${PATH}/${id}/feedback`, { body, ...(key !== undefined && { key }) });
const idsOf = ({ json }: { json: Record<string, unknown> }) =>
  (json['anomalies'] as { id: string }[]).map(({ id }) => id);

describe('GET /api/v1/anomalies', () => {
  test('[ANM-9] tells each with its severity, its causes, its evidence and the money at risk, newest first', async () => {
    const { status, json } = await get('');
    expect(status).toBe(200);
    expect(json).toMatchObject({ count: 3, next_cursor: null });
    expect(idsOf({ json })).toEqual(['ano_3', 'ano_2', 'ano_1']);
    expect((json['anomalies'] as object[])[1]).toMatchObject({
      kind: 'success_drop',
      severity: 'critical',
      state: 'open',
      summary: 'Approvals have dropped (processor_b, in MX, BIN 411111: the processor is at fault)',
      processor_id: 'processor_b',
      segment: '*',
      money_at_risk: { minor_per_hour: 120_000, currency: 'BRL' },
      causes: [
        { processor_id: 'processor_b', payment_method: null, country: 'MX', bin: '411111', verdict: 'processor' },
      ],
      findings: [{ scope: 'processor:processor_b', evidence: { successRate: 0.2 } }],
    });
  });

  test('[ANM-13] by state, kind, severity and moment, page by page', async () => {
    expect(idsOf(await get('?state=open'))).toEqual(['ano_3', 'ano_2']);
    expect(idsOf(await get('?state=closed'))).toEqual(['ano_1']);
    expect(idsOf(await get('?kind=volume_spike'))).toEqual(['ano_3']);
    expect(idsOf(await get('?severity=minor'))).toEqual(['ano_1']);
    const since = encodeURIComponent(new Date(START - 3_600_000).toISOString());
    expect(idsOf(await get(`?since=${since}`))).toEqual(['ano_3', 'ano_2']);
    const first = await get('?limit=2');
    expect(idsOf(first)).toEqual(['ano_3', 'ano_2']);
    expect(idsOf(await get(`?limit=2&cursor=${String(first.json['next_cursor'])}`))).toEqual(['ano_1']);
  });

  test('[ANM-13] names the field that is wrong, and knows one by its id', async () => {
    for (const [query, field] of [
      ['?kind=nothing', 'kind'],
      ['?severity=grave', 'severity'],
      ['?state=ajar', 'state'],
      ['?since=yesterday', 'since'],
      ['?limit=0', 'limit'],
      ['?cursor=x', 'cursor'],
    ]) {
      const { status, json } = await get(query!);
      expect({
        status,
        fields: [...new Set((json['errors'] as { field: string }[]).map((each) => each.field))],
      }).toEqual({
        status: 422,
        fields: [field],
      });
    }
    expect((await get('/ano_2')).json).toMatchObject({ id: 'ano_2' });
    expect((await get('/ano_ff')).status).toBe(404);
    expect((await get('/x')).status).toBe(422);
  });

  test('[ANM-10] the live socket tells one in the same words', async () => {
    const told = liveJson({ type: 'anomaly', anomaly: caller.set.anomalies.anomalies[1]! });
    expect(told).toEqual({ type: 'anomaly', anomaly: (await get('/ano_2')).json });
  });
});

describe('POST /api/v1/anomalies/{id}/feedback', () => {
  test('[ANM-11] is kept, audited, and shows in the precision', async () => {
    const { status, json } = await judge('ano_2', { verdict: 'confirmed', note: 'their gateway was down' });
    expect({ status, json }).toMatchObject({ status: 200, json: { id: 'ano_2', feedback: 'confirmed' } });
    expect((await judge('ano_1', { verdict: 'false_alarm' })).json).toMatchObject({ feedback: 'false_alarm' });
    expect(caller.set.anomalies.feedback).toMatchObject([
      { anomalyId: 'ano_2', verdict: 'confirmed', note: 'their gateway was down', givenAtMs: START },
      { anomalyId: 'ano_1', verdict: 'false_alarm', note: null },
    ]);
    expect(caller.set.audit.map(({ action, subject }) => [action, subject])).toContainEqual([
      'anomaly_confirmed',
      'ano_2',
    ]);
    expect((await get('/stats')).json).toMatchObject({
      total: 3,
      open: 2,
      precision_from_feedback: { judged: 2, confirmed: 1, precision: 0.5 },
      precision_from_lab: { precision: LAB_FIGURES.precision, source: 'lab/payment-anomalies/precision.ts' },
      learned_through: new Date(START + 60_000).toISOString(),
    });
  });

  test('[ANM-11] of nothing is 404, without a verdict 422, with a reading key 403', async () => {
    expect((await judge('ano_ff', { verdict: 'confirmed' })).status).toBe(404);
    expect(caller.set.audit.filter(({ action }) => action.startsWith('anomaly'))).toEqual([]);
    expect((await judge('ano_2', {})).json).toMatchObject({ errors: [{ field: 'verdict' }] });
    expect((await judge('ano_2', { verdict: 'maybe' })).status).toBe(422);
    expect((await judge('ano_2', { verdict: 'confirmed', note: 'a\nb' })).json).toMatchObject({
      errors: [{ field: 'note' }],
    });
    expect((await judge('ano_2', { verdict: 'confirmed' }, caller.keys.read)).status).toBe(403);
  });
});

describe('GET and PUT /api/v1/anomalies/settings', () => {
  test('[ANM-12] go by the names of the seed, under an ETag, audited', async () => {
    const before = await get('/settings');
    expect(before.json).toEqual({ enabled: true, sensitivity: 0.5, enable_fraud_detection: true });
    const put = async (body: object, headers: Record<string, string> = {}) =>
      await caller.call('PUT', `${PATH}/settings`, { body, headers });
    const etag = before.headers.get('etag')!;
    expect((await put({ sensitivity: 0.85 }, { 'If-Match': etag })).json).toEqual({
      enabled: true,
      sensitivity: 0.85,
      enable_fraud_detection: true,
    });
    expect((await put({ enabled: false }, { 'If-Match': etag })).status).toBe(412);
    expect(caller.set.anomalies.settings.sensitivity).toBe(0.85);
    for (const body of [{ sensitivity: 1.1 }, { sensitivity: -1 }, { sensitivity: 'high' }, { watchful: true }])
      expect((await put(body)).status).toBe(422);
    expect(caller.set.audit[0]).toMatchObject({ action: 'put_anomaly_settings' });
  });

  test('[ANM-15] statistics of nothing are no numbers of something', async () => {
    caller.set.anomalies.anomalies = [];
    caller.set.anomalies.throughMinute = null;
    const { json } = await get('/stats');
    expect(json).toMatchObject({
      total: 0,
      precision_from_feedback: { judged: 0, confirmed: 0, precision: null, low: null, high: null },
      learned_through: null,
      scopes: 0,
    });
    expect((json['kinds'] as object[]).length).toBe(10);
  });
});
