// The way to the one book of models: a fresh stub for every call, and a limit on how long it is waited for.
import { askWithin } from './time-limit.ts';
import type { HistoryStanding } from '../src/domain/history/history-standing.ts';
import type { ModelBookPort } from '../src/ports/training-port.ts';

const WAIT_MS = 5_000;

interface ModelBookStub extends ModelBookPort {
  historyStanding(): Promise<HistoryStanding>;
}

/** A new one each time: after an exception a stub stays broken. */
export function modelBookStub(env: Pick<Env, 'MODEL_BOOK'>): ModelBookStub {
  // Plain data crosses unchanged; the platform's mapped types would lose its tuples.
  return env.MODEL_BOOK.get(env.MODEL_BOOK.idFromName('main')) as unknown as ModelBookStub;
}

export function createModelBookClient(env: Pick<Env, 'MODEL_BOOK'>): ModelBookPort {
  const ask = async <Value>(call: (book: ModelBookPort) => Promise<Value>): Promise<Value> =>
    await askWithin(WAIT_MS, 'the book of models', async () => await call(modelBookStub(env)));
  return {
    standing: async () => await ask(async (book) => await book.standing()),
    page: async (...given) => await ask(async (book) => await book.page(...given)),
    one: async (version) => await ask(async (book) => await book.one(version)),
    ofRun: async (scheduledMs) => await ask(async (book) => await book.ofRun(scheduledMs)),
    add: async (draft) => await ask(async (book) => await book.add(draft)),
    decide: async (...given) => await ask(async (book) => await book.decide(...given)),
  };
}
