// The isolate's memory of the routing table: how old an answer may be, and that nobody waits for what is away.
import { describe, expect, test, vi } from 'vitest';
import { EMPTY_CONFIGURATION, type ApiKeyRecord } from '../../src/domain/configuration/configuration.ts';
import { IsolateMemory, IsolateTable } from '../../src/platform/isolate-table.ts';
import { asProcessorId } from '../../src/domain/identity.ts';
import { PIX_BR } from '../harness/results.ts';
import type { BoardPort, DecisionCount, TableCursor, TableDelta } from '../../src/ports/board-port.ts';

const KEY: ApiKeyRecord = {
  id: 'k1',
  name: 'checkout',
  hash: 'aa',
  scopes: ['route'],
  createdAtMs: 0,
  expiresAtMs: null,
};

/** A board whose answers, delays and absences the test decides. */
class ScriptedBoard implements BoardPort {
  version = 1;
  keys: readonly ApiKeyRecord[] = [KEY];
  mode: 'answers' | 'refuses' | 'hangs' = 'answers';
  readonly asked: (TableCursor | null)[] = [];
  readonly reported: DecisionCount[] = [];

  async refill(cursor: TableCursor | null, decisions: readonly DecisionCount[]): Promise<TableDelta> {
    this.asked.push(cursor);
    if (this.mode === 'hangs') return await new Promise(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 3));
    if (this.mode === 'refuses') throw new Error('the board is away');
    this.reported.push(...decisions);
    return {
      cursor: { boardId: 'b', sequence: 0, configVersion: this.version, keysVersion: this.version },
      asOfMs: 0,
      configuration: { ...EMPTY_CONFIGURATION, version: this.version },
      keys: this.keys,
      bootstrapVoid: false,
      rows: [],
      silences: [],
      segmentRates: [],
    };
  }
}

/** A clock that the test moves, on top of the real one, so that timers still take their time. */
function isolate() {
  const board = new ScriptedBoard();
  const memory = new IsolateMemory();
  const clock = { offsetMs: 0, now: () => Date.now() + clock.offsetMs };
  const behind: Promise<unknown>[] = [];
  /** Each request has a table of its own over the isolate's one memory. */
  const request = () => new IsolateTable(memory, { board, replica: null }, (work) => behind.push(work), clock.now);
  return { board, memory, clock, behind, request };
}

describe('age', () => {
  test('[TAB-20] a table up to 1 s old answers as it is, up to 2 s it answers and is refilled behind the answer', async () => {
    const { board, clock, behind, request } = isolate();
    expect((await request().table(clock.now()))?.source).toBe('board');
    expect((await request().table(clock.now()))?.source).toBe('memory');
    expect(board.asked).toHaveLength(1);
    clock.offsetMs += 1_500;
    board.version = 2;
    const held = await request().table(clock.now());
    expect(held).toMatchObject({ source: 'memory' });
    expect(held?.table.data.configuration.version).toBe(1);
    await Promise.all(behind);
    expect((await request().table(clock.now()))?.table.data.configuration.version).toBe(2);
  });

  test('[TAB-20] what nobody need wait for is told at once, and nothing is where a refill is waited for', async () => {
    const { board, clock, behind, request } = isolate();
    const now = Date.now();
    clock.now = () => now + clock.offsetMs;
    const both = () => [request().tableNow(clock.now()), request().keysNow(clock.now())];
    expect(both()).toEqual([null, null]);
    expect(board.asked).toHaveLength(0);
    await request().table(clock.now());
    for (const [ageMs, asked] of [
      [1_000, 1],
      [1_500, 2],
    ] as const) {
      clock.offsetMs = ageMs;
      const told = both();
      expect(told[0]).toMatchObject({ source: 'memory', ageMs });
      expect(told).toEqual([await request().table(clock.now()), await request().keys(clock.now())]);
      expect(board.asked).toHaveLength(asked);
    }
    await Promise.all(behind);
    clock.offsetMs += 2_001;
    expect(both()).toEqual([null, null]);
    expect(board.asked).toHaveLength(2);
  });

  test('[TAB-21] an isolate that was idle for 60 s learns of what happened before it answers', async () => {
    const { board, clock, request } = isolate();
    await request().table(clock.now());
    board.version = 2;
    board.keys = [];
    clock.offsetMs += 60_000;
    const held = await request().table(clock.now());
    expect(held).toMatchObject({ source: 'board' });
    expect(held?.table.data.configuration.version).toBe(2);
    expect((await request().keys(clock.now()))?.byHash.has('aa')).toBe(false);
  });

  test.each(['refuses', 'hangs'] as const)(
    '[TAB-22] while the board %s, an old table answers within 150 ms and says so',
    { retry: 2 },
    async (mode) => {
      const { board, clock, request } = isolate();
      await request().table(clock.now());
      board.mode = mode;
      clock.offsetMs += 600_000;
      const startedAt = Date.now();
      const held = await request().table(clock.now());
      expect(Date.now() - startedAt).toBeLessThan(400);
      expect(held).toMatchObject({ source: 'stale' });
      expect(held!.ageMs).toBeGreaterThanOrEqual(600_000);
    },
  );

  test('[TAB-23] only a cold isolate that no board answers has no table', async () => {
    const { board, clock, request } = isolate();
    board.mode = 'refuses';
    expect(await request().table(clock.now())).toBeNull();
  });

  test('[TAB-24] a refill that was asked for earlier and arrives later does not replace a newer table', async () => {
    const { board, memory, request } = isolate();
    let release: (() => void) | undefined;
    const slow = vi.spyOn(board, 'refill').mockImplementationOnce(async (cursor) => {
      await new Promise<void>((resolve) => (release = resolve));
      slow.mockRestore();
      return { ...(await board.refill(cursor, [])), configuration: { ...EMPTY_CONFIGURATION, version: 1 } };
    });
    const first = request().refresh();
    await new Promise((resolve) => setTimeout(resolve, 10));
    board.version = 7;
    await request().refresh();
    release?.();
    await first;
    expect(memory.held?.data.configuration.version).toBe(7);
  });
});

