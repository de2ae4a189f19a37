// Opens what stands in for Upstash on this machine: the bridge in front of a Redis of its own, or of the in-memory form where there is none.
import { type Bridge, startBridge } from './bridge-server.ts';
import { createMemoryBackend } from './memory-backend.ts';
import { startRedisServer } from './redis-server.ts';

export interface RedisChoice {
  /** False: the in-memory form, wherever it runs. */
  readonly preferReal: boolean;
}

export async function openRedis({ preferReal }: RedisChoice): Promise<Bridge> {
  const real = preferReal ? await startRedisServer() : null;
  return await startBridge(real ?? createMemoryBackend(Date.now));
}
