// An isolate whose board is away, and the copy outside of it: when it is asked, what it may change, and that it costs nobody any time.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BoardState } from '../../src/domain/routing/board-state.ts';
import { configurationAt, keysAt, type Knowing, knownTable, rowsOf, VERSIONS } from '../harness/known-tables.ts';
import { IsolateMemory, IsolateTable } from '../../src/platform/isolate-table.ts';
import type { BoardPort } from '../../src/ports/board-port.ts';
import type { KnownTable } from '../../src/domain/routing/known-table.ts';
import type { ReplicaPort } from '../../src/ports/replica-port.ts';

const passed = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const forever = <Value>(): Promise<Value> => new Promise(() => undefined);

type Mood = 'answers' | 'refuses' | 'hangs';

function isolate(given: { board: Mood; replica: Mood }) {
  const clock = { offsetMs: 0, now: () => Date.now() + clock.offsetMs };
  const state = {
    ...given,
    boardDelayMs: 0,
    knows: { configuration: 1, keys: 1, rows: [1, 1, 0], asOfMs: 0 } as Knowing,
    boardId: 'b1',
    /** `null`: nobody has written one. */
    copy: null as KnownTable | null,
    replicaAsked: 0,
  };
  const boards = new Map<string, BoardState>();
  const board: BoardPort = {
    refill: async (cursor) => {
      if (state.board === 'hangs') return await forever();
      if (state.boardDelayMs > 0) await passed(state.boardDelayMs);
      if (state.board === 'refuses') throw new Error('the board is away');
      const own = boards.get(state.boardId) ?? new BoardState(state.boardId);
      boards.set(state.boardId, own);
      const { configuration, keys } = state.knows;
      const update = { configuration: configurationAt(configuration), keys: keysAt(keys), keysVersion: keys };
      own.acceptUpdate({ ...update, bootstrapVoid: keys > 1 }, clock.now());
      for (const row of rowsOf(state.knows)) own.acceptRow(row, clock.now());
      return own.delta(cursor, clock.now())!;
    },
  };
  const replica: ReplicaPort = {
    publish: () => Promise.reject(new Error('isolates only read')),
    read: async () => {
      state.replicaAsked += 1;
      if (state.replica === 'hangs') return await forever();
      await passed(1);
      if (state.replica === 'refuses') throw new Error('the replica is away');
      return state.copy;
    },
  };
  const memory = new IsolateMemory();
  const behind: Promise<unknown>[] = [];
  const request = () => new IsolateTable(memory, { board, replica }, (work) => behind.push(work), clock.now);
  const answer = async () => {
    const startedAt = performance.now();
    const held = await request().table(clock.now());
    return { held, tookMs: performance.now() - startedAt };
  };
  return { state, memory, clock, behind, request, answer };
}

