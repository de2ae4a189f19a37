import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Caller, createCaller } from '../../harness/http-caller.ts';
import { START } from '../../harness/in-memory-world.ts';
import { paymentFields, tellRedis } from '../../harness/stream-producer.ts';
import { readStream, STREAM_LIMITS } from '../../../src/flows/read-stream.ts';
import { openStream } from '../../../src/flows/open-stream.ts';
import { type Bridge, startBridge } from '../../../tools/upstash-bridge/bridge-server.ts';
import { createMemoryBackend } from '../../../tools/upstash-bridge/memory-backend.ts';

let house: Caller;
let bridge: Bridge;
beforeEach(async () => {
  house = await createCaller();
  bridge = await startBridge(createMemoryBackend(() => house.set.now));
  house.set.streams.redis = bridge;
});
afterEach(() => bridge.close());

const SOURCE = {
  name: 'APOS',
  adapter: 'redis-stream',
  connectors: { p: 'processor_a' },
  own: { stream: 'payments', mapping: 'apos' },
};
const put = async (body: object = SOURCE, id = 'apos') =>
  await house.call('PUT', `/api/v1/sources/${id}`, { body, key: house.keys.admin });
const fieldOf = ({ json }: { json: Record<string, unknown> }): unknown => json['field'];

/** Entries as APOS writes them, of now, read by one step of the reader. */
async function read(...over: readonly Readonly<Record<string, string>>[]): Promise<void> {
  const [{ timestamp }] = [{ timestamp: new Date(house.set.now).toISOString() }];
  for (const [number, more] of over.entries()) {
    const words = paymentFields(number + 1);
    const fields = Object.fromEntries(words.flatMap((word, at) => (at % 2 === 0 ? [[word, words[at + 1]!]] : [])));
    await tellRedis(bridge, [['XADD', 'payments', '*', ...Object.entries({ ...fields, timestamp, ...more }).flat()]]);
  }
  const source = (await house.world.registry.source('apos'))!;
  await readStream(openStream(house.world, source)!, STREAM_LIMITS);
}

describe('a stream as a source', () => {
  test('[STR-20] is set up as any source, wakes its reader, and is nothing that can be sent to', async () => {
    const saved = await put();
    expect(saved).toMatchObject({ status: 200, json: { adapter: 'redis-stream', path: null, own: SOURCE.own } });
    expect(house.set.streams.woken).toEqual(['apos']);
    expect((await house.call('POST', '/webhooks/apos', { body: '{}', key: null })).status).toBe(404);
    const { json } = await house.call('GET', '/api/v1/adapters');
    expect(json['adapters']).toContainEqual(expect.objectContaining({ id: 'redis-stream', signs: 'nothing' }));
    expect((await house.call('POST', '/api/v1/sources/apos/rotate', { body: { secret: 'x'.repeat(32) } })).status).toBe(
      422,
    );
  });

  test('[STR-20] one that is switched off wakes nobody', async () => {
    expect((await put({ ...SOURCE, enabled: false })).status).toBe(200);
    expect(house.set.streams.woken).toEqual([]);
  });

  test('[STR-20] without a Redis it is refused, and the variables are named', async () => {
    house.set.streams.redis = null;
    const refused = await put();
    expect(refused).toMatchObject({ status: 422, json: { field: 'adapter' } });
    expect(refused.json['detail']).toContain('UPSTASH_REDIS_REST_URL and UPSTASH_REDIS_REST_TOKEN');
  });

  test('[STR-20] a second source cannot read the same stream with the same group', async () => {
    await put();
    expect(fieldOf(await put(SOURCE, 'other'))).toBe('own.group');
    expect((await put({ ...SOURCE, own: { ...SOURCE.own, group: 'second' } }, 'other')).status).toBe(200);
    expect((await put()).status).toBe(200);
  });

  test('[STR-20] its settings are refused by field', async () => {
    expect(fieldOf(await put({ ...SOURCE, own: {} }))).toBe('own.stream');
    expect(fieldOf(await put({ ...SOURCE, own: { stream: 's', mapping: 'x' } }))).toBe('own.mapping');
    expect(fieldOf(await put({ ...SOURCE, secrets: ['0123456789abcdef'] }))).toBe('secrets');
    expect(fieldOf(await put({ ...SOURCE, connectors: { p: 'nobody' } }))).toBe('connectors.p');
  });
});

