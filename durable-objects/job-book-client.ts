// The way to the one book of jobs: a fresh stub for every call, and a limit on how long it is waited for.
import { askWithin } from './time-limit.ts';
import type { JobBookPort } from '../src/ports/job-port.ts';

const WAIT_MS = 5_000;
/** Reading serves people who look at everything at once. */
const READ_WAIT_MS = 1_000;

/** A new one each time: after an exception a stub stays broken. */
export function jobBookStub(env: Pick<Env, 'JOB_BOOK'>): JobBookPort {
  // Plain data crosses unchanged; the platform's mapped types would lose its tuples.
  return env.JOB_BOOK.get(env.JOB_BOOK.idFromName('main')) as unknown as JobBookPort;
}

export function createJobBookClient(env: Pick<Env, 'JOB_BOOK'>): JobBookPort {
  const ask = async <Value>(waitMs: number, call: (book: JobBookPort) => Promise<Value>): Promise<Value> =>
    await askWithin(waitMs, 'the book of jobs', async () => await call(jobBookStub(env)));
  return {
    take: async (job, lease) => await ask(WAIT_MS, async (book) => await book.take(job, lease)),
    settle: async (job, token, end) => await ask(WAIT_MS, async (book) => await book.settle(job, token, end)),
    refuseCron: async (cron) => await ask(WAIT_MS, async (book) => await book.refuseCron(cron)),
    read: async () => await ask(READ_WAIT_MS, async (book) => await book.read()),
  };
}
