// One suite for a real Redis and for the in-memory form, through the client that Signalbox uses.
import { errors, Redis } from '@upstash/redis/cloudflare';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Bridge } from '../../tools/upstash-bridge/bridge-server.ts';
import { openRedis } from '../../tools/upstash-bridge/open-redis.ts';
import { processEntry } from '../../tools/process-table.ts';
import { needsProgram } from '../harness/debian.ts';
import { leaveOnSignal } from '../harness/leave-on-signal.ts';
import { tellRedis } from '../harness/stream-producer.ts';

const missing = needsProgram('redis-server', 'redis-server', 'the Upstash bridge in front of a real Redis');
const BACKENDS = [
  { kind: 'memory', preferReal: false, isMissing: false },
  { kind: 'redis', preferReal: true, isMissing: missing },
] as const;

leaveOnSignal();

const passed = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const clientOf = ({ url, token }: Bridge, given: Partial<ConstructorParameters<typeof Redis>[0]> = {}): Redis =>
  new Redis({ url, token, retry: { retries: 0 }, enableTelemetry: false, automaticDeserialization: false, ...given });

let serial = 0;
/** No two tests share a key. */
const newKey = (): string => `key-${(serial += 1)}`;

for (const { kind, preferReal, isMissing } of BACKENDS) {
  describe.skipIf(isMissing)(`the bridge in front of ${kind}`, () => {
    let bridge: Bridge;
    let redis: Redis;
    beforeAll(async () => {
      bridge = await openRedis({ preferReal });
      redis = clientOf(bridge);
    });
    afterAll(() => bridge.close());

    const ask = (...command: [string, ...(string | number)[]]): Promise<unknown> => redis.exec(command);
    /** Three entries with ids of their own, handed out to `one` of the group `g`. */
    const handedOut = async (): Promise<string> => {
      const key = newKey();
      await ask('XGROUP', 'CREATE', key, 'g', '0', 'MKSTREAM');
      for (const id of ['1-1', '1-2', '2-1']) await ask('XADD', key, id, 'a', id);
      await ask('XREADGROUP', 'GROUP', 'g', 'one', 'COUNT', 3, 'STREAMS', key, '>');
      return key;
    };

    test('is what was asked for', () => {
      expect(bridge.kind).toBe(kind);
      expect(bridge.processIds).toHaveLength(kind === 'redis' ? 1 : 0);
    });

    test.each(['OK', 'T0s=', 'ü 😀 \u0000', '1e5', 'true', '{"a":1}', ''])(
      'texts come back as they were: %j',
      async (text) => {
        const key = newKey();
        expect(await redis.set(key, text)).toBe('OK');
        expect(await redis.get(key)).toBe(text);
        const stream = newKey();
        await ask('XADD', stream, '1-1', 'field', text);
        expect(await ask('XRANGE', stream, '-', '+')).toEqual([['1-1', ['field', text]]]);
      },
    );

    test('texts come back as they were without base64 too', async () => {
      const key = newKey();
      const plain = clientOf(bridge, { responseEncoding: false });
      await plain.set(key, 'plain ü');
      expect(await plain.get(key)).toBe('plain ü');
    });

    test('a key is set only if new, only if held, and expires', async () => {
      const key = newKey();
      expect(await redis.get(key)).toBe(null);
      expect(await redis.set(key, 'a', { xx: true })).toBe(null);
      expect(await redis.set(key, 'b', { nx: true, px: 1_500 })).toBe('OK');
      expect(await redis.set(key, 'c', { nx: true })).toBe(null);
      expect(await redis.get(key)).toBe('b');
      await passed(1_520);
      expect(await redis.get(key)).toBe(null);
      expect(await redis.set(key, 'd', { nx: true, ex: 100 })).toBe('OK');
      expect(await redis.del(key, newKey())).toBe(1);
    });

    test('a stream is written, read in both directions, cut and counted', async () => {
      const key = newKey();
      expect(await ask('XADD', key, '5-1', 'a', '1', 'b', '2')).toBe('5-1');
      expect(await ask('XADD', key, '5-2', 'a', '3')).toBe('5-2');
      expect(await ask('XADD', key, '7-0', 'a', '4')).toBe('7-0');
      expect(await ask('XLEN', key)).toBe(3);
      expect(await ask('XRANGE', key, '-', '+', 'COUNT', 1)).toEqual([['5-1', ['a', '1', 'b', '2']]]);
      expect(await ask('XRANGE', key, '(5-1', '5')).toEqual([['5-2', ['a', '3']]]);
      expect(await ask('XREVRANGE', key, '(7-0', '-', 'COUNT', 1)).toEqual([['5-2', ['a', '3']]]);
      expect(await ask('XDEL', key, '5-2', '9-9')).toBe(1);
      expect(await ask('XADD', key, 'MAXLEN', '=', 2, '8-0', 'a', '5')).toBe('8-0');
      expect(await ask('XTRIM', key, 'MAXLEN', '=', 1)).toBe(1);
      expect(await ask('XRANGE', key, '-', '+')).toEqual([['8-0', ['a', '5']]]);
      expect(await ask('XLEN', newKey())).toBe(0);
    });

    test('an id is given by the clock, and one that is not above the last is refused', async () => {
      const key = newKey();
      const before = Date.now();
      const id = (await ask('XADD', key, '*', 'a', '1')) as string;
      expect(Number(id.split('-')[0])).toBeGreaterThanOrEqual(before - 1);
      await expect(ask('XADD', key, '1-1', 'a', '1')).rejects.toThrow(
        /^ERR The ID specified in XADD is equal or smaller/,
      );
      await expect(ask('XADD', key, '*', 'a')).rejects.toThrow(/^ERR wrong number of arguments/);
    });

    test('a group is made once, with its stream', async () => {
      const key = newKey();
      await expect(ask('XGROUP', 'CREATE', key, 'g', '0')).rejects.toThrow(/^ERR The XGROUP subcommand requires/);
      expect(await ask('XGROUP', 'CREATE', key, 'g', '0', 'MKSTREAM')).toBe('OK');
      await expect(ask('XGROUP', 'CREATE', key, 'g', '0', 'MKSTREAM')).rejects.toThrow(/^BUSYGROUP/);
      expect(await ask('XLEN', key)).toBe(0);
    });

    test('without a group nothing is handed out', async () => {
      const key = newKey();
      await ask('XADD', key, '1-1', 'a', '1');
      await expect(ask('XREADGROUP', 'GROUP', 'g', 'one', 'STREAMS', key, '>')).rejects.toThrow(/^NOGROUP/);
      await expect(ask('XPENDING', key, 'g', '-', '+', 1)).rejects.toThrow(/^NOGROUP/);
      await expect(ask('XAUTOCLAIM', key, 'g', 'one', 0, '0-0')).rejects.toThrow(/^NOGROUP/);
      expect(await ask('XACK', key, 'g', '1-1')).toBe(0);
    });

    test('a group hands each entry out once, in order', async () => {
      const key = newKey();
      await ask('XGROUP', 'CREATE', key, 'g', '0', 'MKSTREAM');
      for (const id of ['1-1', '1-2', '1-3']) await ask('XADD', key, id, 'a', id);
      const read = (consumer: string): Promise<unknown> =>
        ask('XREADGROUP', 'GROUP', 'g', consumer, 'COUNT', 2, 'STREAMS', key, '>');
      expect(await read('one')).toEqual([
        [
          key,
          [
            ['1-1', ['a', '1-1']],
            ['1-2', ['a', '1-2']],
          ],
        ],
      ]);
      expect(await read('two')).toEqual([[key, [['1-3', ['a', '1-3']]]]]);
      expect(await read('one')).toBe(null);
    });

    test('a group that begins at the end sees later entries only', async () => {
      const key = newKey();
      await ask('XADD', key, '1-1', 'a', '1');
      await ask('XGROUP', 'CREATE', key, 'g', '$');
      await ask('XADD', key, '1-2', 'a', '2');
      expect(await ask('XREADGROUP', 'GROUP', 'g', 'one', 'STREAMS', key, '>')).toEqual([[key, [['1-2', ['a', '2']]]]]);
    });

    test('what was handed out is pending until it is acknowledged', async () => {
      const key = await handedOut();
      expect(await ask('XPENDING', key, 'g')).toEqual([3, '1-1', '2-1', [['one', '3']]]);
      expect(await ask('XACK', key, 'g', '1-2', '1-2', '9-9')).toBe(1);
      const listed = (await ask('XPENDING', key, 'g', '-', '+', 10)) as unknown[][];
      expect(listed.map(([id, consumer, , deliveries]) => [id, consumer, deliveries])).toEqual([
        ['1-1', 'one', 1],
        ['2-1', 'one', 1],
      ]);
      expect(await ask('XACK', key, 'g', '1-1', '2-1')).toBe(2);
      expect(await ask('XPENDING', key, 'g')).toEqual([0, null, null, null]);
    });

    test('a group tells what is pending and what it has not handed out', async () => {
      const key = newKey();
      await expect(ask('XINFO', 'GROUPS', key)).rejects.toThrow(/^ERR no such key/);
      await ask('XGROUP', 'CREATE', key, 'g', '0', 'MKSTREAM');
      for (const id of ['1-1', '1-2', '2-1']) await ask('XADD', key, id, 'a', id);
      await ask('XREADGROUP', 'GROUP', 'g', 'one', 'COUNT', 2, 'STREAMS', key, '>');
      await ask('XACK', key, 'g', '1-1');
      const [words] = (await ask('XINFO', 'GROUPS', key)) as unknown[][];
      const told = ['name', 'pending', 'last-delivered-id', 'lag'].map((name) => words![words!.indexOf(name) + 1]);
      expect(told).toEqual(['g', 1, '1-2', 1]);
    });

    test('idle entries are listed by how long, by id and by consumer', async () => {
      const key = await handedOut();
      const ids = async (...words: (string | number)[]): Promise<unknown[]> =>
        ((await ask('XPENDING', key, 'g', ...words)) as unknown[][]).map(([id]) => id);
      expect(await ids('IDLE', 60_000, '-', '+', 10)).toEqual([]);
      await passed(30);
      expect(await ids('IDLE', 20, '-', '+', 2)).toEqual(['1-1', '1-2']);
      expect(await ids('IDLE', 20, '1-2', '+', 10)).toEqual(['1-2', '2-1']);
      expect(await ids('-', '1', 10)).toEqual(['1-1', '1-2']);
      expect(await ids('-', '+', 10, 'two')).toEqual([]);
    });

    test('the stuck are claimed from an id on, each claim is a delivery, and the next is idle anew', async () => {
      const key = await handedOut();
      const claim = (idle: number, from: string, count: number): Promise<unknown> =>
        ask('XAUTOCLAIM', key, 'g', 'two', idle, from, 'COUNT', count);
      expect(await claim(60_000, '0-0', 10)).toEqual(['0-0', [], []]);
      // Long enough for the second claim to come in time on any machine.
      await passed(2_100);
      expect(await claim(2_000, '1-2', 1)).toEqual(['2-1', [['1-2', ['a', '1-2']]], []]);
      expect(await claim(2_000, '0-0', 10)).toEqual([
        '0-0',
        [
          ['1-1', ['a', '1-1']],
          ['2-1', ['a', '2-1']],
        ],
        [],
      ]);
      const listed = (await ask('XPENDING', key, 'g', '-', '+', 10)) as unknown[][];
      expect(listed.map(([, consumer, , deliveries]) => [consumer, deliveries])).toEqual([
        ['two', 2],
        ['two', 2],
        ['two', 2],
      ]);
    });

    test('an entry that was cut away leaves the group when it is claimed, and is named', async () => {
      const key = await handedOut();
      await ask('XDEL', key, '1-2');
      expect(await ask('XAUTOCLAIM', key, 'g', 'two', 0, '0-0', 'COUNT', 10)).toEqual([
        '0-0',
        [
          ['1-1', ['a', '1-1']],
          ['2-1', ['a', '2-1']],
        ],
        ['1-2'],
      ]);
      expect(((await ask('XPENDING', key, 'g')) as unknown[])[0]).toBe(2);
    });

    test('a claim with a count of its own sets how often an entry was handed out', async () => {
      const key = await handedOut();
      const claimed = await ask('XCLAIM', key, 'g', 'two', 0, '1-2', '9-9', 'RETRYCOUNT', 0, 'JUSTID');
      expect(claimed).toEqual(['1-2']);
      const listed = (await ask('XPENDING', key, 'g', '1-2', '1-2', 1)) as unknown[][];
      expect(listed.map(([, consumer, , deliveries]) => [consumer, deliveries])).toEqual([['two', 0]]);
    });

    test('a pipeline does what it can, a transaction of commands nobody knows does nothing', async () => {
      const key = newKey();
      const pipeline = redis.pipeline();
      pipeline.set(key, 'a');
      pipeline.xlen(key);
      pipeline.get(key);
      const replies = await pipeline.exec({ keepErrors: true });
      expect(replies.map(({ result }) => result ?? null)).toEqual(['OK', null, 'a']);
      expect(replies[1]!.error).toMatch(/^WRONGTYPE/);
      const headers = { authorization: `Bearer ${bridge.token}` };
      const body = JSON.stringify([
        ['SET', key, 'b'],
        ['NOSUCH', key],
      ]);
      const response = await fetch(`${bridge.url}/multi-exec`, { method: 'POST', headers, body });
      expect(response.status).toBe(400);
      expect(((await response.json()) as { error: string }).error).toMatch(/^EXECABORT/);
      expect(await redis.get(key)).toBe('a');
    });

    test('transactions from many sides do not mix', async () => {
      const key = newKey();
      const turns = Array.from({ length: 40 }, async (_, turn) => {
        const transaction = redis.multi();
        for (const part of ['a', 'b', 'c']) transaction.xadd(key, '*', { turn: String(turn), part });
        await transaction.exec();
      });
      await Promise.all(turns);
      const entries = (await ask('XRANGE', key, '-', '+')) as [string, string[]][];
      expect(entries).toHaveLength(120);
      for (let at = 0; at < 120; at += 3) {
        const turn = entries[at]![1][1];
        expect(entries.slice(at, at + 3).map(([, words]) => words)).toEqual(
          ['a', 'b', 'c'].map((part) => ['turn', turn, 'part', part]),
        );
      }
    });

    test('the wrong type, an unknown command, a bad id and a bad number are told apart', async () => {
      const key = newKey();
      await redis.set(key, 'text');
      await expect(ask('XLEN', key)).rejects.toThrow(/^WRONGTYPE/);
      await expect(ask('XADD', key, '*', 'a', '1')).rejects.toThrow(/^WRONGTYPE/);
      await expect(ask('NOSUCH')).rejects.toThrow(/^ERR unknown command 'NOSUCH'/);
      const stream = await handedOut();
      await expect(ask('GET', stream)).rejects.toThrow(/^WRONGTYPE/);
      await expect(ask('XRANGE', stream, 'x', '+')).rejects.toThrow(/^ERR Invalid stream ID/);
      await expect(ask('XTRIM', stream, 'MAXLEN', 'many')).rejects.toThrow(/^ERR value is not an integer/);
    });

    test('without the token nobody is let in', async () => {
      for (const token of ['wrong', `${bridge.token}x`]) {
        await expect(clientOf(bridge, { token }).set(newKey(), 'a')).rejects.toThrow(/^WRONGPASS/);
      }
      expect((await fetch(bridge.url, { method: 'POST', body: '["PING"]' })).status).toBe(401);
    });

    test.each([
      ['/', '{"a":1}', 400],
      ['/', 'no json', 400],
      ['/', '[["GET","a"]]', 400],
      ['/pipeline', '["GET","a"]', 400],
      ['/pipeline', '[]', 400],
      ['/elsewhere', '["PING"]', 404],
    ])('a request that means nothing is refused: %s %s', async (path, body, status) => {
      const headers = { authorization: `Bearer ${bridge.token}` };
      const response = await fetch(`${bridge.url}${path}`, { method: 'POST', headers, body });
      expect(response.status).toBe(status);
      expect(((await response.json()) as { error: string }).error).toMatch(/^ERR/);
    });

    test('it misbehaves as often as it is told to, and a cut command was done', async () => {
      const key = newKey();
      const hasty = clientOf(bridge, { signal: () => AbortSignal.timeout(50) });
      bridge.misbehave('hang', 1);
      await expect(hasty.set(key, 'a')).rejects.toThrow(/timeout/i);
      expect(await redis.get(key)).toBe(null);
      bridge.misbehave('garbage', 1);
      await expect(redis.get(key)).rejects.toThrow(errors.UpstashJSONParseError);
      bridge.misbehave('server_error', 1);
      await expect(redis.get(key)).rejects.toThrow(/^ERR internal error/);
      bridge.misbehave('cut', 1);
      await expect(redis.set(key, 'done')).rejects.toThrow('fetch failed');
      expect(await redis.get(key)).toBe('done');
      const single = clientOf(bridge, { enableAutoPipelining: false });
      bridge.misbehave('wrong_shape');
      expect([await single.get(key), await single.get(key)]).toEqual(['42', '42']);
      bridge.misbehave(null);
      expect(await redis.get(key)).toBe('done');
    });

    test('the client with `retry: false` sends a cut command again, the one with no retries does not', async () => {
      const key = newKey();
      bridge.misbehave('cut', 1);
      await clientOf(bridge, { retry: false }).xadd(key, '*', { a: '1' });
      expect(await redis.xlen(key)).toBe(2);
      bridge.misbehave('cut', 1);
      await expect(clientOf(bridge).xadd(key, '*', { a: '1' })).rejects.toThrow();
      expect(await redis.xlen(key)).toBe(3);
    });
  });
}

