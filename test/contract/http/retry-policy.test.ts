// GET and PUT /api/v1/retry-policy: what may be said of retrying, what then holds and why, and that the next advice goes by it.
import { beforeEach, describe, expect, test } from 'vitest';
import { askingOf, ATTEMPT, DAY_MS, declined } from './next-payment-question.ts';
import { type Caller, createCaller, type Reply } from '../../harness/http-caller.ts';

const PATH = '/api/v1/retry-policy';
let caller: Caller;
beforeEach(async () => {
  caller = await createCaller();
});
const put = (body: object, sent: object = {}, query = ''): Promise<Reply> =>
  caller.call('PUT', `${PATH}${query}`, { key: caller.keys.admin, ...sent, body });
const ceilingsOf = ({ json }: Reply) =>
  Object.fromEntries((json['ceilings'] as { rule_id: string }[]).map((each) => [each.rule_id, each]));
const figuresOf = ({ json }: Reply) =>
  Object.fromEntries((json['figures'] as { name: string; value: number }[]).map(({ name, value }) => [name, value]));

describe('[CFG-30] what holds', () => {
  test('is our own where nothing was said, each figure with its bounds and source, each ceiling with the edition in force', async () => {
    const reply = await caller.call('GET', PATH, { key: caller.keys.read });
    expect(reply.headers.get('etag')).toBe(`"${caller.set.configuration.version}"`);
    expect(ceilingsOf(reply)['visa_reattempts_30d']).toEqual({
      rule_id: 'visa_reattempts_30d',
      value: 15,
      is_set: false,
      default: 15,
      most: 20,
      window_seconds: 2_592_000,
      edition: '2026-04-18',
      source: expect.stringContaining('Visa Core Rules'),
      acquirers: [],
    });
    expect(figuresOf(reply)).toEqual({
      hops_max: 1,
      technical_retries_max: 2,
      later_wait_seconds: 86_400,
      later_spread_seconds: 21_600,
      reconcile_wait_seconds: 40,
      checkout_wait_max_seconds: 5,
    });
    expect(reply.json['retries_without_advice']).toMatchObject({ value: false, is_set: false });
  });

  test('is what was said, per acquirer where that is less, and what GET tells PUT takes back', async () => {
    const said = {
      ceilings: { visa_reattempts_30d: 20, mastercard_declines_24h: 5 },
      acquirers: [{ processor_id: 'processor_b', ceilings: { visa_reattempts_30d: 3, mastercard_declines_24h: 9 } }],
      hops_max: 0,
      retries_without_advice: true,
      reconcile_wait_seconds: 60,
    };
    const reply = await put(said);
    expect(reply).toMatchObject({ status: 200, json: { dry_run: false, retries_without_advice: { value: true } } });
    expect(reply.headers.get('etag')).toBe(`"${caller.set.configuration.version}"`);
    const { visa_reattempts_30d: visa, mastercard_declines_24h: mastercard } = ceilingsOf(reply);
    expect(visa).toMatchObject({ value: 20, is_set: true, acquirers: [{ processor_id: 'processor_b', value: 3 }] });
    expect(mastercard).toMatchObject({ value: 5, is_set: true, acquirers: [] });
    expect(figuresOf(reply)).toMatchObject({ hops_max: 0, reconcile_wait_seconds: 60, technical_retries_max: 2 });
    expect(caller.set.audit[0]).toMatchObject({ action: 'put_retries', subject: 'retries', before: null });
    expect(caller.set.audit[0]!.after).toContain('"hopsMax":0');
    const shown = await caller.call('GET', PATH);
    const again = await put(shown.json['settings'] as object);
    expect(again.json['settings']).toEqual(shown.json['settings']);
    expect(ceilingsOf(await put({}))['visa_reattempts_30d']).toMatchObject({ value: 15, is_set: false });
  });

  test('goes with the exported document, and a document of old without it has our own figures', async () => {
    await put({ hops_max: 2 });
    const { json } = await caller.call('GET', '/api/v1/config');
    expect(json['retry_policy']).toMatchObject({ hops_max: 2 });
    expect((await caller.call('PUT', '/api/v1/config', { body: json })).json['changes']).toEqual([]);
    const { retry_policy: _, ...old } = json;
    const { json: imported } = await caller.call('PUT', '/api/v1/config', { body: old });
    expect(imported['changes']).toEqual([{ path: 'retry_policy.hops_max', kind: 'changed', before: 2, after: null }]);
    const bad = { ...json, retry_policy: { reconcile_wait_seconds: 1 } };
    expect((await caller.call('PUT', '/api/v1/config', { body: bad })).json).toMatchObject({
      status: 422,
      field: 'retry_policy.reconcile_wait_seconds',
    });
  });
});

