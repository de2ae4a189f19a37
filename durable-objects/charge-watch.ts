// Keeps on disk which payments may be charged twice, and has the Registry told of them; when that is decides double-charge.ts.
// Nothing here awaits: it is written in one with the ledger that it follows from.
import { watchCharges, type WatchedPayment } from '../src/domain/retries/double-charge.ts';
import type { CredentialLedger } from '../src/domain/retries/credential-ledger.ts';
import { SIGNAL_OUTBOX_TABLE, type SignalOutbox } from './signal-outbox.ts';

export const CHARGE_WATCH_SCHEMA = [
  `CREATE TABLE charge_watch (fingerprint TEXT NOT NULL, payment_id TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (fingerprint, payment_id)) WITHOUT ROWID`,
  SIGNAL_OUTBOX_TABLE,
];

export class ChargeWatch {
  readonly #sql: SqlStorage;
  readonly #outbox: SignalOutbox;

  constructor(sql: SqlStorage, outbox: SignalOutbox) {
    this.#sql = sql;
    this.#outbox = outbox;
  }

  look(fingerprint: string, ledger: CredentialLedger, now: number): void {
    const { watched, signals } = watchCharges(ledger, this.#watched(fingerprint), now);
    for (const payment of watched)
      this.#sql.exec(
        `INSERT OR REPLACE INTO charge_watch (fingerprint, payment_id, body) VALUES (?, ?, ?)`,
        fingerprint,
        payment.paymentId,
        JSON.stringify(payment),
      );
    this.#outbox.add(signals, now);
  }

  /** The ledger is empty. A payment that is still at risk stays, for nobody has said that it is not. */
  forget(fingerprint: string): void {
    for (const { paymentId, risk } of this.#watched(fingerprint))
      if (risk === null)
        this.#sql.exec(`DELETE FROM charge_watch WHERE fingerprint = ? AND payment_id = ?`, fingerprint, paymentId);
  }

  #watched(fingerprint: string): WatchedPayment[] {
    return this.#sql
      .exec<{ body: string }>(`SELECT body FROM charge_watch WHERE fingerprint = ?`, fingerprint)
      .toArray()
      .map(({ body }) => JSON.parse(body) as WatchedPayment);
  }
}
