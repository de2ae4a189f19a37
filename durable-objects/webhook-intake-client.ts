// The way to the one object that keeps what webhooks leave behind: a fresh stub for every call, and a limit on how long it is waited for.
import type { WebhookIntakePort } from '../src/ports/webhook-port.ts';
import { askWithin } from './time-limit.ts';

/** Below what the most impatient sender waits (5 s). */
const WAIT_MS = 2_000;

export function createWebhookIntakeClient(env: Pick<Env, 'WEBHOOK_INTAKE'>): WebhookIntakePort {
  const ask = async <Value>(call: (intake: WebhookIntakePort) => Promise<Value>): Promise<Value> =>
    await askWithin(WAIT_MS, 'the webhook intake', async () => {
      // Plain data crosses unchanged; the platform's mapped types would lose its tuples.
      const stub = env.WEBHOOK_INTAKE.get(env.WEBHOOK_INTAKE.idFromName('main')) as unknown as WebhookIntakePort;
      return await call(stub);
    });
  return {
    bury: async (letters) => await ask(async (intake) => await intake.bury(letters)),
    letters: async (cursor, limit, sourceId) =>
      await ask(async (intake) => await intake.letters(cursor, limit, sourceId)),
    letter: async (id) => await ask(async (intake) => await intake.letter(id)),
    remove: async (id) => await ask(async (intake) => await intake.remove(id)),
    count: async (counts) => await ask(async (intake) => await intake.count(counts)),
    summary: async () => await ask(async (intake) => await intake.summary()),
  };
}
