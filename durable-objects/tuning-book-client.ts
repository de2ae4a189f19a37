// The way to the one book of tuning: a fresh stub for every call, and a limit on how long it is waited for.
import { askWithin, withinTime } from './time-limit.ts';
import { boardRegions, boardStub } from './board-client.ts';
import type { HistoryStanding } from '../src/domain/history/history-standing.ts';
import type { TuningBookPort, TuningDesk } from '../src/ports/tuning-port.ts';

const WAIT_MS = 5_000;
/** A dashboard that is away holds nobody up. */
const TELL_WAIT_MS = 500;

/** A new one each time: after an exception a stub stays broken. */
export function tuningBookStub(
  env: Pick<Env, 'TUNING_BOOK'>,
): TuningBookPort & { historyStanding(): Promise<HistoryStanding> } {
  // Plain data crosses unchanged; the platform's mapped types would lose its tuples.
  return env.TUNING_BOOK.get(env.TUNING_BOOK.idFromName('main')) as unknown as ReturnType<typeof tuningBookStub>;
}

export function createTuningBookClient(env: Pick<Env, 'TUNING_BOOK'>): TuningBookPort {
  const ask = async <Value>(call: (book: TuningBookPort) => Promise<Value>): Promise<Value> =>
    await askWithin(WAIT_MS, 'the book of tuning', async () => await call(tuningBookStub(env)));
  return {
    read: async () => await ask(async (book) => await book.read()),
    save: async (shelf) => await ask(async (book) => await book.save(shelf)),
    published: async () => await ask(async (book) => await book.published()),
  };
}

/** On the live sockets of every board. */
export function createTuningTelling(env: Pick<Env, 'ROUTING_BOARD' | 'BOARD_REGIONS'>): TuningDesk['tell'] {
  return async (events) => {
    await Promise.all(
      boardRegions(env).map(
        async (region) =>
          await withinTime(TELL_WAIT_MS, async () => await boardStub(env, region).announceTuning(events)),
      ),
    );
  };
}
