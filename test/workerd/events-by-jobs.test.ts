// All eight named events, each made by the job that is there for it, to the live socket and to a signed webhook: the objects, the jobs and the PostgreSQL are real, the clock is moved.
import { createExecutionContext, runDurableObjectAlarm, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { EVENT_NAMES } from '../../src/domain/notifications/named-event.ts';
import { neon } from '../../src/db/neon-endpoint.ts';
import { registryStub } from '../../durable-objects/registry-client.ts';
import worker from './test-worker.ts';

const receiver = (inject as (name: string) => unknown)('alertReceiver') as string;
const postgres = (inject as (name: string) => unknown)('postgresOnDemand') as string;
const SECRET = `whsec_${btoa('b'.repeat(32))}`;
const [SECOND, MINUTE, DAY] = [1_000, 60_000, 86_400_000];
/** Ahead of the runtime's clock, by which alarms ring: none does unless it is rung here. */
const NOON = Date.parse('2031-06-10T12:00:00Z');

type Json = Readonly<Record<string, unknown>>;
let deployed: Env;
let key = '';
let databaseUrl = '';
const heard: (Json & { readonly type: string })[] = [];

/** A busy machine's PostgreSQL may take longer to let somebody in than the proxy waits: then it is asked again. */
async function query(text: string, ...parameters: unknown[]): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await neon(databaseUrl).query(text, parameters);
      return;
    } catch (error) {
      if (attempt === 5 || !String(error).includes('out of reach')) throw error;
    }
  }
}
const pass = (ms: number): void => void vi.setSystemTime(Date.now() + ms);

