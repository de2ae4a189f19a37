// The way to the credential ledgers: which object holds a credential, a new stub for every call, and time limits.
import type {
  CredentialPort,
  GuardRequest,
  NotedCredential,
  ReserveReply,
  ReserveRequest,
} from '../src/ports/credential-port.ts';
import type { Reservation } from '../src/domain/retries/credential-ledger.ts';
import type { RetryAdvice } from '../src/domain/retries/retry-question.ts';
import { isDone, withinTime } from './time-limit.ts';

/** A customer may be waiting for the answer. */
const RESERVE_WAIT_MS = 1_000;
const NOTE_WAIT_MS = 10_000;

interface CredentialLedgersObject {
  reserve(fingerprint: string, request: ReserveRequest): Promise<ReserveReply>;
  guard(paymentKey: string, request: GuardRequest): Promise<{ readonly refusal: RetryAdvice | null }>;
  release(fingerprint: string, reservationId: string): Promise<{ readonly freed: Reservation | null }>;
  note(credentials: readonly NotedCredential[]): Promise<void>;
}

export function createCredentialLedgerClient(env: Pick<Env, 'CREDENTIAL_LEDGER'>): CredentialPort {
  const stubOf = (shard: string): CredentialLedgersObject =>
    env.CREDENTIAL_LEDGER.get(env.CREDENTIAL_LEDGER.idFromName(shard)) as unknown as CredentialLedgersObject;
  return {
    reserve: async (fingerprint, request) =>
      await withinTime(RESERVE_WAIT_MS, async () => stubOf(await shardOf(fingerprint)).reserve(fingerprint, request)),
    guard: async (paymentKey, request) =>
      await withinTime(RESERVE_WAIT_MS, async () => stubOf(await shardOf(paymentKey)).guard(paymentKey, request)),
    release: async (fingerprint, reservationId) =>
      await withinTime(RESERVE_WAIT_MS, async () =>
        stubOf(await shardOf(fingerprint)).release(fingerprint, reservationId),
      ),
    note: async (credentials) => {
      const byShard = new Map<string, NotedCredential[]>();
      for (const noted of credentials) {
        const shard = await shardOf(noted.fingerprint);
        byShard.set(shard, [...(byShard.get(shard) ?? []), noted]);
      }
      const done = [...byShard].map(([shard, its]) => isDone(NOTE_WAIT_MS, () => stubOf(shard).note(its)));
      return (await Promise.all(done)).every(Boolean);
    },
  };
}

/**
 * One of 256 objects, by the first two hex characters of the SHA-256. Not by a keyed hash: the day a key is rotated every ledger would be looked for in
 * another object, found empty there, and every ceiling broken. Eight bits tell nothing of a credential.
 */
export async function shardOf(fingerprint: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(fingerprint));
  const [first = 0] = new Uint8Array(digest, 0, 1);
  return `credentials_${first.toString(16).padStart(2, '0')}`;
}
