// The copy of the table over both kinds of Redis: nobody overwrites what he has not read, only our own boards are believed, every call ends.
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { configurationAt, knownTable } from '../harness/known-tables.ts';
import { COPY_STREAM, UpstashReplica } from '../../src/platform/upstash-replica.ts';
import { drawSecrets } from '../../tools/secrets.ts';
import { leaveOnSignal } from '../harness/leave-on-signal.ts';
import { needsProgram } from '../harness/debian.ts';
import { openRedis } from '../../tools/upstash-bridge/open-redis.ts';
import { tellRedis } from '../harness/stream-producer.ts';
import type { Bridge, BridgeFault } from '../../tools/upstash-bridge/bridge-server.ts';
import type { KnownTable } from '../../src/domain/routing/known-table.ts';

const missing = needsProgram('redis-server', 'redis-server', 'the copy of the routing table in a real Redis');
const BACKENDS = [
  { kind: 'memory', preferReal: false, isMissing: false },
  { kind: 'redis', preferReal: true, isMissing: missing },
] as const;
const FAULTS: readonly BridgeFault[] = ['hang', 'garbage', 'server_error', 'wrong_shape', 'cut'];

leaveOnSignal();

const { decisionSigningKeys: signingKeys } = drawSecrets();
const NOW = Date.now();
type Given = Readonly<Partial<Record<'signingKeys' | 'url', string> & { timeoutMs: number }>>;
/** A machine that pauses for a moment is no Redis that is away. */
const replicaOf = ({ url, token }: Bridge, given: Given = {}): UpstashReplica =>
  new UpstashReplica({ url, token, signingKeys, timeoutMs: 5_000, clock: () => NOW, ...given });

const IN_TIME = { timeoutMs: 500 };

const versions = (table: KnownTable | null): Record<string, number> =>
  Object.fromEntries([...(table?.data.rows.values() ?? [])].map(({ processorId, version }) => [processorId, version]));