describe('when it is asked', () => {
  test('[TAB-34] while its board answers, cold and warm, no isolate asks the replica', async () => {
    const { state, clock, behind, request, answer } = isolate({ board: 'answers', replica: 'answers' });
    state.boardDelayMs = 20;
    for (const waitMs of [0, 500, 1_500, 60_000, 600_000]) {
      clock.offsetMs += waitMs;
      await answer();
      await request().keys(clock.now());
      await Promise.all(behind);
    }
    await request().refresh();
    expect(state.replicaAsked).toBe(0);
  });

  test.each(['refuses', 'hangs'] as const)(
    '[TAB-35] a cold isolate whose board %s answers from the copy, and says so',
    { retry: 2 },
    async (mood) => {
      const { state, clock, answer, request } = isolate({ board: mood, replica: 'answers' });
      state.copy = knownTable({ configuration: 2, rows: [4, 2, 1], asOfMs: clock.now() - 7_000 });
      const { held, tookMs } = await answer();
      expect(held).toMatchObject({ source: 'replica' });
      expect(held!.table.data.rows.size).toBe(3);
      expect(held!.ageMs).toBeGreaterThanOrEqual(8_000);
      expect(held!.ageMs).toBeLessThan(10_000);
      expect(tookMs).toBeLessThan(700);
      if (mood === 'hangs') expect(tookMs).toBeGreaterThanOrEqual(290);
      expect((await request().keys(clock.now()))?.byHash.has('h1')).toBe(true);
    },
  );

  test('[TAB-35] when its board answers again the isolate gets everything from it', async () => {
    const { state, clock, answer } = isolate({ board: 'refuses', replica: 'answers' });
    state.copy = knownTable({ configuration: 1, asOfMs: clock.now() });
    await answer();
    Object.assign(state, { board: 'answers', knows: { configuration: 2, keys: 2, rows: [3, 3, 3], asOfMs: 0 } });
    clock.offsetMs += 5_000;
    const { held } = await answer();
    expect(held).toMatchObject({ source: 'board' });
    expect([...held!.table.data.rows.values()].map(({ version }) => version)).toEqual([3, 3, 3]);
  });

  test(
    '[TAB-36] a warm isolate answers from what it has and reads the copy behind the answer',
    { retry: 2 },
    async () => {
      const { state, clock, behind, answer } = isolate({ board: 'answers', replica: 'answers' });
      await answer();
      state.board = 'hangs';
      clock.offsetMs += 60_000;
      state.copy = knownTable({ configuration: 2, asOfMs: clock.now() - 1_500 });
      const first = await answer();
      expect(first.held).toMatchObject({ source: 'stale' });
      expect(first.held!.table.data.configuration.version).toBe(1);
      // The refill never settles: what was read is.
      await Promise.race([Promise.all(behind), passed(50)]);
      const { held } = await answer();
      expect(held).toMatchObject({ source: 'replica' });
      expect(held!.table.data.configuration.version).toBe(2);
      expect(held!.ageMs).toBeLessThan(5_000);
    },
  );

  test('[TAB-36] 5 s after the last answer of the replica too its table is called stale', { retry: 2 }, async () => {
    const { state, clock, answer } = isolate({ board: 'refuses', replica: 'answers' });
    state.copy = knownTable({ asOfMs: clock.now() });
    expect((await answer()).held).toMatchObject({ source: 'replica' });
    state.replica = 'refuses';
    clock.offsetMs += 4_000;
    expect((await answer()).held).toMatchObject({ source: 'replica' });
    clock.offsetMs += 2_000;
    expect((await answer()).held).toMatchObject({ source: 'stale' });
  });

  test('[TAB-37] one request of the isolate asks, at most every 3 s while nothing comes and every second while it does', async () => {
    const { state, clock, answer } = isolate({ board: 'answers', replica: 'hangs' });
    await answer();
    state.board = 'refuses';
    const askedWithin = async (ms: number): Promise<number> => {
      clock.offsetMs += ms;
      const before = state.replicaAsked;
      await Promise.all(Array.from({ length: 20 }, answer));
      return state.replicaAsked - before;
    };
    expect(await askedWithin(60_000)).toBe(1);
    expect(await askedWithin(500)).toBe(0);
    expect(await askedWithin(3_000)).toBe(1);
    Object.assign(state, { replica: 'answers', copy: knownTable({ asOfMs: clock.now() }) });
    expect(await askedWithin(3_000)).toBe(1);
    expect(await askedWithin(3_000)).toBe(1);
    // Set back by an hour it does not rest for an hour.
    expect(await askedWithin(-3_600_000)).toBe(1);
  });
});

