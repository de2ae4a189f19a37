// A local Signalbox for one system test file, with an admin key, and the calls those tests make again and again.
import { afterAll, beforeAll } from 'vitest';
import { leaveOnSignal } from './leave-on-signal.ts';
import { type LocalSystem, type LocalSystemOptions, startLocalSystem } from '../../tools/local-system.ts';
import { createApiClient, type ApiClient } from '../../tools/api-client.ts';

export interface SystemUnderTest {
  readonly system: LocalSystem;
  /** Holds a key with every scope. */
  readonly api: ApiClient;
}

/** Started before the file's tests and stopped after them; call the function inside a test to reach it. */
export function useLocalSystem(options: LocalSystemOptions = {}): () => SystemUnderTest {
  let held: SystemUnderTest | null = null;
  leaveOnSignal();
  beforeAll(async () => {
    const system = await startLocalSystem(options);
    held = { system, api: createApiClient(system.url, await createAdminKey(system)) };
  });
  afterAll(async () => {
    await held?.system.stop();
  });
  return () => {
    if (held === null) throw new Error('the local system is up only while tests run');
    return held;
  };
}

async function createAdminKey(system: LocalSystem): Promise<string> {
  return await createApiClient(system.url, system.bootstrapKey).createKey('tests', ['admin']);
}
