// The whole Worker under variables that are wrong: named over HTTP and once in the log, and no header holds what is no number.
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, test, vi } from 'vitest';
import worker from './test-worker.ts';
import { registryStub } from '../../durable-objects/registry-client.ts';

const WRONG = {
  ...{ KEY_GRACE_MINUTES: 'abc', RATE_LIMIT_QUOTA: 'x', DECISION_SAMPLE_RATE: '7' },
  ...{ MAX_HEALING_ATTEMPTS: '1000000000', MAX_INSTANCES: '1', PREDICTION_SENSITIVITY: 'extreme' },
  ...{ OPTIMIZATION_INTERVAL_MS: 'soon', MIN_TRAINING_SAMPLES: '-5' },
};

test('[SET-10] [SET-11] each is named, and payments go on', async () => {
  const said = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const created = await registryStub(env as Env).createKey('t', ['admin'], { keyId: 'key_t', requestId: 'req_1' });
  if (!created.ok) throw new Error(created.reason);
  const ask = async (path: string) => {
    const context = createExecutionContext();
    const request = new Request(`https://signalbox.example${path}`, {
      headers: { Authorization: `Bearer ${created.secret}` },
    }) as Parameters<typeof worker.fetch>[0];
    const response = await worker.fetch(request, { ...env, ...WRONG } as Env, context);
    await waitOnExecutionContext(context);
    const json = await response.json<Record<string, unknown>>();
    return { status: response.status, policy: response.headers.get('ratelimit-policy'), json };
  };
  const status = await vi.waitUntil(
    async () => {
      const reply = await ask('/api/v1/status');
      return reply.status === 200 ? reply : null;
    },
    { timeout: 20_000 },
  );
  expect(status.policy).toBe('"default";q=60000;w=60');
  const named = (status.json['misconfigured'] as { variable: string }[]).map(({ variable }) => variable);
  expect(named.toSorted()).toEqual(Object.keys(WRONG).toSorted());
  expect(await ask('/api/v1/resources/scale-target')).toMatchObject({ status: 500, json: { code: 'misconfigured' } });
  const lines = said.mock.calls.map(([line]) => JSON.parse(String(line)) as { event: string; error_message: string });
  said.mockRestore();
  const logged = lines.filter(({ event }) => event === 'misconfigured').map((line) => line.error_message.split(' ')[0]);
  expect(logged.toSorted()).toEqual(Object.keys(WRONG).toSorted());
});
