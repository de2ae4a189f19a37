import { beforeEach, describe, expect, test } from 'vitest';
import { type Caller, createCaller, RESULT } from '../../harness/http-caller.ts';

const PATH = '/api/v1/ml/priors';
const PRIOR = { processor_id: 'processor_a', segment: 'PIX|BR', prior: { mean: 0.4, weight: 200 } };
let caller: Caller;
beforeEach(async () => {
  caller = await createCaller();
});
const post = (priors: unknown, key = caller.keys.operate) => caller.call('POST', PATH, { body: { priors }, key });
const approvalOf = async (): Promise<number> => {
  const { json } = await caller.call('GET', '/api/v1/health/processor_a');
  return (json['segments'] as { approval: { baseline: number } }[])[0]!.approval.baseline;
};

describe(PATH, () => {
  test('sets, shows, replaces and takes back', async () => {
    const other = { processor_id: 'processor_d', segment: 'oxxo|mx', prior: { mean: 0.55, weight: 12 } };
    const set = await post([PRIOR, other]);
    expect(set).toMatchObject({ status: 200, json: { count: 2 } });
    expect(set.headers.get('etag')).toBe(`"${caller.set.configuration.version}"`);
    const shown = await caller.call('GET', PATH, { key: caller.keys.read });
    expect(shown.json).toEqual({ priors: [PRIOR, { ...other, segment: 'OXXO|MX' }], count: 2 });
    const less = await post([
      { ...PRIOR, prior: { mean: 0.5, weight: 3 } },
      { ...other, prior: null },
    ]);
    expect(less.json).toEqual({ priors: [{ ...PRIOR, prior: { mean: 0.5, weight: 3 } }], count: 1 });
    const gone = await caller.call('DELETE', `${PATH}/processor_a/pix%7Cbr`, { key: caller.keys.operate });
    expect(gone.status).toBe(204);
    expect((await caller.call('GET', PATH)).json).toEqual({ priors: [], count: 0 });
    expect((await caller.call('DELETE', `${PATH}/processor_a/PIX%7CBR`)).json).toMatchObject({
      status: 404,
      code: 'not_found',
    });
    expect(caller.set.audit.slice(0, 3).map(({ action }) => action)).toEqual([
      'delete_prior',
      'put_priors',
      'put_priors',
    ]);
  });

  test('reaches the processor: its first answer rests on it, and what has results stays as it is', async () => {
    await post([PRIOR]);
    await caller.call('POST', '/api/v1/transactions', { body: RESULT });
    const seeded = await approvalOf();
    expect(seeded).toBeCloseTo(0.4, 1);
    await post([{ ...PRIOR, prior: { mean: 0.9, weight: 200 } }]);
    expect(await approvalOf()).toBe(seeded);
  });

  test('steers the first payment of a processor nobody has tried', async () => {
    const ask = async () => {
      const { json } = await caller.call('GET', '/api/v1/routing/recommend?payment_method=PIX&country=BR');
      const ranked = json['recommendations'] as { processor_id: string; probability?: number }[];
      return ranked.find(({ processor_id: id }) => id === 'processor_a')!.probability!;
    };
    const before = await ask();
    await post([{ ...PRIOR, prior: { mean: 0.05, weight: 900 } }]);
    expect(await ask()).toBeLessThan(before);
  });

  test.each([
    ['an unknown processor', { processor_id: 'nobody' }, 'priors[1].processor_id'],
    ['a segment it does not serve', { segment: 'OXXO|MX' }, 'priors[1].segment'],
    ['a segment that is none', { segment: 'PIX' }, 'priors[1].segment'],
    ['a mean above 1', { prior: { mean: 1.2, weight: 3 } }, 'priors[1].prior.mean'],
    ['no weight', { prior: { mean: 0.5 } }, 'priors[1].prior.weight'],
    ['a weight of nothing', { prior: { mean: 0.5, weight: 0 } }, 'priors[1].prior.weight'],
    ['no prior', { prior: undefined }, 'priors[1].prior'],
    ['a field we do not know', { alpha: 3 }, 'priors[1].alpha'],
  ])('refuses %s, names the field and sets none of them', async (_, change, field) => {
    const good = { processor_id: 'processor_d', segment: 'OXXO|MX', prior: { mean: 0.5, weight: 3 } };
    const reply = await post([good, { ...PRIOR, ...change }]);
    expect(reply.headers.get('content-type')).toContain('application/problem+json');
    expect({ status: reply.status, field: reply.json['field'] }).toEqual({ status: 422, field });
    expect((await caller.call('GET', PATH)).json['count']).toBe(0);
  });

  test.each<[string, readonly unknown[]]>([
    ['the same again', [PRIOR]],
    ['none', []],
    ['a null where nothing is', [{ processor_id: 'processor_d', segment: 'OXXO|MX', prior: null }]],
  ])('%s changes nothing: the version stays and the audit log has no entry of it', async (_, priors) => {
    const { headers } = await post([PRIOR]);
    const entries = caller.set.audit.length;
    const again = await post(priors);
    expect(again).toMatchObject({ status: 200, json: { priors: [PRIOR], count: 1 } });
    expect(again.headers.get('etag')).toBe(headers.get('etag'));
    expect(caller.set.audit).toHaveLength(entries);
    const stale = await caller.call('POST', PATH, { body: { priors }, headers: { 'If-Match': '"1"' } });
    expect(stale.status).toBe(412);
  });

  test('a missing prior is a missing field, one that is no object an invalid one', async () => {
    for (const [prior, code] of [
      [undefined, 'missing_field'],
      [7, 'invalid_field'],
    ] as const) {
      const { json } = await post([{ ...PRIOR, prior }]);
      expect(json).toMatchObject({ code, errors: [{ field: 'priors[0].prior', code }] });
    }
  });

  test('says of itself that a segment with results keeps what it learned', async () => {
    const { json } = await caller.call('GET', '/openapi.json');
    const paths = json['paths'] as Record<string, Record<string, { description: string }>>;
    expect(paths[PATH]!['get']!.description).toMatch(/in force where its segment has no results yet/);
    for (const told of [paths[PATH]!['post']!, paths[`${PATH}/{id}/{segment}`]!['delete']!])
      expect(told.description).toMatch(/segment that has results keeps what it learned/);
  });

  test('refuses a stale If-Match, and a segment in the path that is none', async () => {
    const stale = await caller.call('POST', PATH, { body: { priors: [PRIOR] }, headers: { 'If-Match': '"1"' } });
    expect(stale.json).toMatchObject({ status: 412, code: 'stale_version' });
    expect((await caller.call('DELETE', `${PATH}/processor_a/PIX`)).json).toMatchObject({
      status: 422,
      field: 'segment',
    });
  });

  test('can still be read from the last table while the Registry is out of reach', async () => {
    await post([PRIOR]);
    caller.set.registryFault = new Error('gone');
    expect((await caller.call('GET', PATH)).json['count']).toBe(1);
  });
});