async function ask(method: string, path: string, body?: unknown): Promise<Json> {
  const context = createExecutionContext();
  const request = new Request(`https://signalbox.example/api/v1${path}`, {
    method,
    headers: { 'Authorization': `Bearer ${key}`, 'Content-Type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  }) as Parameters<typeof worker.fetch>[0];
  const response = await worker.fetch(request, deployed, context);
  await waitOnExecutionContext(context);
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${text}`);
  return text === '' ? {} : (JSON.parse(text) as Json);
}

/** A minute goes by first: each run has a scheduled time of its own. One that PostgreSQL was too slow for is run again. */
async function run(job: string): Promise<Json> {
  let ended: Json = {};
  for (let attempt = 0; attempt < 5 && ended['outcome'] !== 'done'; attempt += 1) {
    pass(MINUTE);
    ended = (await ask('POST', `/jobs/${job}/run`, {}))['run'] as Json;
  }
  expect(ended).toMatchObject({ outcome: 'done' });
  return ended['counts'] as Json;
}

async function record(processor_id: string, count: number, result: string): Promise<void> {
  for (let done = 0; done < count; done += 1) {
    pass(10);
    const payment = { payment_method: 'PIX', country: 'BR', amount: 10, currency: 'BRL' };
    await ask('POST', '/transactions', { transaction_id: `t${(serial += 1)}`, processor_id, result, ...payment });
  }
}
let serial = 0;

/** Of a day up to now ten attempts a minute; `failing`: SQL over `ago`, in minutes, a share in thousandths. */
async function recordedBefore(id: string, failing: string): Promise<void> {
  await query(
    `INSERT INTO attempts (recorded_at, processor_id, epoch, transaction_id, stage, result, fault, payment_method, country,
       amount_minor, currency, event_at, has_own_event_time, latency_ms, attempt, teaches_approval)
     SELECT moment, $1, $3, $1 || serial, 'final',
       CASE WHEN serial * 7919 % 1000 < failing THEN 'error' ELSE 'approved' END,
       CASE WHEN serial * 7919 % 1000 < failing THEN 'processor' ELSE 'none' END,
       'PIX', 'BR', 1000, 'BRL', moment - interval '2 seconds', true, 300 + serial * 4177 % 200, 1, true
     FROM (SELECT moment, (${failing})::float8 AS failing, row_number() OVER (ORDER BY moment) AS serial
       FROM (SELECT moment, extract(epoch FROM $2::timestamptz - moment) / 60 AS ago
         FROM generate_series($2::timestamptz - interval '1 day', $2::timestamptz - interval '6 seconds', interval '6 seconds') AS moment) AS timed) AS sized`,
    id,
    new Date(Math.floor(Date.now() / MINUTE) * MINUTE).toISOString(),
    epochs.get(id),
  );
}
const epochs = new Map<string, number>();

/** Of a breaker, a change every ten seconds up to now. */
async function changed(id: string, changes: readonly string[]): Promise<void> {
  for (const [index, change] of changes.entries()) {
    const at = new Date(Date.now() - (changes.length - index) * 10 * SECOND).toISOString();
    const between = change.split('>');
    await query(
      `INSERT INTO breaker_changes VALUES ($1, $2, $3, '*', $4, $5, 'r')`,
      at,
      id,
      epochs.get(id),
      ...between,
    );
  }
}

/** Two weeks with one quiet hour a day. */
const quietHoursOf = async (id: string): Promise<void> =>
  await query(
    `INSERT INTO processor_hours SELECT $1, hour, CASE WHEN hour % 24 = 3 THEN 1 ELSE 500 END, 1, 300, 400
     FROM generate_series($2::int - 336, $2::int - 25) AS hour`,
    id,
    Math.floor(Date.now() / (60 * MINUTE)),
  );

async function listen(): Promise<void> {
  const { url } = await ask('POST', '/live/tickets');
  const context = createExecutionContext();
  const asked = new Request(`https://signalbox.example${String(url)}`, { headers: { upgrade: 'websocket' } });
  const { webSocket } = await worker.fetch(asked as Parameters<typeof worker.fetch>[0], deployed, context);
  if (webSocket === null) throw new Error('the board let nobody in');
  webSocket.addEventListener('message', ({ data }) => heard.push(JSON.parse(String(data)) as (typeof heard)[number]));
  webSocket.accept();
}

/** By the webhook, each with a good signature. */
async function told(): Promise<readonly { readonly id: string; readonly type: string; readonly data: Json }[]> {
  const { ALERT_COURIER: couriers } = env as Env;
  await runDurableObjectAlarm(couriers.get(couriers.idFromName('main')));
  const { received } = await (
    await fetch(`${receiver}/jobs`)
  ).json<{
    received: { headers: Record<string, string>; body: string }[];
  }>();
  return received.map(({ headers, body }) => {
    const { type, data } = JSON.parse(body) as { type: string; data: Json };
    // Not verified as of now: the clock has gone on since it was sent.
    const sentAt = new Date(Number(headers['webhook-timestamp']) * 1_000);
    expect(headers['webhook-signature']).toBe(new Webhook(SECRET).sign(headers['webhook-id']!, sentAt, body));
    return { id: headers['webhook-id']!, type, data };
  });
}

/** On both ways, the same; on the socket its parts stand beside the type. */
async function expectTold(type: string, like: object): Promise<void> {
  const bySocket = () => heard.filter((one) => one.type === type);
  const byWebhook = async () => (await told()).filter((one) => one.type === type).map(({ data }) => data);
  await expect.poll(bySocket, { timeout: 15_000 }).toContainEqual(expect.objectContaining(like));
  await expect.poll(byWebhook, { timeout: 15_000 }).toContainEqual(expect.objectContaining(like));
}
/** Objects are asked within a time limit: on a busy machine one that did not answer is left out of account until the next run. */
async function runUntilHeard(job: string, type: string, rounds = 6): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    await run(job);
    const isHeard = () => heard.some((one) => one.type === type);
    if (await vi.waitUntil(isHeard, { timeout: 1_000 }).catch(() => false)) return;
  }
}
const part = (like: object): unknown => expect.objectContaining(like);

beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOON });
  databaseUrl = await (await fetch(postgres)).text();
  const pace = { TARGET_TPM_PER_INSTANCE: '1', SCALE_UP_COOLDOWN_MS: '0', SCALE_DOWN_COOLDOWN_MS: '0' };
  deployed = { ...env, DATABASE_URL: databaseUrl, ...pace } as unknown as Env;
  const reply = await registryStub(env as Env).createKey('t', ['admin'], { keyId: 'key_t', requestId: 'req_1' });
  if (!reply.ok) throw new Error(reply.reason);
  key = reply.secret;
  await ask('PUT', '/channels/jobs', {
    ...{ name: 'j', kind: 'webhook', severities: ['info'], events: EVENT_NAMES },
    ...{ url: `${receiver}/jobs/200`, secrets: [SECRET] },
  });
  await listen();
}, 60_000);
afterAll(() => void vi.useRealTimers());

