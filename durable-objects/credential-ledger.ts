// One part of all credentials: keeps a ledger for each, promises slots under the network ceilings, and forgets what is too old.
import {
  EMPTY_LEDGER,
  nextExpiryMs,
  noteAsked,
  noteAttempt,
  prunedLedger,
  releaseReservation,
  type CredentialLedger,
  type Reservation,
} from '../src/domain/retries/credential-ledger.ts';
import { holdsCardNumberInId } from '../src/domain/results/card-number-in-id.ts';
import { CHARGE_WATCH_SCHEMA, ChargeWatch } from './charge-watch.ts';
import { guardPayment } from '../src/domain/retries/guard-payment.ts';
import { isPaymentKey } from '../src/domain/unknowns/attempt-telling.ts';
import { migrateSchema } from './schema.ts';
import { registryStub } from './registry-client.ts';
import { SignalOutbox } from './signal-outbox.ts';
import { readLedger, writeLedger } from '../src/domain/retries/stored-ledger.ts';
import { reserveNext } from '../src/domain/retries/reserve-next.ts';
import type { GuardRequest, NotedCredential, ReserveReply, ReserveRequest } from '../src/ports/credential-port.ts';
import type { RetryAdvice } from '../src/domain/retries/retry-question.ts';
import { WakenObject } from './waken-object.ts';

/** Rows that one alarm looks at: some milliseconds, so that no caller waits for it. */
const SWEEP_ROWS = 500;
/** Nothing is kept to the minute: ledgers that fall due together are swept together. */
const SWEEP_EVERY_MS = 3_600_000;

const SCHEMA = [
  [
    `CREATE TABLE ledger (fingerprint TEXT PRIMARY KEY, due_at INTEGER NOT NULL, body TEXT NOT NULL) WITHOUT ROWID`,
    `CREATE INDEX ledger_due ON ledger (due_at)`,
  ],
  CHARGE_WATCH_SCHEMA,
];

export class CredentialLedgers extends WakenObject {
  readonly #outbox: SignalOutbox;
  readonly #watch: ChargeWatch;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    migrateSchema(ctx.storage, SCHEMA);
    this.#outbox = new SignalOutbox(ctx, () => registryStub(this.env));
    this.#watch = new ChargeWatch(ctx.storage.sql, this.#outbox);
  }

  /** Nothing is awaited between load and save, so that callers take slots one after the other however many come at once. */
  async reserve(fingerprint: string, request: ReserveRequest): Promise<ReserveReply> {
    const { ledger, ...reply } = reserveNext({ ...request, ledger: this.#load(fingerprint), now: Date.now() });
    await this.#save(fingerprint, ledger);
    return reply;
  }

  /** As above. */
  async guard(paymentKey: string, request: GuardRequest): Promise<{ readonly refusal: RetryAdvice | null }> {
    const { ledger, refusal } = guardPayment({ ...request, ledger: this.#load(paymentKey), now: Date.now() });
    await this.#save(paymentKey, ledger);
    return { refusal };
  }

  /** Results and webhooks, of attempts that were promised or not. */
  async note(credentials: readonly NotedCredential[]): Promise<void> {
    for (const { fingerprint, attempts, isAsked } of credentials) {
      const now = Date.now();
      const note = isAsked === true ? noteAsked : noteAttempt;
      const noted = attempts.reduce((ledger, attempt) => note(ledger, attempt, now), this.#load(fingerprint));
      await this.#save(fingerprint, noted);
    }
  }

  async release(fingerprint: string, reservationId: string): Promise<{ readonly freed: Reservation | null }> {
    const ledger = this.#load(fingerprint);
    const freed = ledger.reservations.find(({ id }) => id === reservationId) ?? null;
    if (freed !== null) await this.#save(fingerprint, releaseReservation(ledger, reservationId));
    return { freed };
  }

  protected override isWaiting(): boolean {
    const isKept = this.ctx.storage.sql.exec(`SELECT 1 FROM ledger LIMIT 1`).toArray().length > 0;
    return isKept || this.#outbox.nextAlarm(Date.now()) !== null;
  }

  protected override async rung(): Promise<void> {
    await this.#outbox.tell();
    const now = Date.now();
    const due = this.ctx.storage.sql
      .exec<{
        fingerprint: string;
        body: string;
      }>(`SELECT fingerprint, body FROM ledger WHERE due_at <= ? ORDER BY due_at LIMIT ?`, now, SWEEP_ROWS)
      .toArray();
    for (const { fingerprint, body } of due) {
      const isKept = this.#write(fingerprint, prunedLedger(readLedger(body, isPaymentKey(fingerprint)), now)) !== null;
      if (!isKept) this.#watch.forget(fingerprint);
    }
    const [next] = this.ctx.storage.sql
      .exec<{ due_at: number | null }>(`SELECT MIN(due_at) AS due_at FROM ledger`)
      .toArray();
    const soonestMs = due.length === SWEEP_ROWS ? now : now + SWEEP_EVERY_MS;
    const sweepMs = next === undefined || next.due_at === null ? null : Math.max(next.due_at, soonestMs);
    const alarmMs = Math.min(sweepMs ?? Infinity, this.#outbox.nextAlarm(now) ?? Infinity);
    if (alarmMs !== Infinity) await this.ctx.storage.setAlarm(alarmMs);
  }

  #load(fingerprint: string): CredentialLedger {
    // The last net: what reaches this object has been through the card guard, and a number that got through it is not written down.
    if (holdsCardNumberInId(fingerprint)) throw new Error('a credential fingerprint is no card number');
    const [row] = this.ctx.storage.sql
      .exec<{ body: string }>(`SELECT body FROM ledger WHERE fingerprint = ?`, fingerprint)
      .toArray();
    const isPayments = isPaymentKey(fingerprint);
    return row === undefined ? { ...EMPTY_LEDGER, isPayments } : readLedger(row.body, isPayments);
  }

  async #save(fingerprint: string, ledger: CredentialLedger): Promise<void> {
    const dueAtMs = this.#write(fingerprint, ledger);
    // All that is told of a payment is told there, whatever it was charged to.
    if (isPaymentKey(fingerprint)) this.#watch.look(fingerprint, ledger, Date.now());
    if (dueAtMs === null) return;
    const wantedMs = Math.max(dueAtMs, Date.now() + SWEEP_EVERY_MS);
    const alarmAtMs = await this.ctx.storage.getAlarm();
    if (alarmAtMs === null || alarmAtMs > wantedMs) await this.ctx.storage.setAlarm(wantedMs);
  }

  #write(fingerprint: string, ledger: CredentialLedger): number | null {
    const dueAtMs = nextExpiryMs(ledger);
    if (dueAtMs === null) this.ctx.storage.sql.exec(`DELETE FROM ledger WHERE fingerprint = ?`, fingerprint);
    else
      this.ctx.storage.sql.exec(
        `INSERT OR REPLACE INTO ledger (fingerprint, due_at, body) VALUES (?, ?, ?)`,
        fingerprint,
        dueAtMs,
        writeLedger(ledger),
      );
    return dueAtMs;
  }
}
