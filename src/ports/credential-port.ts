// What flows need of the credential ledgers: a slot that is held before anybody is told to try again, and attempts noted as they become known.
import type { GuardInput } from '../domain/retries/guard-payment.ts';
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
  /** The same question was told this before. */
  readonly isRepeat: boolean;
}

/** The promise that the credential's ledger holds, to be held by the payment's, too. */
export type GuardRequest = Omit<GuardInput, 'ledger' | 'now'>;

export interface NotedCredential {
  readonly fingerprint: string;
  readonly attempts: readonly LedgerAttempt[];
  /** As whoever asks what to do next tells them now, which may take back his earlier word. */
  readonly isAsked?: true;
}

export interface CredentialPort {
  /** Whether the slot is held is on disk when this answers. `null`: out of reach, and a slot may be held all the same; asked again under its id it is the same one. */
  reserve(fingerprint: string, request: ReserveRequest): Promise<ReserveReply | null>;
  /** What the payment's ledger says against the promise; `refusal: null`: it holds it now. `null`: out of reach, as above. */
  guard(paymentKey: string, request: GuardRequest): Promise<{ readonly refusal: RetryAdvice | null } | null>;
  /** The slot that was freed, if there was one. `null`: out of reach, and it lapses by itself. */
  release(fingerprint: string, reservationId: string): Promise<{ readonly freed: Reservation | null } | null>;
  /** Telling one twice changes nothing. False: some of them are out of reach. */
  note(credentials: readonly NotedCredential[]): Promise<boolean>;
}