async function register(...ids: string[]): Promise<void> {
  for (const id of ids) await ask('POST', '/processors', { id, name: id, countries: ['BR'], payment_methods: ['PIX'] });
  const { processors } = await registryStub(env as Env).configuration();
  for (const { id, epoch } of processors) epochs.set(id, epoch);
}

// PostgreSQL and its proxy share the machine with everybody.
describe('on the live socket and on a webhook', { timeout: 60_000 }, () => {
  test('[NTF-37] [NTF-38] the job `scaling` tells scaled_up as payments come, and scaled_down as they go', async () => {
    await register('steady', 'other');
    await run('scaling');
    await record('steady', 20, 'approved');
    pass(-50 * SECOND);
    await run('scaling');
    await expectTold('scaled_up', { change: part({ cause: 'load', to: 20 }) });
    pass(10 * MINUTE);
    await runUntilHeard('scaling', 'scaled_down');
    await expectTold('scaled_down', { change: part({ cause: 'load', from: 20, to: 2 }) });
  });

  test('[NTF-37] [NTF-38] the job `heal` tells healing_event and failover_triggered of a segment that fails unstopped', async () => {
    // Its breaker is so patient that nothing else stops it.
    const breaker = { failureThreshold: 1_000, failureRateThreshold: 1, minimumVolume: 1_000 };
    await ask('POST', '/processors', {
      ...{ id: 'failing', name: 'failing', countries: ['BR'], payment_methods: ['PIX'], breaker },
    });
    await register();
    await record('failing', 40, 'error');
    await record('failing', 5, 'approved');
    pass(MINUTE);
    await runUntilHeard('heal', 'failover_triggered');
    const action = part({ processor_id: 'failing', kind: 'fail_over_segment', state: 'done' });
    await expectTold('failover_triggered', { action });
    await expectTold('healing_event', { action });
  });

  test('[NTF-37] [NTF-38] the job `heal` tells provider_recovered once a healed processor has all of its share', async () => {
    await register('sick');
    await record('sick', 10, 'approved');
    await record('sick', 6, 'error');
    pass(90 * SECOND);
    await record('sick', 3, 'approved');
    const isBack = () => heard.some(({ type }) => type === 'provider_recovered');
    for (let minute = 0; minute < 30 && !isBack(); minute += 1) {
      await record('sick', 5, 'approved');
      await run('heal');
    }
    await expectTold('provider_recovered', { action: part({ processor_id: 'sick', outcome: 'recovered' }) });
  });

  test('[NTF-37] [NTF-38] the job `foretell-trouble` tells prediction and maintenance_scheduled, and `tune-settings` optimization_applied', async () => {
    await register('ramp', 'flapping');
    await query(`SELECT history_make_partitions($1::date, 4)`, new Date(NOON - 2 * DAY).toISOString().slice(0, 10));
    await recordedBefore('ramp', 'CASE WHEN ago < 60 THEN 10 + (60 - ago) * 1.3 ELSE 10 END');
    await recordedBefore('flapping', '10');
    await quietHoursOf('flapping');
    await changed('flapping', [
      ...'CLOSED>OPEN OPEN>HALF_OPEN HALF_OPEN>OPEN OPEN>HALF_OPEN HALF_OPEN>OPEN'.split(' '),
    ]);
    await runUntilHeard('foretell-trouble', 'prediction');
    await expectTold('prediction', { prediction: part({ processor_id: 'ramp', kind: 'error_rate_rising' }) });
    // What was only possible by then has come now.
    await changed('flapping', 'OPEN>HALF_OPEN HALF_OPEN>CLOSED CLOSED>OPEN OPEN>HALF_OPEN'.split(' '));
    pass(MINUTE);
    await runUntilHeard('foretell-trouble', 'maintenance_scheduled');
    await expectTold('maintenance_scheduled', { window: part({ processor_id: 'flapping' }) });
    await runUntilHeard('tune-settings', 'optimization_applied');
    await expectTold('optimization_applied', { optimization: part({ processor_id: 'ramp', state: 'trying' }) });
  });

  test('[NTF-37] [NTF-39] all eight have arrived, each of them once', async () => {
    const arrived = await told();
    expect([...new Set(arrived.map(({ type }) => type))].sort()).toEqual([...EVENT_NAMES].sort());
    expect(new Set(arrived.map(({ id }) => id)).size).toBe(arrived.length);
  });
});
