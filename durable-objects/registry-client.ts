// The way to the one Registry object: a fresh stub for every call, and one more try for what only reads.
import type { AlertSignal } from '../src/domain/health/alert-book.ts';
import type { AnomalyAlert } from '../src/domain/payment-anomalies/anomaly-alert.ts';
import type { HistoryStanding } from '../src/domain/history/history-standing.ts';
import type { RegistryUpdate } from '../src/domain/routing/table-exchange.ts';
import type { RegistryPort } from '../src/ports/registry-port.ts';

/** What the object answers: the port of flows, and what only boards and processors ask. */
export interface RegistryObject extends RegistryPort {
  /** Everything a board needs; it pulls this when it starts or has heard nothing for a while. */
  snapshot(): Promise<RegistryUpdate>;
  /** What processors and boards saw begin or end; a repeated signal changes nothing, so a sender may retry. */
  signal(signals: readonly AlertSignal[]): Promise<void>;
  hearAnomalies(alerts: readonly AnomalyAlert[]): Promise<void>;
  historyStanding(): Promise<HistoryStanding>;
}

/** A new one each time: after an exception a stub stays broken. */
export function registryStub(env: Pick<Env, 'REGISTRY'>): RegistryObject {
  // All of it is plain data, which crosses unchanged; the platform's mapped types would lose its tuples.
  return env.REGISTRY.get(env.REGISTRY.idFromName('main')) as unknown as RegistryObject;
}

export function createRegistryClient(env: Pick<Env, 'REGISTRY'>): RegistryPort {
  const registry = (): RegistryObject => registryStub(env);
  return {
    configuration: async () => await read(async () => await registry().configuration()),
    endedOverrides: async () => await read(async () => await registry().endedOverrides()),
    change: async (change, actor, ifMatch, dryRun) => await registry().change(change, actor, ifMatch, dryRun),
    listKeys: async () => await read(async () => await registry().listKeys()),
    createKey: async (name, scopes, actor) => await registry().createKey(name, scopes, actor),
    rotateKey: async (id, overlapMs, actor) => await registry().rotateKey(id, overlapMs, actor),
    revokeKey: async (id, actor) => await registry().revokeKey(id, actor),
    sources: async () => await read(async () => await registry().sources()),
    source: async (id) => await read(async () => await registry().source(id)),
    putSource: async (draft, actor, ifMatch) => await registry().putSource(draft, actor, ifMatch),
    rotateSource: async (rotation, actor, ifMatch) => await registry().rotateSource(rotation, actor, ifMatch),
    deleteSource: async (id, actor, ifMatch) => await registry().deleteSource(id, actor, ifMatch),
    channels: async () => await read(async () => await registry().channels()),
    channel: async (id) => await read(async () => await registry().channel(id)),
    putChannel: async (draft, actor, ifMatch) => await registry().putChannel(draft, actor, ifMatch),
    rotateChannel: async (rotation, actor, ifMatch) => await registry().rotateChannel(rotation, actor, ifMatch),
    deleteChannel: async (id, actor, ifMatch) => await registry().deleteChannel(id, actor, ifMatch),
    acknowledge: async (id, by, actor) => await registry().acknowledge(id, by, actor),
    scaling: async () => await read(async () => await registry().scaling()),
    scale: async (wish, actor) => await registry().scale(wish, actor),
    audit: async (cursor, limit) => await read(async () => await registry().audit(cursor, limit)),
    note: async (action, subject, actor, why) => await registry().note(action, subject, actor, why),
    alerts: async (sinceMs, cursor, limit) => await read(async () => await registry().alerts(sinceMs, cursor, limit)),
  };
}

/** A change is never sent twice: the first may have landed before its answer was lost, and the caller sees the version. */
async function read<Value>(call: () => Promise<Value>): Promise<Value> {
  try {
    return await call();
  } catch (fault) {
    // An object that is overloaded is not helped by asking again.
    if (fault instanceof Error && 'overloaded' in fault && fault.overloaded === true) throw fault;
    return await call();
  }
}
