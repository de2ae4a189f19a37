// The way to the one book of predictions: a fresh stub for every call, and a limit on how long it is waited for.
import { askWithin, withinTime } from './time-limit.ts';
import { boardRegions, boardStub } from './board-client.ts';
import type { PredictionBookPort, PredictionDesk } from '../src/ports/prediction-port.ts';

const WAIT_MS = 5_000;
/** A dashboard that is away holds nobody up. */
const TELL_WAIT_MS = 500;

/** A new one each time: after an exception a stub stays broken. */
export function predictionBookStub(env: Pick<Env, 'PREDICTION_BOOK'>): PredictionBookPort {
  // Plain data crosses unchanged; the platform's mapped types would lose its tuples.
  return env.PREDICTION_BOOK.get(env.PREDICTION_BOOK.idFromName('main')) as unknown as PredictionBookPort;
}

export function createPredictionBookClient(env: Pick<Env, 'PREDICTION_BOOK'>): PredictionBookPort {
  const ask = async <Value>(call: (book: PredictionBookPort) => Promise<Value>): Promise<Value> =>
    await askWithin(WAIT_MS, 'the book of predictions', async () => await call(predictionBookStub(env)));
  return {
    read: async () => await ask(async (book) => await book.read()),
    save: async (shelf) => await ask(async (book) => await book.save(shelf)),
    windows: async () => await ask(async (book) => await book.windows()),
    schedule: async (window) => await ask(async (book) => await book.schedule(window)),
    update: async (window) => await ask(async (book) => await book.update(window)),
  };
}

/** On the live sockets of every board. */
export function createPredictionTelling(env: Pick<Env, 'ROUTING_BOARD' | 'BOARD_REGIONS'>): PredictionDesk['tell'] {
  return async (events) => {
    await Promise.all(
      boardRegions(env).map(
        async (region) =>
          await withinTime(TELL_WAIT_MS, async () => await boardStub(env, region).announcePredictions(events)),
      ),
    );
  };
}
