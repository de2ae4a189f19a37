// The way to the one book of anomalies: a fresh stub for every call, and a limit on how long it is waited for.
import { askWithin } from './time-limit.ts';
import type { AnomalyBookPort } from '../src/ports/anomaly-port.ts';
import type { HistoryStanding } from '../src/domain/history/history-standing.ts';

/** An hour of a large house is learned within a second. */
const WAIT_MS = 10_000;

export interface AnomalyBookObject extends AnomalyBookPort {
  historyStanding(): Promise<HistoryStanding>;
}

/** A new one each time: after an exception a stub stays broken. */
export function anomalyBookStub(env: Pick<Env, 'ANOMALY_BOOK'>): AnomalyBookObject {
  // Plain data crosses unchanged; the platform's mapped types would lose its tuples.
  return env.ANOMALY_BOOK.get(env.ANOMALY_BOOK.idFromName('main')) as unknown as AnomalyBookObject;
}

export function createAnomalyBookClient(env: Pick<Env, 'ANOMALY_BOOK'>): AnomalyBookPort {
  const ask = async <Value>(call: (book: AnomalyBookPort) => Promise<Value>): Promise<Value> =>
    await askWithin(WAIT_MS, 'the book of anomalies', async () => await call(anomalyBookStub(env)));
  return {
    standing: async () => await ask(async (book) => await book.standing()),
    learn: async (batch) => await ask(async (book) => await book.learn(batch)),
    setBack: async (minute) => await ask(async (book) => await book.setBack(minute)),
    unexplained: async (limit) => await ask(async (book) => await book.unexplained(limit)),
    explain: async (...given) => await ask(async (book) => await book.explain(...given)),
    untold: async (limit) => await ask(async (book) => await book.untold(limit)),
    told: async (anomalies) => await ask(async (book) => await book.told(anomalies)),
    judge: async (feedback) => await ask(async (book) => await book.judge(feedback)),
    page: async (...given) => await ask(async (book) => await book.page(...given)),
    one: async (id) => await ask(async (book) => await book.one(id)),
    figures: async () => await ask(async (book) => await book.figures()),
    configure: async (...given) => await ask(async (book) => await book.configure(...given)),
  };
}
