// The boards of several regions as one: who is asked when, and whose answer counts.
import { describe, expect, test } from 'vitest';
import { boardsInTurn } from '../../src/platform/boards-in-turn.ts';
import { asProcessorId } from '../../src/domain/identity.ts';
import { BoardState } from '../../src/domain/routing/board-state.ts';
import { configurationAt, keysAt } from '../harness/known-tables.ts';
import { IsolateMemory, IsolateTable } from '../../src/platform/isolate-table.ts';
import { PIX_BR } from '../harness/results.ts';
import type { BoardPort, DecisionCount } from '../../src/ports/board-port.ts';

type Mood = 'answers' | 'refuses' | 'hangs' | 'refuses late';

const passed = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function boardsOf(...moods: readonly [Mood, ...Mood[]]) {
  const startedAt = performance.now();
  const asked: { readonly name: string; readonly afterMs: number }[] = [];
  const told: DecisionCount[][] = [];
  const [first, ...others] = moods.map((mood, index): BoardPort => {
    const state = new BoardState(`b${index}`);
    const [configuration, keys] = [configurationAt(1), keysAt(1)];
    state.acceptUpdate({ configuration, keys, keysVersion: 1, bootstrapVoid: true }, Date.now());
    return {
      refill: async (cursor, decisions) => {
        asked.push({ name: `b${index}`, afterMs: performance.now() - startedAt });
        told.push([...decisions]);
        if (mood === 'hangs') return await new Promise(() => undefined);
        if (mood === 'refuses late') await passed(130);
        if (mood !== 'answers') throw new Error(`b${index} is away`);
        return state.delta(cursor, Date.now())!;
      },
    };
  });
  return { boards: [first!, ...others] as const, asked, told, names: () => asked.map(({ name }) => name) };
}

const DECISIONS: readonly DecisionCount[] = [
  { processorId: asProcessorId('a'), segment: PIX_BR, count: 3, firstAtMs: 1, lastAtMs: 2 },
];

describe('the boards of all regions', () => {
  test('[TAB-42] while the first answers no other is asked, and one region is asked as it is', async () => {
    const { boards, names } = boardsOf('answers', 'answers');
    expect((await boardsInTurn(boards).refill(null, [])).cursor.boardId).toBe('b0');
    await passed(150);
    expect(names()).toEqual(['b0']);
    const alone = boardsOf('hangs').boards;
    expect(boardsInTurn(alone)).toBe(alone[0]);
  });

  test('[TAB-42] when one refuses the next is asked at once, with the decisions', async () => {
    const { boards, asked, told, names } = boardsOf('refuses', 'refuses', 'answers');
    expect((await boardsInTurn(boards).refill(null, DECISIONS)).cursor.boardId).toBe('b2');
    expect(names()).toEqual(['b0', 'b1', 'b2']);
    expect(asked.at(-1)!.afterMs).toBeLessThan(90);
    expect(told.at(-1)).toEqual(DECISIONS);
  });

  test('[TAB-42] beside one that hangs the next is asked after 100 ms', { retry: 2 }, async () => {
    const { boards, asked } = boardsOf('hangs', 'answers', 'answers');
    expect((await boardsInTurn(boards).refill(null, [])).cursor.boardId).toBe('b1');
    expect(asked[1]!.afterMs).toBeGreaterThanOrEqual(95);
    expect(asked[1]!.afterMs).toBeLessThan(200);
    await passed(150);
    expect(asked).toHaveLength(2);
  });

  test('[TAB-42] only when all have refused have the boards refused', async () => {
    const { boards, names } = boardsOf('refuses late', 'refuses');
    await expect(boardsInTurn(boards).refill(null, [])).rejects.toThrow('is away');
    expect(names()).toEqual(['b0', 'b1']);
  });

  test.each(['refuses', 'hangs'] as const)(
    '[TAB-42] a cold isolate whose first board %s is served by the second, and never asks the replica',
    { retry: 2 },
    async (mood) => {
      let replicaAsked = 0;
      const replica = {
        publish: () => Promise.resolve(),
        read: () => {
          replicaAsked += 1;
          return Promise.resolve(null);
        },
      };
      const board = boardsInTurn(boardsOf(mood, 'answers').boards);
      const isolate = new IsolateTable(new IsolateMemory(), { board, replica }, (work) => void work, Date.now);
      expect(await isolate.table(Date.now())).toMatchObject({ source: 'board' });
      expect(replicaAsked).toBe(0);
    },
  );
});
