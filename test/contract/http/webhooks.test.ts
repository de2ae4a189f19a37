import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { charge, chargeFailed, event } from '../../../tools/vendors/stripe.ts';
import { createWebhookHouse, PROCESSOR, sourceIdOf, type WebhookHouse } from '../../harness/webhook-house.ts';
import { NOW_MS } from '../../connectors/signature-cases.ts';
import { SIGNATURE_CASES } from '../../connectors/all-signature-cases.ts';

let house: WebhookHouse;
beforeEach(async () => {
  house = await createWebhookHouse();
});

const STRIPE = SIGNATURE_CASES['stripe']!;
const signed = (body: string) => ({
  body,
  key: null,
  headers: Object.fromEntries(STRIPE.sign({ body, secret: STRIPE.secrets[0], atMs: NOW_MS }).headers),
});
const failed = JSON.stringify(chargeFailed());

const SOURCE = {
  name: 'Stripe, live',
  adapter: 'stripe',
  processor_id: PROCESSOR,
  segments: { payment_method_default: 'card', country_default: 'br' },
  secrets: ['whsec_0123456789abcdef0123'],
};

describe('POST /webhooks/{source}', () => {
  test('[WHK-1] takes a signed delivery without a key and answers in the words of its sender', async () => {
    const reply = await house.call('POST', '/webhooks/stripe', signed(failed));
    expect(reply).toMatchObject({ status: 200, json: { received: true } });
    const adyen = SIGNATURE_CASES['adyen']!;
    const { rawBody } = adyen.sign({ body: adyen.bodies[0]!, secret: adyen.secrets[0], atMs: NOW_MS });
    const batch = { body: new TextDecoder().decode(rawBody), key: null };
    expect((await house.call('POST', '/webhooks/adyen', batch)).text).toBe('[accepted]');
    expect((await house.call('GET', '/api/v1/health/everything')).json).toMatchObject({ processor_id: PROCESSOR });
  });

  test.each([
    ['POST', '/webhooks/mpesa/not-the-secret-itself', 401, '/webhooks/mpesa'],
    ['POST', '/webhooks/mpesa/not-the-secret-itself/ord-1?token=not-the-secret-itself', 401, '/webhooks/mpesa'],
    ['POST', '/webhooks/nobody/not-the-secret-itself', 404, '/webhooks/nobody'],
    ['POST', '/webhooks/mpesa/not-the-secret-itself/ord-1/more', 404, '/webhooks/mpesa'],
    ['GET', '/webhooks/mpesa/not-the-secret-itself', 405, '/webhooks/mpesa'],
    ['POST', '//webhooks//mpesa/not-the-secret-itself', 404, '//webhooks//mpesa'],
  ])('[WHK-28] %s %s is refused without what stands behind the source', async (method, path, status, instance) => {
    const reply = await house.call(method, path, { key: null, ...(method === 'POST' && { body: {} }) });
    expect({ status: reply.status, instance: reply.json['instance'] }).toEqual({ status, instance });
    expect(reply.text).not.toContain('not-the-secret');
  });

  test('[WHK-2] a bad signature is 401 and says no more', async () => {
    const { status, json } = await house.call('POST', '/webhooks/stripe', { ...signed(failed), body: `${failed} ` });
    expect({ status, code: json['code'] }).toEqual({ status: 401, code: 'webhook_unverified' });
    expect(house.set.states.size).toBe(0);
  });

  test('[WHK-11] a card number anywhere refuses nothing', async () => {
    const body = JSON.stringify(event('charge.succeeded', charge({ description: '4111 1111 1111 1111' })));
    const reply = await house.call('POST', '/webhooks/stripe?note=4111111111111111', signed(body));
    expect(reply.status).toBe(200);
  });

  test('[WHK-13] an unknown source is 404, and one without a registry 503 with Retry-After', async () => {
    expect(await house.call('POST', '/webhooks/nobody', signed(failed))).toMatchObject({
      status: 404,
      json: { code: 'not_found' },
    });
    house.set.registryFault = new Error('away');
    const away = await house.call('POST', '/webhooks/stripe', signed(failed));
    expect({ status: away.status, code: away.json['code'] }).toEqual({ status: 503, code: 'not_recorded' });
    expect(away.headers.get('retry-after')).toBe('1');
  });

  test('more than a megabyte is refused', async () => {
    const reply = await house.call('POST', '/webhooks/stripe', signed('x'.repeat(1_048_577)));
    expect(reply.status).toBe(413);
  });

  test('[WHK-16] takes the secret of a sender that signs nothing from the path', async () => {
    const mpesa = SIGNATURE_CASES['mpesa']!;
    const sent = { body: mpesa.bodies[0]!, key: null, headers: { 'cf-connecting-ip': '196.201.212.1' } };
    for (const rest of ['', `/dec_${'A1b2-_'.repeat(10)}`])
      expect((await house.call('POST', `/webhooks/mpesa/${mpesa.secrets[0]}${rest}`, sent)).status).toBe(200);
    expect((await house.call('POST', `/webhooks/mpesa/${'x'.repeat(32)}`, sent)).status).toBe(401);
    const elsewhere = { ...sent, headers: { 'cf-connecting-ip': '10.0.0.1' } };
    expect((await house.call('POST', `/webhooks/mpesa/${mpesa.secrets[0]}`, elsewhere)).status).toBe(401);
  });

  test.each(Object.keys(SIGNATURE_CASES).map(sourceIdOf))(
    '[WHK-2] no bytes sent to %s make it fail or record',
    async (source) => {
      const headers = fc.dictionary(
        fc.constantFrom('stripe-signature', 'x-signature', 'webhook-id', 'content-type'),
        fc.constantFrom('x', 't=1,v1=ab', 'application/json', ''),
      );
      await fc.assert(
        fc.asyncProperty(fc.oneof(fc.json(), fc.string()), headers, async (body, sent) => {
          const { status } = await house.call('POST', `/webhooks/${source}`, { body, headers: sent, key: null });
          expect(status).toBe(401);
        }),
        { numRuns: 60, seed: 5 },
      );
      expect(house.set.states.size).toBe(0);
      expect(house.set.webhooks.letters).toEqual([]);
    },
  );
});