describe('a copy that is old', () => {
  const OLD_MS = 3_600_000;

  test('[TAB-41] a cold isolate whose boards refuse answers from it at once, and calls it stale', async () => {
    const { state, clock, answer, request } = isolate({ board: 'refuses', replica: 'answers' });
    state.copy = knownTable({ rows: [4, 2, 0], asOfMs: clock.now() - OLD_MS });
    const { held, tookMs } = await answer();
    expect(held).toMatchObject({ source: 'stale' });
    expect(held!.ageMs).toBeGreaterThanOrEqual(OLD_MS);
    expect(tookMs).toBeLessThan(300);
    expect((await request().keys(clock.now()))!.ageMs).toBeGreaterThanOrEqual(OLD_MS);
  });

  test.each([
    [170_000, 'replica'],
    [185_000, 'stale'],
  ] as const)('[TAB-41] a copy %i ms old is told as %s', async (oldMs, source) => {
    const { state, clock, answer } = isolate({ board: 'refuses', replica: 'answers' });
    state.copy = knownTable({ asOfMs: clock.now() - oldMs });
    expect((await answer()).held).toMatchObject({ source });
  });

  test(
    '[TAB-41] while its board may yet answer a cold isolate waits its time out before it takes an old copy',
    { retry: 2 },
    async () => {
      const { state, clock, answer } = isolate({ board: 'answers', replica: 'answers' });
      state.copy = knownTable({ configuration: 1, keys: 1, asOfMs: clock.now() - OLD_MS });
      Object.assign(state, { boardDelayMs: 700, knows: { configuration: 2, keys: 2, rows: [3, 3, 3], asOfMs: 0 } });
      const { held, tookMs } = await answer();
      expect(state.replicaAsked).toBeGreaterThan(0);
      expect(held).toMatchObject({ source: 'board' });
      expect(held!.table.data.configuration.version).toBe(2);
      expect(tookMs).toBeGreaterThanOrEqual(690);
      const other = isolate({ board: 'hangs', replica: 'answers' });
      other.state.copy = knownTable({ asOfMs: other.clock.now() - OLD_MS });
      const late = await other.answer();
      expect(late.held).toMatchObject({ source: 'stale' });
      expect(late.tookMs).toBeGreaterThanOrEqual(1_400);
    },
  );

  test('[TAB-41] put back from a backup it takes nothing back, and a board that answers takes over', async () => {
    const { state, clock, behind, answer, memory, request } = isolate({ board: 'refuses', replica: 'answers' });
    state.copy = knownTable({ configuration: 1, keys: 1, rows: [2, 1, 0], asOfMs: clock.now() - OLD_MS });
    await answer();
    Object.assign(state, { board: 'answers', knows: { configuration: 2, keys: 3, rows: [5, 5, 5], asOfMs: 0 } });
    clock.offsetMs += 4_000;
    expect((await answer()).held).toMatchObject({ source: 'board' });
    Object.assign(state, { board: 'refuses' });
    for (let times = 0; times < 3; times += 1) {
      clock.offsetMs += 4_000;
      await answer();
      await Promise.all(behind);
    }
    expect(memory.held!.data.configuration.version).toBe(2);
    expect([...memory.held!.data.rows.values()].map(({ version }) => version)).toEqual([5, 5, 5]);
    expect([...(await request().keys(clock.now()))!.byHash.keys()]).toEqual(['h3']);
    expect((await answer()).held!.ageMs).toBeLessThan(20_000);
  });
});

describe('what it costs', () => {
  /** The slowest of a few, for a machine that is busy with other things. */
  async function tookMs(boardMood: Mood, replica: Mood | null, isCold: boolean): Promise<number> {
    const all: number[] = [];
    for (let round = 0; round < (isCold ? 1 : 4); round += 1) {
      const { state, clock, answer } = isolate({ board: 'answers', replica: replica ?? 'refuses' });
      if (!isCold) await answer();
      state.board = boardMood;
      clock.offsetMs += 60_000;
      all.push((await answer()).tookMs);
    }
    return Math.min(...all);
  }

  test.each([
    ['warm', 'hangs', false],
    ['warm', 'refuses', false],
    ['cold', 'hangs', true],
  ] as const)(
    '[TAB-36] a %s isolate whose board %s answers no later with a replica that hangs than with none',
    { retry: 2 },
    async (_, mood, isCold) => {
      const [without, hanging] = [await tookMs(mood, null, isCold), await tookMs(mood, 'hangs', isCold)];
      expect(hanging / without).toBeLessThan(1.25);
    },
  );
});

