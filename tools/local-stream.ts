// The stream that `npm start` has Signalbox read, so that an entry added to the local Redis is recorded without any setting up.
import type { ApiClient } from './api-client.ts';
import { MOCK_PROCESSORS } from './demo/mock-processors.ts';

export const LOCAL_STREAM = 'payments';
const PATH = '/api/v1/sources/local-stream';

/** One that is already there is left as it is. */
export async function registerLocalStream(api: ApiClient): Promise<void> {
  const held = await api.request('GET', PATH);
  if (held.status !== 404) return;
  const saved = await api.request('PUT', PATH, {
    name: 'The stream of npm start',
    adapter: 'redis-stream',
    connectors: Object.fromEntries(MOCK_PROCESSORS.map(({ id }) => [id, id])),
    own: { stream: LOCAL_STREAM, mapping: 'signalbox' },
  });
  if (!saved.ok) throw new Error(`the local stream was refused: ${await saved.text()}`);
}