for (const { kind, preferReal, isMissing } of BACKENDS) {
  describe.skipIf(isMissing)(`the copy in ${kind}`, () => {
    let held: Bridge | null = null;
    const bridge = (): Bridge => held!;
    beforeEach(async () => {
      held ??= await openRedis({ preferReal });
      held.misbehave(null);
      await tellRedis(held, [['DEL', COPY_STREAM]]);
    });
    afterAll(() => held?.close());

    test('[BRD-8] what one board published another machine reads, and nothing before', async () => {
      expect(await replicaOf(bridge()).read()).toBeNull();
      const table = knownTable({ configuration: 2, rows: [3, 1, 4], asOfMs: NOW });
      await replicaOf(bridge()).publish(table);
      expect(await replicaOf(bridge()).read()).toEqual(table);
    });

    test('[BRD-8] of two boards that each know something newer, writing in any order, the copy holds the newest of both', async () => {
      const [one, other] = [replicaOf(bridge()), replicaOf(bridge())];
      await one.publish(knownTable({ configuration: 1, keys: 2, rows: [5, 1, 0], asOfMs: NOW - 2_000 }));
      await other.publish(knownTable({ configuration: 2, keys: 1, rows: [1, 7, 2], asOfMs: NOW - 3_000 }));
      // The first one's memory of the stream is out of date by now, and so is what it tells.
      await one.publish(knownTable({ configuration: 1, keys: 2, rows: [6, 1, 0], asOfMs: NOW - 1_000 }));
      const copy = await replicaOf(bridge()).read();
      expect(copy!.data.configuration).toEqual(configurationAt(2));
      expect(copy!.keys.version).toBe(2);
      expect(versions(copy)).toEqual({ a: 6, b: 7, c: 2 });
      expect(copy!.data.asOfMs).toBe(NOW - 1_000);
    });

    test('[BRD-8] a board that publishes an old copy once more changes nothing, not even its age', async () => {
      const newest = knownTable({ configuration: 3, keys: 3, rows: [0, 9, 9], asOfMs: NOW });
      await replicaOf(bridge()).publish(
        knownTable({ configuration: 2, keys: 2, rows: [8, 2, 2], asOfMs: NOW - 9_000 }),
      );
      await replicaOf(bridge()).publish(newest);
      await replicaOf(bridge()).publish(
        knownTable({ configuration: 2, keys: 2, rows: [8, 2, 2], asOfMs: NOW - 9_000 }),
      );
      expect(await replicaOf(bridge()).read()).toEqual(newest);
    });

    test('[BRD-8] 6 boards at once, 10 copies each: nothing newest is lost', { timeout: 20_000 }, async () => {
      const boards = Array.from({ length: 6 }, () => replicaOf(bridge()));
      const lost: string[] = [];
      await Promise.all(
        boards.map(async (board, index) => {
          for (let version = 1; version <= 10; version += 1) {
            const rows = [0, 1, 2].map((place) => (place === index % 3 ? version * 10 + index : 1)) as [
              number,
              number,
              number,
            ];
            const table = knownTable({ configuration: 2, rows, asOfMs: NOW - 100 + version });
            // Who was not quick enough three times in a row tries with the next change.
            while (
              !(await board.publish(table).then(
                () => true,
                () => false,
              ))
            )
              lost.push(`${index} ${version}`);
          }
        }),
      );
      expect(versions(await replicaOf(bridge()).read())).toEqual({ a: 103, b: 104, c: 105 });
    });

    test('[BRD-8] a lone board reads the copy once and then only writes; one entry is kept', async () => {
      const board = replicaOf(bridge());
      const before = bridge().requests;
      for (let version = 1; version <= 4; version += 1)
        await board.publish(knownTable({ rows: [version, 1, 0], asOfMs: NOW }));
      expect(bridge().requests - before).toBe(5);
      expect(await tellRedis(bridge(), [['XLEN', COPY_STREAM]])).toEqual([1]);
    });

    test('[TAB-39] what no board of ours sealed is no copy, and is overwritten', async () => {
      const board = replicaOf(bridge());
      await board.publish(knownTable({ keys: 2, asOfMs: NOW }));
      const [[[id, [, text, , seal]]]] = (await tellRedis(bridge(), [['XRANGE', COPY_STREAM, '-', '+']])) as [
        [[string, [string, string, string, string]]],
      ];
      const others = drawSecrets().decisionSigningKeys;
      expect(await replicaOf(bridge(), { signingKeys: others }).read()).toBeNull();
      expect(
        await replicaOf(bridge(), { signingKeys: `${others.replace('1:', '2:')},${signingKeys}` }).read(),
      ).not.toBeNull();
      const forged = text.replace('"route"', '"admin"');
      expect(forged).not.toBe(text);
      const entries = [
        ['copy', forged, 'seal', seal],
        ['copy', text, 'seal', seal.replace(/.$/, (last) => (last === '0' ? '1' : '0'))],
        ['copy', text, 'seal', ''],
        ['copy', text],
        ['a', 'b'],
      ];
      for (const [index, fields] of entries.entries()) {
        await tellRedis(bridge(), [
          ['XADD', COPY_STREAM, 'MAXLEN', '=', 1, `${Number(id.split('-')[0]) + 1 + index}-0`, ...fields],
        ]);
        expect(await replicaOf(bridge()).read()).toBeNull();
      }
      await board.publish(knownTable({ keys: 2, asOfMs: NOW }));
      expect((await replicaOf(bridge()).read())?.keys.version).toBe(2);
    });

    const LAST = '18446744073709551615';
    test.each([
      ['the last id there is', [['XADD', COPY_STREAM, `${LAST}-${LAST}`, 'copy', 'x', 'seal', 'y']]],
      ['an id of the last millisecond', [['XADD', COPY_STREAM, `${LAST}-0`, 'a', 'b']]],
      ['an id that no number holds exactly', [['XADD', COPY_STREAM, '9007199254740993-5', 'a', 'b']]],
      ['an id two days ahead', [['XADD', COPY_STREAM, `${NOW + 2 * 86_400_000}-0`, 'a', 'b']]],
      [
        'a stream whose entries are gone and that remembers the last id',
        [
          ['XADD', COPY_STREAM, `${LAST}-1`, 'a', 'b'],
          ['XTRIM', COPY_STREAM, 'MAXLEN', 0],
        ],
      ],
      [
        'a key of another kind',
        [
          ['DEL', COPY_STREAM],
          ['SET', COPY_STREAM, 'x'],
        ],
      ],
    ])('[BRD-10] %s keeps out neither a board that has written before nor a new one', async (_, commands) => {
      const [old, other] = [replicaOf(bridge()), replicaOf(bridge())];
      for (const [round, board] of [old, replicaOf(bridge()), old].entries()) {
        await other.publish(knownTable({ rows: [1, 1, 0], asOfMs: NOW }));
        await tellRedis(bridge(), commands);
        await board.publish(knownTable({ rows: [2 + round, 1, 0], asOfMs: NOW }));
        expect(versions(await replicaOf(bridge()).read())).toMatchObject({ a: 2 + round });
        expect(await tellRedis(bridge(), [['XLEN', COPY_STREAM]])).toEqual([1]);
      }
    });

    test('[BRD-10] a genuine copy that was put back under the last id is joined before it goes, and nothing newer is lost', async () => {
      const board = replicaOf(bridge());
      await board.publish(knownTable({ configuration: 2, rows: [1, 8, 1], asOfMs: NOW - 5_000 }));
      const [[[, fields]]] = (await tellRedis(bridge(), [['XRANGE', COPY_STREAM, '-', '+']])) as [[[string, string[]]]];
      await tellRedis(bridge(), [['XADD', COPY_STREAM, `${LAST}-0`, ...fields]]);
      const boards = [1, 2, 3].map((version) =>
        replicaOf(bridge()).publish(knownTable({ configuration: 2, rows: [version, 1, 4], asOfMs: NOW })),
      );
      await Promise.allSettled(boards);
      await board.publish(knownTable({ configuration: 2, rows: [9, 1, 1], asOfMs: NOW }));
      expect(versions(await replicaOf(bridge()).read())).toMatchObject({ a: 9, b: 8 });
    });

    test('[BRD-10] who remembers a number from before the stream was begun anew does not overwrite it unread', async () => {
      const [one, other] = [replicaOf(bridge()), replicaOf(bridge())];
      await one.publish(knownTable({ rows: [3, 1, 0], asOfMs: NOW }));
      await tellRedis(bridge(), [['XADD', COPY_STREAM, `${LAST}-0`, 'a', 'b']]);
      await other.publish(knownTable({ rows: [1, 6, 0], asOfMs: NOW }));
      await one.publish(knownTable({ rows: [4, 1, 0], asOfMs: NOW }));
      expect(versions(await replicaOf(bridge()).read())).toEqual({ a: 4, b: 6 });
    });

    test.each(FAULTS)(
      '[BRD-7] a Redis that answers with %s ends both calls in time, and the next copy finds its way',
      async (fault) => {
        const board = replicaOf(bridge(), IN_TIME);
        await board.publish(knownTable({ rows: [1, 1, 0], asOfMs: NOW }));
        await replicaOf(bridge()).publish(knownTable({ rows: [1, 5, 0], asOfMs: NOW }));
        bridge().misbehave(fault);
        const startedAt = performance.now();
        await expect(board.publish(knownTable({ rows: [2, 1, 0], asOfMs: NOW }))).rejects.toThrow();
        await expect(replicaOf(bridge(), IN_TIME).read()).rejects.toThrow();
        expect(performance.now() - startedAt).toBeLessThan(2_500);
        bridge().misbehave(null);
        await board.publish(knownTable({ rows: [3, 1, 0], asOfMs: NOW }));
        expect(versions(await replicaOf(bridge()).read())).toEqual({ a: 3, b: 5 });
      },
    );
  });
}

test('[BRD-7] an address that is none, or a wrong token, is a fault of each call and of nothing else', async () => {
  const bridge = await openRedis({ preferReal: false });
  try {
    for (const wrong of [replicaOf(bridge, { url: 'nonsense' }), replicaOf({ ...bridge, token: 'wrong' })]) {
      await expect(wrong.read()).rejects.toThrow();
      await expect(wrong.publish(knownTable({ asOfMs: NOW }))).rejects.toThrow();
    }
  } finally {
    await bridge.close();
  }
});

test('[TAB-40] what lies in Redis is the table and the hashes of keys: no key text, no secret', async () => {
  const bridge = await openRedis({ preferReal: false });
  try {
    await replicaOf(bridge).publish(knownTable({ asOfMs: NOW }));
    const text = JSON.stringify(await tellRedis(bridge, [['XRANGE', COPY_STREAM, '-', '+']]));
    expect(text).toContain('"h1');
    for (const secret of [signingKeys.slice(2), bridge.token, 'sbx_']) expect(text).not.toContain(secret);
  } finally {
    await bridge.close();
  }
});