describe('[CFG-31] what may not be said', () => {
  test.each<[object, string]>([
    [{ ceilings: { visa_reattempts_30d: 21 } }, 'ceilings.visa_reattempts_30d'],
    [{ ceilings: { mastercard_declines_24h: 10 } }, 'ceilings.mastercard_declines_24h'],
    [{ ceilings: { mastercard_same_amount_30d: 35 } }, 'ceilings.mastercard_same_amount_30d'],
    [{ ceilings: { other_reattempts_30d: 16 } }, 'ceilings.other_reattempts_30d'],
    [{ ceilings: { visa_reattempts_30d: -1 } }, 'ceilings.visa_reattempts_30d'],
    [{ ceilings: { visa_reattempts_30d: 1.5 } }, 'ceilings.visa_reattempts_30d'],
    [{ ceilings: { elo_reattempts: 3 } }, 'ceilings.elo_reattempts'],
    [{ acquirers: [{ processor_id: 'nobody', ceilings: {} }] }, 'acquirers[0].processor_id'],
    [{ acquirers: [1, 2].map(() => ({ processor_id: 'processor_a', ceilings: {} })) }, 'acquirers[1].processor_id'],
    [
      { acquirers: [{ processor_id: 'processor_a', ceilings: { visa_reattempts_30d: 21 } }] },
      'acquirers[0].ceilings.visa_reattempts_30d',
    ],
    [{ hops_max: 3 }, 'hops_max'],
    [{ technical_retries_max: 11 }, 'technical_retries_max'],
    [{ later_wait_seconds: 599 }, 'later_wait_seconds'],
    [{ later_wait_seconds: 14 * 86_400 + 1 }, 'later_wait_seconds'],
    [{ later_spread_seconds: 7 * 86_400 + 1 }, 'later_spread_seconds'],
    [{ reconcile_wait_seconds: 39 }, 'reconcile_wait_seconds'],
    [{ checkout_wait_max_seconds: 61 }, 'checkout_wait_max_seconds'],
    [{ retries_without_advice: 'yes' }, 'retries_without_advice'],
    [{ backoff: {} }, 'backoff'],
  ])('%o is refused, naming %s, and nothing is kept', async (body, field) => {
    const { version } = caller.set.configuration;
    const reply = await put(body);
    expect(reply.headers.get('content-type')).toContain('application/problem+json');
    expect({ status: reply.status, field: reply.json['field'] }).toEqual({ status: 422, field });
    expect(caller.set.configuration.version).toBe(version);
  });

  test('by whom: an operator’s key reads it and only an admin’s sets it', async () => {
    expect((await put({}, { key: caller.keys.operate })).json).toMatchObject({ status: 403, code: 'missing_scope' });
    expect((await caller.call('GET', PATH, { key: caller.keys.route })).status).toBe(403);
  });

  test('nor on what is no longer true; a trial run says what would hold and leaves no trace', async () => {
    const before = caller.set.configuration;
    expect((await put({}, { headers: { 'If-Match': '"1"' } })).json).toMatchObject({ code: 'stale_version' });
    const tried = await put({ hops_max: 2 }, {}, '?dry_run=true');
    expect(tried.json['dry_run']).toBe(true);
    expect(figuresOf(tried)['hops_max']).toBe(2);
    expect(tried.headers.get('etag')).toBe(`"${before.version}"`);
    expect(caller.set.configuration).toBe(before);
    expect((await put({}, {}, '?dryrun=true')).json['field']).toBe('dryrun');
  });

  test('of a processor that is removed nothing is kept', async () => {
    await caller.call('POST', '/api/v1/processors', {
      body: { id: 'processor_x', name: 'X', payment_methods: ['CARD'], countries: ['BR'] },
    });
    await put({ acquirers: [{ processor_id: 'processor_x', ceilings: { visa_reattempts_30d: 3 } }] });
    expect((await caller.call('DELETE', '/api/v1/processors/processor_x')).status).toBe(204);
    expect((await caller.call('GET', PATH)).json['settings']).toMatchObject({ acquirers: [] });
  });
});

