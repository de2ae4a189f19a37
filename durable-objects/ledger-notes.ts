// Tells the ledgers of credentials how attempts of a processor's object ended, and that it keeps on trying until they have heard it.
import { createCredentialLedgerClient } from './credential-ledger-client.ts';
import type { KeptUnknowns, PendingNote } from './kept-unknowns.ts';
import type { ObjectAlarm } from './object-alarm.ts';

export const OUTBOX_RETRY_MS = 5_000;

export class LedgerNotes {
  readonly #ctx: DurableObjectState;
  readonly #env: () => Env;
  readonly #unknowns: KeptUnknowns;
  readonly #alarm: ObjectAlarm;
  #isSending = false;

  constructor(ctx: DurableObjectState, env: () => Env, unknowns: KeptUnknowns, alarm: ObjectAlarm) {
    this.#ctx = ctx;
    this.#env = env;
    this.#unknowns = unknowns;
    this.#alarm = alarm;
  }

  /** The alarm goes to disk with what is to be told: who is killed here is woken for it. */
  tell(): void {
    if (!this.#unknowns.hasNotes) return;
    this.#ctx.waitUntil(this.#alarm.wakeIn(OUTBOX_RETRY_MS));
    this.#ctx.waitUntil(this.send());
  }

  /** Told twice a ledger knows no more: what was told and not crossed off is told again. */
  async send(): Promise<void> {
    if (this.#isSending) return;
    this.#isSending = true;
    try {
      const credentials = createCredentialLedgerClient(this.#env());
      // Those that go to the same ledgers go together.
      const byLedgers = new Map<string, PendingNote[]>();
      for (const note of this.#unknowns.notes()) {
        const key = JSON.stringify(note.ledgerKeys);
        byLedgers.set(key, [...(byLedgers.get(key) ?? []), note]);
      }
      await Promise.all(
        [...byLedgers.values()].map(async (notes) => {
          const attempts = notes.map(({ attempt }) => attempt);
          const noted = notes[0]!.ledgerKeys.map((fingerprint) => ({ fingerprint, attempts }));
          this.#unknowns.noted(notes, await credentials.note(noted));
        }),
      );
    } finally {
      this.#isSending = false;
    }
    if (this.#unknowns.hasNotes) await this.#alarm.wakeIn(OUTBOX_RETRY_MS);
  }
}
