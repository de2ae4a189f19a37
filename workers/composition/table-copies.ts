// The part of the composition root that is about the copy of the routing table outside of every object.
import { deferredPort } from '../../src/platform/deferred-port.ts';
import type { ReplicaPort } from '../../src/ports/replica-port.ts';

/** Of one call to Upstash: a board's may take its time, an isolate's answers nobody after a cold isolate has given up. */
const REPLICA_CALL_MS = 1_000;

/** `null`: there is none. */
export function replicaOf(env: Env): ReplicaPort | null {
  const { UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: token } = env;
  if (url === '' || token === undefined || token === '') return null;
  const signingKeys = env.DECISION_SIGNING_KEYS;
  return deferredPort<ReplicaPort>({ publish: true, read: true }, async () => {
    const { UpstashReplica } = await import('../../src/platform/upstash-replica.ts');
    return new UpstashReplica({ url, token, signingKeys, timeoutMs: REPLICA_CALL_MS, clock: () => Date.now() });
  });
}
