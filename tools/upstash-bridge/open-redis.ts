// Opens what stands in for Upstash on this machine: the bridge in front of a Redis of its own, or of the in-memory form where there is none.
import { type Bridge, type BridgeAddress, startBridge } from './bridge-server.ts';
import { createMemoryBackend } from './memory-backend.ts';
import { startRedisServer } from './redis-server.ts';

/** The bindings by which the Worker finds it. */
export const redisBindings = ({ url, token }: Pick<Bridge, 'url' | 'token'>) => ({
  UPSTASH_REDIS_REST_URL: url,
  UPSTASH_REDIS_REST_TOKEN: token,
});

export interface RedisChoice {
  /** False: the in-memory form, wherever it runs. */
  readonly preferReal: boolean;
  /** Where a real one keeps what it holds; default: nowhere, it goes with the bridge. */
  readonly directory?: string;
  /** As an earlier one was reached, if it can be. */
  readonly address?: BridgeAddress | null;
}

export async function openRedis({ preferReal, directory, address }: RedisChoice): Promise<Bridge> {
  const real = preferReal ? await startRedisServer(directory ?? null) : null;
  return await startBridge(real ?? createMemoryBackend(Date.now), address);
}
