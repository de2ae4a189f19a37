// The way to the one desk of history: a fresh stub for every call, and a limit on how long it is waited for.
import { askWithin } from './time-limit.ts';
import type { HistoryDeskPort } from '../src/ports/history-desk.ts';

const WAIT_MS = 5_000;

/** A new one each time: after an exception a stub stays broken. */
export function historyDeskStub(env: Pick<Env, 'HISTORY_DESK'>): HistoryDeskPort {
  // Plain data crosses unchanged; the platform's mapped types would lose its records.
  return env.HISTORY_DESK.get(env.HISTORY_DESK.idFromName('main')) as unknown as HistoryDeskPort;
}

export function createHistoryDeskClient(env: Pick<Env, 'HISTORY_DESK'>): HistoryDeskPort {
  const ask = async <Value>(call: (desk: HistoryDeskPort) => Promise<Value>): Promise<Value> =>
    await askWithin(WAIT_MS, 'the desk of history', async () => await call(historyDeskStub(env)));
  return {
    keepDecisions: async (rows) => await ask(async (desk) => await desk.keepDecisions(rows)),
    noteStandings: async (...given) => await ask(async (desk) => await desk.noteStandings(...given)),
    standings: async () => await ask(async (desk) => await desk.standings()),
  };
}
