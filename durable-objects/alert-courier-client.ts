// The way to the one courier: a fresh stub for every call, and a limit on how long it is waited for.
import type { AlertCourierPort, NotificationPort } from '../src/ports/notification-port.ts';
import { askWithin } from './time-limit.ts';

const WAIT_MS = 5_000;

/** A new one each time: after an exception a stub stays broken. */
export function courierStub(env: Pick<Env, 'ALERT_COURIER'>): AlertCourierPort {
  // Plain data crosses unchanged; the platform's mapped types would lose its tuples.
  return env.ALERT_COURIER.get(env.ALERT_COURIER.idFromName('main')) as unknown as AlertCourierPort;
}

export function createAlertCourierClient(env: Pick<Env, 'ALERT_COURIER'>): NotificationPort['courier'] {
  const ask = async <Value>(call: (courier: AlertCourierPort) => Promise<Value>): Promise<Value> =>
    await askWithin(WAIT_MS, 'the alert courier', async () => await call(courierStub(env)));
  return {
    sendTest: async (route) => await ask(async (courier) => await courier.sendTest(route)),
    list: async (cursor, limit) => await ask(async (courier) => await courier.list(cursor, limit)),
    health: async () => await ask(async (courier) => await courier.health()),
    replay: async (id) => await ask(async (courier) => await courier.replay(id)),
  };
}
