// What flows need of the credential ledgers: a slot that is held before anybody is told to try again, and attempts noted as they become known.
import type { LedgerAttempt } from '../domain/retries/attempt-reading.ts';
import type { Reservation } from '../domain/retries/credential-ledger.ts';
import type { ReserveInput } from '../domain/retries/reserve-next.ts';
import type { RetryAdvice } from '../domain/retries/retry-question.ts';

/** Clock and ledger are the object's own; the draw and the ids are the caller's. */
export type ReserveRequest = Omit<ReserveInput, 'ledger' | 'now'>;

export interface ReserveReply {
  readonly advice: RetryAdvice;
  /** `null`: nothing was promised. */
  readonly reservation: Reservation | null;
}

export interface NotedCredential {
  readonly fingerprint: string;
  readonly attempts: readonly LedgerAttempt[];
}

export interface CredentialPort {
  /** Whether the slot is held is on disk when this answers. `null`: out of reach, and a slot may be held all the same; asked again under its id it is the same one. */
  reserve(fingerprint: string, request: ReserveRequest): Promise<ReserveReply | null>;
  /** False: out of reach, and the slot lapses by itself. */
  release(fingerprint: string, reservationId: string): Promise<boolean>;
  /** Telling one twice changes nothing. False: some of them are out of reach. */
  note(credentials: readonly NotedCredential[]): Promise<boolean>;
}
