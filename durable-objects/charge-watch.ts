// Keeps on disk which payments may be charged twice, and what the Registry has yet to be told of them; when that is decides double-charge.ts.
// Nothing here awaits but the telling: it is written in one with the ledger that it follows from.
import { watchCharges, type WatchedPayment } from '../src/domain/retries/double-charge.ts';
import { registryStub } from './registry-client.ts';
import type { AlertSignal } from '../src/domain/health/alert-book.ts';
import type { CredentialLedger } from '../src/domain/retries/credential-ledger.ts';
import { withinTime } from './time-limit.ts';

const REGISTRY_WAIT_MS = 5_000;
const TELL_AGAIN_MS = 5_000;
const SIGNALS_AT_ONCE = 100;

export const CHARGE_WATCH_SCHEMA = [
  `CREATE TABLE charge_watch (fingerprint TEXT NOT NULL, payment_id TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (fingerprint, payment_id)) WITHOUT ROWID`,
  `CREATE TABLE signal (sequence INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL)`,
];

export class ChargeWatch {
  readonly #ctx: DurableObjectState;
  readonly #env: Env;
  #isTelling = false;

  constructor(ctx: DurableObjectState, env: Env) {
    this.#ctx = ctx;
    this.#env = env;
  }

  /** The alarm goes to disk with the signal: who is killed here is woken for it. */
  look(fingerprint: string, ledger: CredentialLedger, now: number): void {
    const { sql } = this.#ctx.storage;
    const { watched, signals } = watchCharges(ledger, this.#watched(fingerprint), now);
    for (const payment of watched)
      sql.exec(
        `INSERT OR REPLACE INTO charge_watch (fingerprint, payment_id, body) VALUES (?, ?, ?)`,
        fingerprint,
        payment.paymentId,
        JSON.stringify(payment),
      );
    for (const signal of signals) sql.exec(`INSERT INTO signal (body) VALUES (?)`, JSON.stringify(signal));
    if (signals.length === 0) return;
    this.#ctx.waitUntil(this.#ctx.storage.setAlarm(now + TELL_AGAIN_MS));
    this.#ctx.waitUntil(this.tell());
  }

  /** The ledger is empty. A payment that is still at risk stays, for nobody has said that it is not. */
  forget(fingerprint: string): void {
    for (const { paymentId, risk } of this.#watched(fingerprint))
      if (risk === null)
        this.#ctx.storage.sql.exec(
          `DELETE FROM charge_watch WHERE fingerprint = ? AND payment_id = ?`,
          fingerprint,
          paymentId,
        );
  }

  /** In their order; what was told and not crossed off is told again, and the alert book knows it. */
  async tell(): Promise<void> {
    if (this.#isTelling) return;
    this.#isTelling = true;
    try {
      for (let waiting = this.#waiting(); waiting.length > 0; waiting = this.#waiting()) {
        const signals = waiting.map(({ signal }) => signal);
        const heard = await withinTime(REGISTRY_WAIT_MS, async () => {
          await registryStub(this.#env).signal(signals);
          return true;
        });
        if (heard === null) return;
        this.#ctx.storage.sql.exec(`DELETE FROM signal WHERE sequence <= ?`, waiting.at(-1)?.sequence ?? 0);
      }
    } finally {
      this.#isTelling = false;
    }
  }

  /** When somebody has to tell again; `null`: all is told. */
  nextAlarm(now: number): number | null {
    return this.#waiting().length > 0 ? now + TELL_AGAIN_MS : null;
  }

  #watched(fingerprint: string): WatchedPayment[] {
    return this.#ctx.storage.sql
      .exec<{ body: string }>(`SELECT body FROM charge_watch WHERE fingerprint = ?`, fingerprint)
      .toArray()
      .map(({ body }) => JSON.parse(body) as WatchedPayment);
  }

  #waiting(): readonly { readonly sequence: number; readonly signal: AlertSignal }[] {
    return this.#ctx.storage.sql
      .exec<{
        sequence: number;
        body: string;
      }>(`SELECT sequence, body FROM signal ORDER BY sequence LIMIT ?`, SIGNALS_AT_ONCE)
      .toArray()
      .map(({ sequence, body }) => ({ sequence, signal: JSON.parse(body) as AlertSignal }));
  }
}
