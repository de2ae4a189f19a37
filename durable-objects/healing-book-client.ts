// The way to the one book of healing: a fresh stub for every call, and a limit on how long it is waited for.
import { askWithin } from './time-limit.ts';
import type { HistoryStanding } from '../src/domain/history/history-standing.ts';
import type { HealingBookPort } from '../src/ports/healing-port.ts';

const WAIT_MS = 5_000;

/** What is asked of it beside healing: how it stands with history. */
export interface HealingBookObject extends HealingBookPort {
  historyStanding(): Promise<HistoryStanding>;
  /** Something has happened that it should look at. */
  stir(): Promise<void>;
}

/** A new one each time: after an exception a stub stays broken. */
export function healingBookStub(env: Pick<Env, 'HEALING_BOOK'>): HealingBookObject {
  // Plain data crosses unchanged; the platform's mapped types would lose its tuples.
  return env.HEALING_BOOK.get(env.HEALING_BOOK.idFromName('main')) as unknown as HealingBookObject;
}

export function createHealingBookClient(env: Pick<Env, 'HEALING_BOOK'>): HealingBookPort {
  const ask = async <Value>(call: (book: HealingBookPort) => Promise<Value>): Promise<Value> =>
    await askWithin(WAIT_MS, 'the book of healing', async () => await call(healingBookStub(env)));
  return {
    begin: async (...given) => await ask(async (book) => await book.begin(...given)),
    update: async (action) => await ask(async (book) => await book.update(action)),
    since: async (ms) => await ask(async (book) => await book.since(ms)),
    one: async (id) => await ask(async (book) => await book.one(id)),
    page: async (cursor, limit) => await ask(async (book) => await book.page(cursor, limit)),
    all: async () => await ask(async (book) => await book.all()),
  };
}