test.skipIf(missing)('a Redis of its own ends with its bridge', async () => {
  const bridge = await openRedis({ preferReal: true });
  const [pid] = bridge.processIds;
  expect(processEntry(pid!)?.name).toBe('redis-server');
  expect(await tellRedis(bridge, [['PING']])).toEqual(['PONG']);
  await bridge.close();
  expect(processEntry(pid!)).toBe(undefined);
});

test('is reached after a restart as it was before, and elsewhere with the same token while its port is taken', async () => {
  const first = await openRedis({ preferReal: false });
  const address = { port: Number(new URL(first.url).port), token: first.token };
  const beside = await openRedis({ preferReal: false, address });
  expect(beside.token).toBe(first.token);
  expect(beside.url).not.toBe(first.url);
  await Promise.all([first.close(), beside.close()]);
  const again = await openRedis({ preferReal: false, address });
  expect([again.url, again.token]).toEqual([first.url, first.token]);
  expect(await tellRedis(again, [['PING']])).toEqual(['PONG']);
  await again.close();
});

test('a machine without redis-server gets the in-memory form', async () => {
  const path = process.env['PATH'];
  process.env['PATH'] = '';
  try {
    const bridge = await openRedis({ preferReal: true });
    expect([bridge.kind, bridge.processIds]).toEqual(['memory', []]);
    expect(await tellRedis(bridge, [['PING']])).toEqual(['PONG']);
    await bridge.close();
  } finally {
    process.env['PATH'] = path;
  }
});