describe('/api/v1/sources', () => {
  test('[WHK-17] secrets go in and never come out: not in answers, the audit log or what is stored', async () => {
    const put = await house.call('PUT', '/api/v1/sources/shop', { body: SOURCE });
    expect(put.status).toBe(200);
    expect(put.headers.get('etag')).toBe('"1"');
    expect(put.json).toMatchObject({ id: 'shop', path: '/webhooks/shop', segments: { country_default: 'BR' } });
    const replies = await Promise.all(
      ['/api/v1/sources', '/api/v1/sources/shop', '/api/v1/audit', '/api/v1/config'].map((path) =>
        house.call('GET', path),
      ),
    );
    const stored = JSON.stringify([...house.set.webhooks.sources.values()]);
    for (const text of [put.text, stored, ...replies.map((reply) => reply.text)])
      expect(text).not.toContain('0123456789abcdef');
    expect(replies[2]!.text).toContain('put_source');
  });

  test('[WHK-17] a secret setting of an adapter is kept sealed, and stays when it is left out', async () => {
    const token = 'APP_USR-7650643018598300-112108-abcdef';
    const body = {
      ...SOURCE,
      adapter: 'mercado-pago',
      own: { access_token: token },
      secrets: ['7f3c9a1e5b2d8046c1b2a3d4e5f60718'],
    };
    expect((await house.call('PUT', '/api/v1/sources/mp', { body })).json).toMatchObject({
      own: {},
      secret_settings: ['access_token'],
    });
    const { secrets: _, ...without } = { ...body, own: { fetch_timeout_ms: 900 } };
    expect((await house.call('PUT', '/api/v1/sources/mp', { body: without })).json).toMatchObject({
      own: { fetch_timeout_ms: 900 },
      secret_settings: ['access_token'],
    });
    expect(JSON.stringify([...house.set.webhooks.sources.values()])).not.toContain(token.slice(8));
  });

  test.each([
    ['an unknown adapter', { adapter: 'nobody' }, 'adapter'],
    ['a secret of another form', { secrets: ['sk_live_0123456789abcdef'] }, 'secrets.0'],
    ['no secret', { secrets: [] }, 'secrets'],
    ['a processor that is not registered', { processor_id: 'nobody' }, 'processor_id'],
    ['nobody whose results they are', { processor_id: null }, 'processor_id'],
    ['a setting that the adapter does not know', { own: { colour: 'blue' } }, 'own.colour'],
  ])('[WHK-18] %s is refused by field', async (_, change, field) => {
    const { status, json } = await house.call('PUT', '/api/v1/sources/shop', { body: { ...SOURCE, ...change } });
    expect({ status, field: json['field'] }).toEqual({ status: 422, field });
    expect(house.set.webhooks.sources.has('shop')).toBe(false);
  });

  test('[WHK-18] a change of another revision than was seen is refused', async () => {
    await house.call('PUT', '/api/v1/sources/shop', { body: SOURCE, headers: { 'If-Match': '"0"' } });
    const stale = await house.call('PUT', '/api/v1/sources/shop', { body: SOURCE, headers: { 'If-Match': '"7"' } });
    expect({ status: stale.status, version: stale.json['current_version'] }).toEqual({ status: 412, version: 1 });
  });

  test('[WHK-26] a rotation and a removal of another revision than was seen are refused', async () => {
    await house.call('PUT', '/api/v1/sources/shop', { body: SOURCE });
    const body = { secret: 'whsec_abcdefabcdefabcdef01' };
    const under = (version: number) => ({ headers: { 'If-Match': `"${version}"` } });
    const rotate = async (version: number) =>
      await house.call('POST', '/api/v1/sources/shop/rotate', { body, ...under(version) });
    const remove = async (version: number) => await house.call('DELETE', '/api/v1/sources/shop', under(version));
    expect((await rotate(7)).json).toMatchObject({ status: 412, code: 'stale_version', current_version: 1 });
    expect((await remove(7)).json).toMatchObject({ status: 412, code: 'stale_version', current_version: 1 });
    expect((await rotate(1)).headers.get('etag')).toBe('"2"');
    expect((await remove(2)).status).toBe(204);
    expect((await remove(2)).status).toBe(404);
  });

  test('[WHK-12] a rotated secret is added, and the one before it ends after the overlap', async () => {
    await house.call('PUT', '/api/v1/sources/shop', { body: SOURCE });
    const body = { secret: 'whsec_abcdefabcdefabcdef01', overlap_seconds: 60 };
    const { json } = await house.call('POST', '/api/v1/sources/shop/rotate', { body });
    const ends = new Date(NOW_MS + 60_000).toISOString();
    expect(json['secrets']).toMatchObject([{ expires_at: null }, { expires_at: ends }]);
    expect((await house.call('POST', '/api/v1/sources/none/rotate', { body })).status).toBe(404);
    const bad = await house.call('POST', '/api/v1/sources/shop/rotate', { body: { secret: 'short' } });
    expect({ status: bad.status, field: bad.json['field'] }).toEqual({ status: 422, field: 'secret' });
  });

  test('[WHK-13] a removed source is gone', async () => {
    expect((await house.call('DELETE', '/api/v1/sources/stripe')).status).toBe(204);
    expect((await house.call('DELETE', '/api/v1/sources/stripe')).status).toBe(404);
    expect((await house.call('GET', '/api/v1/sources/stripe')).status).toBe(404);
    expect((await house.call('POST', '/webhooks/stripe', signed(failed))).status).toBe(404);
  });

  test('the adapters say what each sender signs and where it carries a decision id', async () => {
    const { json } = await house.call('GET', '/api/v1/adapters');
    expect(json['count']).toBe(9);
    expect(json['adapters']).toContainEqual(
      expect.objectContaining({ id: 'adyen', signs: 'fields', replay_window_seconds: null }),
    );
  });
});