describe('clocks and hangs', () => {
  test(
    '[TAB-30] one request waits for a hanging board once, however often it asks, and a refresh ends',
    { retry: 2 },
    async () => {
      const { board, clock, request } = isolate();
      await request().table(clock.now());
      board.mode = 'hangs';
      clock.offsetMs += 60_000;
      const asking = request();
      const startedAt = Date.now();
      await asking.keys(clock.now());
      await asking.table(clock.now());
      expect(Date.now() - startedAt).toBeLessThan(290);
      const refreshedAt = Date.now();
      await asking.refresh();
      expect(Date.now() - refreshedAt).toBeLessThan(1_400);
    },
  );

  test('[TAB-31] after its clock is set back an isolate goes on learning', async () => {
    const { board, clock, request } = isolate();
    await request().table(clock.now());
    clock.offsetMs -= 3_600_000;
    board.version = 9;
    expect((await request().table(clock.now()))?.table.data.configuration.version).toBe(9);
    expect((await request().table(clock.now()))?.ageMs).toBeLessThan(1_000);
  });
});

describe('many requests at once', () => {
  test('[TAB-25] when the leader of a refill goes away, 20 followers all answer', async () => {
    const { board, clock, request } = isolate();
    await request().table(clock.now());
    clock.offsetMs += 60_000;
    board.mode = 'hangs';
    // The leader's request is cancelled by its client: its refill never settles.
    const leader = request().table(clock.now());
    board.mode = 'answers';
    board.version = 2;
    const followers = await Promise.all(Array.from({ length: 20 }, () => request().table(clock.now())));
    expect(followers.every((held) => held !== null)).toBe(true);
    expect(await leader).not.toBeNull();
  });

  test('[TAB-26] 100 requests on an old table make one refill', async () => {
    const { board, clock, request } = isolate();
    await request().table(clock.now());
    clock.offsetMs += 60_000;
    await Promise.all(Array.from({ length: 100 }, () => request().table(clock.now())));
    expect(board.asked).toHaveLength(2);
  });

  test('[TAB-27] decisions are reported once, and kept when the board does not take them', async () => {
    const { board, clock, request } = isolate();
    await request().table(clock.now());
    for (let count = 0; count < 3; count += 1) request().noteDecision(asProcessorId('a'), PIX_BR, clock.now());
    board.mode = 'refuses';
    await request().refresh();
    board.mode = 'answers';
    await request().refresh();
    await request().refresh();
    expect(board.reported.map(({ processorId, count }) => [processorId, count])).toEqual([['a', 3]]);
  });
});