describe('/api/v1/streams', () => {
  test('[STR-16] tells how each stream is read and what waits in it', async () => {
    await put();
    await read({});
    await tellRedis(bridge, [['XADD', 'payments', '*', ...paymentFields(9)]]);
    house.set.streams.states.set('apos', {
      lastStep: { atMs: START, end: 'drained' },
      lastFault: { atMs: START, reason: 'refused', code: 'OOM' },
      failures: 0,
      counts: { recorded: 1, duplicate: 2, late: 7, ignored: 3, buried: 4, givenBack: 5, gone: 6 },
      lettersLastHour: 4,
    });
    const told = {
      source: 'apos',
      enabled: true,
      stream: 'payments',
      group: 'signalbox',
      missing: [],
      last_step: { at: new Date(START).toISOString(), end: 'drained' },
      last_fault: { at: new Date(START).toISOString(), reason: 'refused', code: 'OOM' },
      failures: 0,
      counts: { recorded: 1, duplicate: 2, late: 7, ignored: 3, dead_letters: 4, given_back: 5, gone: 6 },
      dead_letters_last_hour: 4,
      pending: 0,
      waiting: 1,
    };
    expect((await house.call('GET', '/api/v1/streams')).json).toEqual({ streams: [told], count: 1 });
    expect((await house.call('GET', '/api/v1/streams/apos')).json).toEqual(told);
    expect(JSON.stringify(told)).not.toContain(bridge.token);
  });

  test('[STR-16] a reader and a Redis that are out of reach are nulls, not a refusal', async () => {
    await put();
    bridge.misbehave('hang');
    expect((await house.call('GET', '/api/v1/streams/apos')).json).toMatchObject({
      last_step: null,
      counts: null,
      pending: null,
      waiting: null,
    });
    house.set.streams.redis = null;
    expect((await house.call('GET', '/api/v1/streams/apos')).json).toMatchObject({
      missing: ['UPSTASH_REDIS_REST_URL', 'UPSTASH_REDIS_REST_TOKEN'],
    });
  });

  test('[STR-17] what is no stream is not found, webhook sources among it', async () => {
    await put(
      { name: 'S', adapter: 'stripe', processor_id: 'processor_a', secrets: ['whsec_0123456789abcdef'] },
      'web',
    );
    for (const id of ['nobody', 'web'])
      for (const [method, path] of [
        ['GET', ''],
        ['GET', '/dead-letters'],
        ['POST', '/dead-letters/replay'],
        ['DELETE', '/dead-letters/1-1'],
      ] as const)
        expect((await house.call(method, `/api/v1/streams/${id}${path}`)).json['code']).toBe('not_found');
  });
});

