import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, test } from 'vitest';
import { charge, chargeFailed, event, intentFailed } from '../../tools/vendors/stripe.ts';
import { signatureCase } from '../connectors/stripe/signature-case.ts';
import worker from './test-worker.ts';
import { registryStub } from '../../durable-objects/registry-client.ts';

const ACTOR = { keyId: 'key_tester', requestId: 'req_1' };

async function call(path: string, init: RequestInit): Promise<Response> {
  const context = createExecutionContext();
  const request = new Request(`https://signalbox.example${path}`, init) as Parameters<typeof worker.fetch>[0];
  const response = await worker.fetch(request, env as Env, context);
  await waitOnExecutionContext(context);
  return response;
}

test('[WHK-1] a Stripe webhook goes all the way: source, signature, processor object, dead letters, metrics', async () => {
  const key = await registryStub(env as Env).createKey('admin', ['admin'], ACTOR);
  if (!key.ok) throw new Error(key.reason);
  const ask = async (method: string, path: string, body?: unknown): Promise<Response> =>
    await call(path, {
      method,
      headers: { 'Authorization': `Bearer ${key.secret}`, 'Content-Type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  const [newer, older] = signatureCase.secrets;
  const processor = { id: 'stripe_live', name: 'Stripe', countries: ['BR'], payment_methods: ['CARD'] };
  expect((await ask('POST', '/api/v1/processors', processor)).status).toBe(201);
  const source = { name: 'Stripe', adapter: 'stripe', processor_id: 'stripe_live', secrets: [older] };
  expect((await ask('PUT', '/api/v1/sources/stripe', source)).status).toBe(200);

  const now = Date.now();
  const fresh = (body: Readonly<Record<string, unknown>>): string =>
    JSON.stringify({ ...body, created: Math.floor(now / 1_000) });
  const send = async (body: string, secret: string): Promise<number> => {
    const { headers } = signatureCase.sign({ body, secret, atMs: Date.now() });
    return (await call('/webhooks/stripe', { method: 'POST', headers: Object.fromEntries(headers), body })).status;
  };
  expect(await send(fresh(chargeFailed()), newer)).toBe(401);
  expect((await ask('POST', '/api/v1/sources/stripe/rotate', { secret: newer })).status).toBe(200);
  for (const body of [fresh(chargeFailed()), fresh(intentFailed()), fresh(chargeFailed())])
    expect(await send(body, newer)).toBe(200);
  const noCountry = { id: 'ch_2', metadata: {}, billing_details: null, payment_method_details: null };
  expect(await send(fresh(event('charge.succeeded', charge(noCountry))), older)).toBe(200);

  const health = await (await ask('GET', '/api/v1/health/stripe_live')).json<{ window: { declined: number } }>();
  expect(JSON.stringify(health)).toMatch(/"declined":1/);
  const letters = await (await ask('GET', '/api/v1/dead-letters')).json();
  expect(letters).toMatchObject({ by_reason: { no_segment: 1 } });
  const metrics = await (await ask('GET', '/metrics')).text();
  expect(metrics).toContain('signalbox_webhook_deliveries_total{source="stripe",outcome="accepted"} 4');
  expect(metrics).toContain('signalbox_webhook_events_total{source="stripe",outcome="duplicate"} 2');
  const audit = await (await ask('GET', '/api/v1/audit')).text();
  expect(audit).toContain('rotate_source');
  for (const secret of [newer, older]) expect(audit).not.toContain(secret);
});