describe('[CFG-32] the next advice goes by it', () => {
  const soft = declined({ decline_code: '51' });
  const inSeconds = (json: Reply['json']): number => (Date.parse(String(json['not_before'])) - caller.set.now) / 1_000;
  const ask = (given: object = {}) => askingOf(caller).advised(given);

  test.each<[string, object, object, object, object]>([
    [
      'no changes of processor',
      { hops_max: 0 },
      {},
      { processor: 'processor_b', hops: { max: 1 } },
      { processor: 'processor_a', hops: { max: 0 } },
    ],
    [
      'no technical retries',
      { technical_retries_max: 0 },
      {},
      { action: 'retry_now' },
      { action: 'stop', rule_id: 'technical_retries_used_up' },
    ],
    [
      'retries without advice',
      { retries_without_advice: true },
      declined({ network: 'amex', decline_code: '51' }),
      { action: 'stop', rule_id: 'no_advice' },
      { action: 'retry_later', rule_id: 'soft_decline' },
    ],
    [
      'Visa’s own figure',
      { ceilings: { visa_reattempts_30d: 20 } },
      soft,
      { ceiling: { max: 15 } },
      { ceiling: { max: 20, left: 20 } },
    ],
    [
      'an acquirer’s figure',
      {
        acquirers: ['processor_a', 'processor_b'].map((id) => ({
          processor_id: id,
          ceilings: { visa_reattempts_30d: 4 },
        })),
      },
      soft,
      { ceiling: { max: 15 } },
      { ceiling: { max: 4 } },
    ],
  ])('%s', async (...[, policy, given, before, after]) => {
    expect(await ask(given)).toMatchObject(before);
    expect((await put(policy)).status).toBe(200);
    const other = { transaction_id: 'ord_2-1', payment_id: 'ord_2', credential_fingerprint: 'fp_2' };
    expect(await ask({ ...given, ...other })).toMatchObject(after);
  });

  test('waits are as long as was said', async () => {
    await put({
      later_wait_seconds: 2 * 86_400,
      later_spread_seconds: 0,
      reconcile_wait_seconds: 90,
      checkout_wait_max_seconds: 0,
    });
    expect(inSeconds(await ask(soft))).toBe((2 * DAY_MS) / 1_000);
    const unknown = { ...ATTEMPT, transaction_id: 'ord_2-1', payment_id: 'ord_2', result: 'timeout' };
    expect(inSeconds(await ask({ ...unknown, credential_fingerprint: 'fp_2' }))).toBe(90);
  });
});

test('[RTY-28] without next_transaction_id two attempts count as two, and what follows is asked for and answered', async () => {
  const soft = declined({ decline_code: '51' });
  await put({ later_wait_seconds: 600, later_spread_seconds: 0 });
  const { advised } = askingOf(caller);
  const used: unknown[] = [];
  let processor: unknown = 'processor_a';
  for (const attempt of [1, 2, 3]) {
    const headers = { 'Idempotency-Key': `ask-${attempt}` };
    const given = { ...soft, processor_id: processor, transaction_id: `ord_1-${attempt}`, attempt };
    const json = await advised(given, { headers });
    expect(json).toMatchObject({ action: 'retry_later', rule_id: 'soft_decline' });
    used.push((json['ceiling'] as { used: number }).used);
    caller.set.now = Date.parse(String(json['not_before']));
    expect(await advised(given, { headers })).toMatchObject({ action: 'retry_now' });
    processor = json['processor'];
  }
  expect(used).toEqual([0, 1, 2]);
  expect(caller.set.ledgers.get('fp_1')!.reservations).toHaveLength(1);
  // Told as a result, too.
  const result = { ...ATTEMPT, ...soft, transaction_id: 'ord_1-4', processor_id: processor };
  await caller.call('POST', '/api/v1/transactions', { body: result });
  expect(caller.set.ledgers.get('fp_1')).toMatchObject({ reservations: [], attempts: { length: 4 } });
});