describe('what it changes', () => {
  test('[TAB-32] whatever boards and copies tell, in whatever order, an isolate never goes back', async () => {
    const knowing: fc.Arbitrary<Knowing> = fc.record({
      configuration: fc.integer({ min: 1, max: VERSIONS }),
      keys: fc.integer({ min: 1, max: 4 }),
      rows: fc.tuple(fc.nat(5), fc.nat(5), fc.nat(5)),
      asOfMs: fc.integer({ min: -90_000, max: 20_000 }),
    });
    const step = fc.record({ knowing, from: fc.constantFrom('b1', 'b2', 'copy') });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        const { state, memory, clock, behind, request } = isolate({ board: 'answers', replica: 'answers' });
        let before: KnownTable | null = null;
        for (const { knowing: knows, from } of steps) {
          clock.offsetMs += 4_000;
          if (from === 'copy') {
            const copy = knownTable({ ...knows, asOfMs: clock.now() + knows.asOfMs });
            Object.assign(state, { board: 'refuses', copy });
          } else Object.assign(state, { board: 'answers', boardId: from, knows });
          await request().refresh();
          await Promise.all(behind);
          const held: KnownTable = memory.held!;
          const heard = knownTable({ ...knows, asOfMs: 0 });
          for (const known of [before, from === 'copy' ? heard : null])
            if (known !== null) expectNotBehind(held, known);
          before = held;
        }
      }),
      { numRuns: 60 },
    );
  });

  function expectNotBehind({ data, keys }: KnownTable, known: KnownTable): void {
    expect(data.configuration.version).toBeGreaterThanOrEqual(known.data.configuration.version);
    expect(keys.version).toBeGreaterThanOrEqual(known.keys.version);
    expect(keys.records).toEqual(keysAt(keys.version));
    for (const { id, epoch } of data.configuration.processors) {
      const [now, then] = [data.rows.get(id), known.data.rows.get(id)];
      if (then?.epoch === epoch) expect(now?.version).toBeGreaterThanOrEqual(then.version);
    }
  }

  test('[TAB-38] the keys of a copy are as old as its board last heard the Registry, however young its rows', async () => {
    const { state, clock, answer, request } = isolate({ board: 'refuses', replica: 'answers' });
    const { data, keys } = knownTable({ asOfMs: clock.now() });
    state.copy = { data, keys: { ...keys, asOfMs: clock.now() - 40_000 } };
    expect((await answer()).held!.ageMs).toBeLessThan(2_500);
    expect((await request().keys(clock.now()))!.ageMs).toBeGreaterThanOrEqual(41_000);
  });

  test('[TAB-38] a key that a copy told to be revoked stays so under a board that has not heard of it, and its keys do not look young', async () => {
    const { state, clock, answer, request } = isolate({ board: 'refuses', replica: 'answers' });
    state.copy = knownTable({ keys: 3, asOfMs: clock.now() - 20_000 });
    await answer();
    Object.assign(state, { board: 'answers', knows: { configuration: 1, keys: 2, rows: [1, 1, 0], asOfMs: 0 } });
    clock.offsetMs += 4_000;
    expect((await answer()).held).toMatchObject({ source: 'board' });
    const behindTimes = await request().keys(clock.now());
    expect([...behindTimes!.byHash.keys()]).toEqual(['h3']);
    expect(behindTimes!.ageMs).toBeGreaterThanOrEqual(24_000);
    state.knows = { configuration: 1, keys: 4, rows: [1, 1, 0], asOfMs: 0 };
    clock.offsetMs += 4_000;
    await answer();
    const caughtUp = await request().keys(clock.now());
    expect([...caughtUp!.byHash.keys()]).toEqual(['h4']);
    expect(caughtUp!.ageMs).toBeLessThan(2_000);
  });
});