describe('/api/v1/dead-letters', () => {
  const body = JSON.stringify(event('charge.succeeded', charge({ payment_method_details: null })));
  beforeEach(async () => {
    await house.call('PUT', '/api/v1/sources/stripe', { body: { ...SOURCE, segments: {}, secrets: STRIPE.secrets } });
    await house.call('POST', '/webhooks/stripe', signed(body));
    await house.call('POST', '/webhooks/stripe', signed('{"not":"an event"}'));
  });

  test('[WHK-7] are listed newest first by page, with their counts by reason, and in the metrics', async () => {
    const { json } = await house.call('GET', '/api/v1/dead-letters?limit=1');
    expect(json).toMatchObject({
      count: 1,
      by_reason: { no_segment: 1, unexpected_shape: 1 },
      dead_letters: [{ reason: 'unexpected_shape' }],
    });
    const next = await house.call('GET', `/api/v1/dead-letters?limit=1&cursor=${String(json['next_cursor'])}`);
    expect(next.json).toMatchObject({ next_cursor: null, dead_letters: [{ reason: 'no_segment', source: 'stripe' }] });
    const { text } = await house.call('GET', '/metrics');
    expect(text).toContain('signalbox_dead_letters{source="stripe",reason="no_segment"} 1');
    expect(text).toContain('signalbox_webhook_deliveries_total{source="stripe",outcome="accepted"} 2');
  });

  test('[WHK-7] one is tried again after its mapping was mended, and leaves the list', async () => {
    expect(house.set.webhooks.letters.map(({ reason }) => reason)).toEqual(['unexpected_shape', 'no_segment']);
    const id = house.set.webhooks.letters[1]!.id;
    expect((await house.call('POST', `/api/v1/dead-letters/${id}/replay`)).json).toMatchObject({
      outcome: 'refused',
      reason: 'no_segment',
    });
    await house.call('PUT', '/api/v1/sources/stripe', { body: { ...SOURCE, secrets: STRIPE.secrets } });
    expect((await house.call('POST', `/api/v1/dead-letters/${id}/replay`)).json).toMatchObject({ outcome: 'recorded' });
    expect((await house.call('POST', `/api/v1/dead-letters/${id}/replay`)).status).toBe(404);
  });

  test('[WHK-35] are tried again by page, of one source or of all, or by their ids, counted and audited', async () => {
    const REPLAY = '/api/v1/dead-letters/replay';
    await house.call('PUT', '/api/v1/sources/stripe', { body: { ...SOURCE, secrets: STRIPE.secrets } });
    const [nonsense, mended] = house.set.webhooks.letters.map(({ id }) => id);
    const others = await house.call('POST', REPLAY, { body: { source_id: 'adyen' } });
    expect(others.json).toEqual({ outcomes: [], next_cursor: null });
    const page = await house.call('POST', REPLAY, { body: { source_id: 'stripe', limit: 1 } });
    expect(page.json).toMatchObject({
      outcomes: [{ id: nonsense, outcome: 'refused', reason: 'unexpected_shape' }],
      next_cursor: nonsense!.slice('dlt_'.length),
    });
    const rest = await house.call('POST', REPLAY, { body: { cursor: page.json['next_cursor'] } });
    expect(rest.json).toMatchObject({ outcomes: [{ id: mended, outcome: 'recorded' }], next_cursor: null });
    const named = await house.call('POST', REPLAY, { body: { ids: [mended, nonsense] } });
    expect(named.json).toMatchObject({ outcomes: [{ id: mended, outcome: 'gone' }, { id: nonsense }] });
    // A body may be left out, and an empty one of the type JSON is no body.
    const empty = await house.call('POST', REPLAY, { headers: { 'Content-Type': 'application/json' } });
    expect(empty).toMatchObject({ status: 200, json: { outcomes: [{ id: nonsense }] } });
    const acts = house.set.audit.filter(({ action }) => action === 'replay_dead_letters');
    expect(acts).toMatchObject([{ subject: 'webhooks', after: '{"why":"1 recorded"}' }]);
    expect(house.set.webhooks.counts.get('stripe event recorded')?.count).toBe(1);
  });

  test('[WHK-35] where one is out of reach the others are told and recorded all the same', async () => {
    await house.call('PUT', '/api/v1/sources/stripe', { body: { ...SOURCE, secrets: STRIPE.secrets } });
    const [lost, mended] = house.set.webhooks.letters.map(({ id }) => id);
    const { intake } = house.world.webhooks;
    const letter = intake.letter.bind(intake);
    const away = Object.assign(new Error('the intake is away'), { retryable: true });
    Object.assign(intake, { letter: (id: string) => (id === lost ? Promise.reject(away) : letter(id)) });
    expect((await house.call('POST', '/api/v1/dead-letters/replay')).json['outcomes']).toMatchObject([
      { id: lost, outcome: 'not_recorded' },
      { id: mended, outcome: 'recorded' },
    ]);
  });

  test('[WHK-35] a replay that ends as a duplicate is audited and counted', async () => {
    await house.call('PUT', '/api/v1/sources/stripe', { body: { ...SOURCE, secrets: STRIPE.secrets } });
    const id = house.set.webhooks.letters[1]!.id;
    await house.call('POST', '/webhooks/stripe', signed(body));
    expect((await house.call('POST', `/api/v1/dead-letters/${id}/replay`)).json).toMatchObject({
      outcome: 'duplicate',
    });
    expect(house.set.audit[0]).toMatchObject({ action: 'replay_dead_letter', subject: id });
    expect(house.set.webhooks.counts.get('stripe event duplicate')?.count).toBeGreaterThan(0);
  });

  test('one is thrown away once', async () => {
    const [letter] = house.set.webhooks.letters;
    expect((await house.call('DELETE', `/api/v1/dead-letters/${letter!.id}`)).status).toBe(204);
    expect((await house.call('DELETE', `/api/v1/dead-letters/${letter!.id}`)).status).toBe(404);
  });

  test('metrics are told without them while they are out of reach', async () => {
    house.set.webhooks.intakeReachable = false;
    const { status, text } = await house.call('GET', '/metrics');
    expect(status).toBe(200);
    expect(text).not.toContain('signalbox_dead_letters');
  });
});
