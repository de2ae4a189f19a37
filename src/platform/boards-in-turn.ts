// Which board refills an isolate: the first that answers, asked in the order of the regions.
import type { BoardPort, TableDelta } from '../ports/board-port.ts';

/** After this long without an answer the next region is asked beside it: a warm request waits 150 ms in all. */
const NEXT_AFTER_MS = 100;

/**
 * Each board asked is told the decisions: it counts for itself alone, and hears everybody's results. To another board's cursor one
 * answers with everything. Rejects when all have refused.
 */
export function boardsInTurn(boards: readonly [BoardPort, ...BoardPort[]]): BoardPort {
  if (boards.length === 1) return boards[0];
  return {
    refill: async (cursor, decisions) =>
      await new Promise<TableDelta>((resolve, reject) => {
        let [asked, refused, isOver] = [0, 0, false];
        let timer: ReturnType<typeof setTimeout> | undefined;
        const end = (tell: () => void): void => {
          isOver = true;
          clearTimeout(timer);
          tell();
        };
        const askNext = (): void => {
          clearTimeout(timer);
          const board = boards[asked];
          if (board === undefined || isOver) return;
          asked += 1;
          timer = setTimeout(askNext, NEXT_AFTER_MS);
          board.refill(cursor, decisions).then(
            (delta) => end(() => resolve(delta)),
            (error: unknown) => {
              refused += 1;
              if (refused === boards.length) end(() => reject(error));
              else askNext();
            },
          );
        };
        askNext();
      }),
  };
}
