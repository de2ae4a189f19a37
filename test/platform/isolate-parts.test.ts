// A table that is too large for one call between objects: it comes in parts and is one table, or the old one.
import { describe, expect, test } from 'vitest';
import { BoardState } from '../../src/domain/routing/board-state.ts';
import { EMPTY_CONFIGURATION } from '../../src/domain/configuration/configuration.ts';
import { IsolateMemory, IsolateTable } from '../../src/platform/isolate-table.ts';
import { NOW, processor, row } from '../domain/routing/made-table.ts';
import type { BoardPort, TableCursor } from '../../src/ports/board-port.ts';

const NAMES = ['a', 'b', 'c', 'd', 'e'];

function boardOf(boardId: string): BoardState {
  const state = new BoardState(boardId);
  const processors = NAMES.map((name) => processor(name));
  const configuration = { ...EMPTY_CONFIGURATION, version: 1, processors };
  state.acceptUpdate({ configuration, keys: [], keysVersion: 1, bootstrapVoid: true }, NOW);
  for (const name of NAMES) state.acceptRow(row(name), NOW);
  return state;
}

const namesOf = (state: BoardState, cursor: TableCursor | null, segmentsMax: number) => {
  const delta = state.delta(cursor, NOW, segmentsMax)!;
  return { names: delta.rows.map(({ processorId }) => String(processorId)), delta };
};

describe('the parts of a board', () => {
  test('[TAB-48] are of so many segments, or of one row, and together everything', () => {
    const state = boardOf('one');
    const perRow = row('a').segments.length;
    const first = namesOf(state, null, 2 * perRow);
    const second = namesOf(state, first.delta.cursor, 2 * perRow);
    const third = namesOf(state, second.delta.cursor, 2 * perRow);
    expect([first, second, third].map(({ names }) => names)).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
    expect([first, second, third].map(({ delta }) => delta.hasMore)).toEqual([true, true, undefined]);
    expect([first.delta.configuration?.version, second.delta.configuration]).toEqual([1, null]);
    expect(namesOf(state, null, 0).names).toEqual(['a']);
    expect(namesOf(state, null, Infinity).names).toEqual(NAMES);
  });

  test('[TAB-48] a row that changes between two parts comes with the later one', () => {
    const state = boardOf('one');
    const { delta } = namesOf(state, null, 3 * row('a').segments.length);
    state.acceptRow({ ...row('a'), version: row('a').version + 1 }, NOW);
    expect(namesOf(state, delta.cursor, Infinity).names).toEqual(['d', 'e', 'a']);
  });
});

/** Answers row by row; `turn` says which of the boards does. */
function isolateOf(boards: readonly BoardState[], turn: (call: number) => number) {
  const cursors: (TableCursor | null)[] = [];
  const board: BoardPort = {
    refill: async (cursor) => {
      cursors.push(cursor);
      return boards[turn(cursors.length)]!.delta(cursor, NOW, 1)!;
    },
  };
  const behind: Promise<unknown>[] = [];
  const memory = new IsolateMemory();
  const table = new IsolateTable(memory, { board, replica: null }, (work) => behind.push(work), Date.now);
  return { table, memory, cursors };
}

describe('an isolate', () => {
  test('[TAB-48] has a table when it has all of it', async () => {
    const { table, cursors } = isolateOf([boardOf('one')], () => 0);
    const held = await table.table(Date.now());
    expect([...held!.table.data.rows.keys()].map(String)).toEqual(NAMES);
    expect(cursors.map((cursor) => cursor?.sequence ?? null)).toEqual([null, 1, 2, 3, 4]);
  });

  test('[TAB-48] begins anew where another board goes on', async () => {
    const { table, cursors } = isolateOf([boardOf('one'), boardOf('two')], (call) => (call < 3 ? 0 : 1));
    const held = await table.table(Date.now());
    expect([...held!.table.data.rows.keys()].map(String)).toEqual(NAMES);
    expect(cursors).toHaveLength(2 + 5);
  });

  test('[TAB-48] a part that is refused leaves the old table, here none', async () => {
    const one = boardOf('one');
    const { table, memory } = isolateOf([one], (call) => (call === 2 ? 1 : 0));
    await table.table(Date.now());
    expect(memory.held === null || memory.held.data.rows.size === NAMES.length).toBe(true);
  });
});