describe("a stream's dead letters", () => {
  const LETTERS = '/api/v1/streams/apos/dead-letters';
  const listed = async (query = ''): Promise<Record<string, unknown>[]> =>
    (await house.call('GET', `${LETTERS}${query}`)).json['dead_letters'] as Record<string, unknown>[];

  beforeEach(async () => {
    await put();
    await read({ connector: 'x' }, { connector: 'y' }, { connector: 'z', error_code: '4111 1111 1111 1111' });
  });

  test('[STR-34] of one source are nobody else’s, however their streams and groups are called', async () => {
    await put({ ...SOURCE, own: { ...SOURCE.own, stream: 'x:y', group: 'z' } }, 'one');
    await put({ ...SOURCE, own: { ...SOURCE.own, stream: 'x', group: 'y:z' } }, 'other');
    await tellRedis(bridge, [['XADD', 'x:y', '*', 'event_type', 'payment_melted']]);
    await readStream(openStream(house.world, (await house.world.registry.source('one'))!)!, STREAM_LIMITS);
    const countOf = async (id: string) => (await house.call('GET', `/api/v1/streams/${id}/dead-letters`)).json['count'];
    expect([await countOf('one'), await countOf('other')]).toEqual([1, 0]);
  });

  test('[STR-17] are listed by page, newest first and masked', async () => {
    const first = await house.call('GET', `${LETTERS}?limit=2`);
    expect(first.json).toMatchObject({ count: 2, dead_letters: [{ reason: 'unknown_connector' }, {}] });
    expect(first.text).not.toContain('4111 1111 1111 1111');
    const rest = await listed(`?limit=2&cursor=${String(first.json['next_cursor'])}`);
    expect(rest.map(({ fields }) => new Map(fields as [string, string][]).get('connector'))).toEqual(['x']);
  });

  test('[STR-17] are replayed by id or by page under the source as it is now, and audited', async () => {
    const [newest, middle] = await listed();
    await put({ ...SOURCE, connectors: { p: 'processor_a', y: 'processor_a', x: 'processor_a' } });
    const some = await house.call('POST', `${LETTERS}/replay`, {
      body: { ids: [middle!['id'], newest!['id'], '1-1'] },
    });
    expect(some.json).toMatchObject({
      outcomes: [
        { id: middle!['id'], outcome: 'recorded' },
        { outcome: 'refused', reason: 'unknown_connector', field: 'connectors' },
        { outcome: 'gone' },
      ],
      next_cursor: null,
    });
    const page = await house.call('POST', `${LETTERS}/replay`, { body: { limit: 1 } });
    expect(page.json).toMatchObject({ outcomes: [{ outcome: 'refused' }], next_cursor: newest!['id'] });
    const next = await house.call('POST', `${LETTERS}/replay`, { body: { cursor: newest!['id'] } });
    expect(next.json).toMatchObject({ outcomes: [{ outcome: 'recorded' }], next_cursor: null });
    expect((await listed()).map(({ id }) => id)).toEqual([newest!['id']]);
    const acts = house.set.audit.filter(({ action }) => action === 'replay_dead_letters');
    expect(acts).toMatchObject([{ subject: 'apos' }, { subject: 'apos' }]);
  });

  test('[STR-17] are thrown away one by one, once', async () => {
    const [letter] = await listed();
    const away = async () => (await house.call('DELETE', `${LETTERS}/${String(letter!['id'])}`)).status;
    expect([await away(), await away()]).toEqual([204, 404]);
    expect(await listed()).toHaveLength(2);
    expect(house.set.audit[0]).toMatchObject({
      action: 'delete_dead_letter',
      subject: `apos/${String(letter!['id'])}`,
    });
  });

  test('[STR-17] want the scopes that webhooks’ dead letters want', async () => {
    const asReader = { key: house.keys.read };
    expect((await house.call('GET', LETTERS, asReader)).status).toBe(200);
    expect((await house.call('POST', `${LETTERS}/replay`, { ...asReader, body: {} })).status).toBe(403);
    expect((await house.call('DELETE', `${LETTERS}/1-1`, asReader)).status).toBe(403);
    expect((await house.call('POST', `${LETTERS}/replay`, { key: house.keys.operate, body: {} })).status).toBe(200);
    const wholePage = await house.call('POST', `${LETTERS}/replay`, { key: house.keys.operate });
    expect(wholePage.json['outcomes']).toHaveLength(3);
  });

  test('[STR-17] while the Redis does not answer they are 503, and nothing was done', async () => {
    const [letter] = await listed();
    bridge.misbehave('server_error');
    for (const [method, path] of [
      ['GET', ''],
      ['POST', '/replay'],
      ['DELETE', `/${String(letter!['id'])}`],
    ] as const)
      expect(await house.call(method, `${LETTERS}${path}`)).toMatchObject({
        status: 503,
        json: { code: 'unavailable' },
      });
    bridge.misbehave(null);
    expect(await listed()).toHaveLength(3);
  });

  test('[STR-17] what is asked wrongly is refused by field', async () => {
    const replay = async (body: object): Promise<unknown> =>
      fieldOf(await house.call('POST', `${LETTERS}/replay`, { body }));
    expect(await replay({ ids: ['nonsense'] })).toBe('ids[0]');
    expect(await replay({ ids: ['1-1'], cursor: '1-1' })).toBe('cursor');
    expect(await replay({ ids: [] })).toBe('ids');
    expect(await replay({ limit: 101 })).toBe('limit');
    expect(fieldOf(await house.call('GET', `${LETTERS}?cursor=7`))).toBe('cursor');
    expect(fieldOf(await house.call('DELETE', `${LETTERS}/dlt_1`))).toBe('letter_id');
  });
});
