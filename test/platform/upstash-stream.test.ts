// The stream port over both kinds of Redis: what a reader relies on, with the real clock.
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { needsProgram } from '../harness/debian.ts';
import { LETTERS, portOf, STREAM } from '../harness/stream-lab.ts';
import { leaveOnSignal } from '../harness/leave-on-signal.ts';
import { tellRedis } from '../harness/stream-producer.ts';
import { openRedis } from '../../tools/upstash-bridge/open-redis.ts';
import type { Bridge } from '../../tools/upstash-bridge/bridge-server.ts';
import type { DeadLetter, StreamEntry, StreamReply } from '../../src/ports/stream-port.ts';

const missing = needsProgram('redis-server', 'redis-server', 'the stream port over a real Redis');
const BACKENDS = [
  { kind: 'memory', preferReal: false, isMissing: false },
  { kind: 'redis', preferReal: true, isMissing: missing },
] as const;

leaveOnSignal();

function good<Value>(reply: StreamReply<Value>): Value {
  if (!reply.ok) throw new Error(`the port answered with ${reply.fault.reason}`);
  return reply.value;
}
const passed = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const letterOf = (entry: StreamEntry, reason = 'unknown_kind'): DeadLetter => ({
  entry,
  reason,
  field: 'event_type',
  atMs: 1_795_000_000_000,
  isCut: false,
});

