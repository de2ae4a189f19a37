// Endpoints refuse query parameters that they do not know: a misspelt or invented one must not be overlooked.
import { beforeEach, expect, test } from 'vitest';
import { type Caller, createCaller } from '../../harness/http-caller.ts';
import { isKeyed, listRoutes } from '../../../src/http/endpoint.ts';

let caller: Caller;
beforeEach(async () => {
  caller = await createCaller();
});
const PRIORS = { priors: [{ processor_id: 'processor_a', segment: 'PIX|BR', prior: { mean: 0.4, weight: 200 } }] };

test('every endpoint that is not a GET refuses an unknown parameter and names it, whatever its body', async () => {
  const writing = listRoutes(caller.app).filter(({ method, scope }) => method !== 'get' && scope !== 'signature');
  expect(writing.length).toBeGreaterThan(18);
  const before = caller.set.configuration;
  for (const { method, path } of writing) {
    const url = `${path.replace('{segment}', 'PIX%7CBR').replace(/\{\w+\}/g, 'processor_a')}?dry-run=true`;
    const { status, json } = await caller.call(method.toUpperCase(), url, method === 'delete' ? {} : { body: {} });
    expect({ path, status, code: json['code'], field: json['field'] }).toEqual({
      path,
      status: 422,
      code: 'unknown_field',
      field: 'dry-run',
    });
  }
  expect(caller.set.configuration).toBe(before);
});

test('`dry_run` of an endpoint that has none changes nothing', async () => {
  const { json } = await caller.call('POST', '/api/v1/ml/priors?dry_run=true', { body: PRIORS });
  expect(json).toMatchObject({
    status: 422,
    detail: 'dry_run: is not a query parameter here',
    errors: [{ field: 'dry_run', code: 'unknown_field' }],
  });
  expect((await caller.call('GET', '/api/v1/ml/priors')).json['count']).toBe(0);
});

test('its own parameters are taken, each once named in the reference', async () => {
  const { json: body } = await caller.call('GET', '/api/v1/config');
  const tried = await caller.call('PUT', '/api/v1/config?dry_run=true', { body });
  expect(tried).toMatchObject({ status: 200, json: { dry_run: true } });
  const asked = await caller.call('POST', '/api/v1/routing/recommend?explain=all', {
    body: { payment_method: 'PIX', country: 'BR' },
  });
  expect(asked.json).toHaveProperty('exclusions');
  expect((await caller.call('PUT', '/api/v1/config?dry_run=true&dryrun=1', { body })).json['field']).toBe('dryrun');
});

test('a reading endpoint refuses it, too: a filter that is overlooked would show everything', async () => {
  const reading = listRoutes(caller.app).filter(({ method, scope }) => method === 'get' && isKeyed(scope));
  expect(reading.length).toBeGreaterThan(18);
  for (const { path } of reading) {
    const url = `${path.replace('{segment}', 'PIX%7CBR').replace(/\{\w+\}/g, 'processor_a')}?source=stripe`;
    const { status, json } = await caller.call('GET', url);
    expect({ path, status, code: json['code'], field: json['field'] }).toEqual({
      path,
      status: 422,
      code: 'unknown_field',
      field: 'source',
    });
  }
});

test('what needs no key overlooks it, as browsers and monitors add what they like', async () => {
  expect((await caller.call('GET', '/healthz?_=17')).status).toBe(200);
});

test('who may not call is told so first, and a name that holds a card number is not repeated', async () => {
  const unknown = await caller.call('POST', '/api/v1/ml/priors?dry_run=true', { body: PRIORS, key: caller.keys.read });
  expect(unknown.json['code']).toBe('missing_scope');
  const card = await caller.call('POST', '/api/v1/ml/priors?4111111111111111=1', { body: PRIORS });
  expect(card.json['code']).toBe('card_number');
  expect(card.text).not.toContain('4111');
  const long = await caller.call('POST', `/api/v1/ml/priors?${'x'.repeat(4_000)}`, { body: PRIORS });
  expect(String(long.json['field'])).toHaveLength(64);
});