for (const { kind, preferReal, isMissing } of BACKENDS) {
  describe.skipIf(isMissing)(`the stream port over ${kind}`, () => {
    let bridge: Bridge | null = null;
    const useBridge = (): Bridge => bridge!;
    beforeEach(async () => {
      bridge ??= await openRedis({ preferReal });
      await tellRedis(bridge, [['DEL', STREAM, LETTERS]]);
    });
    afterAll(() => bridge?.close());

    const filled = async (count: number): Promise<readonly StreamEntry[]> => {
      const port = portOf(useBridge());
      good(await port.prepare());
      const words = Array.from({ length: count }, (_, index) => ['XADD', STREAM, '*', 'n', index]);
      await tellRedis(useBridge(), words);
      return good(await port.readNew(count));
    };

    test('[STR-9] prepares once, twice, and from the oldest entry on', async () => {
      await tellRedis(useBridge(), [['XADD', STREAM, '1-1', 'a', '1']]);
      const port = portOf(useBridge());
      expect(await port.readNew(5)).toEqual({ ok: false, fault: { reason: 'no_group' } });
      expect([await port.prepare(), await port.prepare()]).toEqual([
        { ok: true, value: null },
        { ok: true, value: null },
      ]);
      expect(good(await port.readNew(5))).toEqual([{ id: '1-1', fields: [['a', '1']], deliveries: 1 }]);
      expect(good(await port.readNew(5))).toEqual([]);
    });

    test.each([['1e5'], ['OK'], ['null'], ['{"a":12345678901234567890}'], ['ü 😀'], ['']])(
      '[STR-11] a field is read as it was written: %j',
      async (text) => {
        const port = portOf(useBridge());
        good(await port.prepare());
        await tellRedis(useBridge(), [['XADD', STREAM, '*', 'same', text, 'same', 'again', '7', 'x']]);
        expect(good(await port.readNew(1))[0]!.fields).toEqual([
          ['same', text],
          ['same', 'again'],
          ['7', 'x'],
        ]);
      },
    );

    test('[STR-16] tells what is pending and what waits', async () => {
      const port = portOf(useBridge());
      expect(await port.backlog()).toMatchObject({ ok: false, fault: { reason: 'refused' } });
      await tellRedis(useBridge(), [['XGROUP', 'CREATE', STREAM, 'others', '0', 'MKSTREAM']]);
      expect(await port.backlog()).toEqual({ ok: false, fault: { reason: 'no_group' } });
      good(await port.prepare());
      for (let number = 0; number < 5; number++) await tellRedis(useBridge(), [['XADD', STREAM, '*', 'a', 'b']]);
      expect(good(await port.backlog())).toEqual({ pending: 0, waiting: 5 });
      good(await port.readNew(2));
      expect(good(await port.backlog())).toEqual({ pending: 2, waiting: 3 });
    });

    test('[STR-2] [STR-3] lists and claims the stuck, and says how often each was handed out', async () => {
      const entries = await filled(4);
      const port = portOf(useBridge());
      expect(good(await port.stuck(60_000, 10))).toEqual([]);
      await passed(30);
      expect(good(await port.claim(entries[1]!.id, 20, 2)).entries).toEqual(
        entries.slice(1, 3).map((entry) => ({ ...entry, deliveries: 2 })),
      );
      expect(good(await port.stuck(20, 10)).map(({ id }) => id)).toEqual([entries[0]!.id, entries[3]!.id]);
      await passed(30);
      const all = good(await port.claim('0-0', 20, 10));
      expect(all.entries.map(({ deliveries }) => deliveries)).toEqual([2, 3, 3, 2]);
      expect(good(await port.stuck(0, 10)).map(({ deliveries }) => deliveries)).toEqual([2, 3, 3, 2]);
      good(await port.acknowledge(entries.map(({ id }) => id)));
      expect(good(await port.stuck(0, 10))).toEqual([]);
    });

    test('[STR-14] names what was cut away when it claims', async () => {
      const entries = await filled(3);
      await tellRedis(useBridge(), [['XDEL', STREAM, entries[1]!.id]]);
      const port = portOf(useBridge());
      const { entries: claimed, goneIds } = good(await port.claim('0-0', 0, 10));
      expect(claimed.map(({ id, deliveries }) => [id, deliveries])).toEqual([
        [entries[0]!.id, 2],
        [entries[2]!.id, 2],
      ]);
      expect(goneIds).toEqual([entries[1]!.id]);
    });

    test('[STR-5] gives deliveries back, however many each entry has had', async () => {
      const entries = await filled(3);
      const port = portOf(useBridge());
      const claimed = good(await port.claim(entries[2]!.id, 0, 1)).entries;
      good(await port.giveBack([entries[0]!, ...claimed]));
      expect(good(await port.stuck(0, 10)).map(({ deliveries }) => deliveries)).toEqual([0, 1, 1]);
      expect(good(await port.claim(entries[0]!.id, 0, 1)).entries.map(({ deliveries }) => deliveries)).toEqual([1]);
    });

    test('[STR-6] buries and acknowledges, and tells how many letters there are', async () => {
      const entries = await filled(3);
      const port = portOf(useBridge());
      expect(good(await port.bury([letterOf(entries[0]!)]))).toBe(1);
      expect(good(await port.bury(entries.slice(1).map((entry) => letterOf(entry))))).toBe(3);
      expect(good(await port.stuck(0, 10))).toEqual([]);
      expect(await tellRedis(useBridge(), [['XLEN', STREAM]])).toEqual([3]);
    });

    test.each([
      ['is no stream', ['SET', LETTERS, 'text'], 'WRONGTYPE'],
      ['has given its last id', ['XADD', LETTERS, '18446744073709551615-18446744073709551615', 'a', 'b'], 'ERR'],
    ] as const)('[STR-31] where the list of letters %s, nothing is acknowledged', async (_, command, code) => {
      const entries = await filled(3);
      await tellRedis(useBridge(), [command]);
      const port = portOf(useBridge());
      const refused = { ok: false, fault: { reason: 'refused', code }, buried: 0 };
      expect(await port.bury(entries.map((entry) => letterOf(entry)))).toEqual(refused);
      expect(good(await port.stuck(0, 10))).toHaveLength(3);
    });

    test('[STR-31] letters of any size are kept, in as many requests as they need', async () => {
      const entries = await filled(60);
      const long = '"'.repeat(65_000);
      const letters = entries.map((entry) => letterOf({ ...entry, fields: [['long', long]] }));
      const port = portOf(useBridge());
      expect(await port.bury(letters)).toEqual({ ok: true, value: 60, buried: 60 });
      expect(good(await port.stuck(0, 100))).toEqual([]);
      expect(good(await port.list(null, 1)).letters[0]!.entry.fields).toEqual([['long', long]]);
    });

    test('[STR-10] letters come in pages, newest first, and are found and removed by id', async () => {
      const entries = await filled(5);
      const port = portOf(useBridge());
      good(await port.bury(entries.map((entry, index) => letterOf(entry, `reason_${index}`))));
      const first = good(await port.list(null, 2));
      expect(first.letters.map(({ reason }) => reason)).toEqual(['reason_4', 'reason_3']);
      const second = good(await port.list(first.nextCursor, 3));
      expect(second.letters.map(({ reason }) => reason)).toEqual(['reason_2', 'reason_1', 'reason_0']);
      expect(second.nextCursor).toBe(null);
      const [newest] = first.letters;
      expect(newest).toEqual({ ...letterOf(entries[4]!, 'reason_4'), id: newest!.id });
      expect(good(await port.find([newest!.id, '1-1', 'no id', '; FLUSHALL']))).toEqual([newest]);
      expect(good(await port.find(['no id']))).toEqual([]);
      good(await port.remove([newest!.id]));
      expect(good(await port.find([newest!.id]))).toEqual([]);
    });

    test('[STR-10] keeps the newest letters where there are too many', async () => {
      const entries = await filled(5);
      const port = portOf(useBridge(), { lettersMax: 3 });
      expect(good(await port.bury(entries.map((entry) => letterOf(entry))))).toBe(3);
      const { letters } = good(await port.list(null, 10));
      expect(letters.map(({ entry }) => entry.id)).toEqual(
        entries
          .map(({ id }) => id)
          .reverse()
          .slice(0, 3),
      );
    });

    test('[STR-10] what somebody else put among the letters is no letter', async () => {
      await tellRedis(useBridge(), [
        ['XADD', LETTERS, '*', 'letter', 'no json'],
        ['XADD', LETTERS, '*', 'letter', '{"format":2}'],
        ['XADD', LETTERS, '*', 'a', 'b'],
      ]);
      expect(good(await portOf(useBridge()).list(null, 10)).letters).toEqual([]);
    });

    test('[STR-8] a wrong token is told as that', async () => {
      const { url } = useBridge();
      const port = portOf({ url, token: 'wrong' });
      expect(await port.readNew(1)).toEqual({ ok: false, fault: { reason: 'unauthorised' } });
      expect(await port.claim('0-0', 0, 1)).toEqual({ ok: false, fault: { reason: 'unauthorised' } });
    });

    test('[STR-8] every call is sent once, whatever becomes of it, and answers with a fault', async () => {
      const [entry] = await filled(1);
      const port = portOf(useBridge());
      const calls = [
        () => port.prepare(),
        () => port.readNew(1),
        () => port.stuck(0, 1),
        () => port.claim('0-0', 0, 1),
        () => port.acknowledge(['1-1']),
        () => port.giveBack([entry!]),
        () => port.bury([letterOf(entry!)]),
        () => port.list(null, 1),
        () => port.find(['1-1']),
        () => port.remove(['1-1']),
      ];
      for (const fault of ['garbage', 'server_error', 'wrong_shape', 'cut'] as const) {
        for (const call of calls) {
          const before = useBridge().requests;
          useBridge().misbehave(fault);
          const reply = await call();
          useBridge().misbehave(null);
          expect(useBridge().requests - before).toBe(1);
          expect({ fault, ok: reply.ok }).toEqual({ fault, ok: false });
          expect(JSON.stringify(reply)).not.toContain(STREAM);
        }
      }
    });

    test('[STR-8] a call that is not answered ends with its time, alone and in a transaction', async () => {
      const port = portOf(useBridge(), { timeoutMs: 150 });
      useBridge().misbehave('hang');
      const unreachable = { ok: false, fault: { reason: 'unreachable' } };
      expect(await Promise.all([port.readNew(1), port.claim('0-0', 0, 1)])).toEqual([unreachable, unreachable]);
      useBridge().misbehave(null);
    });
  });
}
