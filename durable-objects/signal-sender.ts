// Sends the alerts of a processor's object to the Registry: they leave through an outbox that is part of its saved state, and the alert book knows a repeated one.
import { OUTBOX_RETRY_MS } from './ledger-notes.ts';
import { registryStub } from './registry-client.ts';
import type { ObjectAlarm } from './object-alarm.ts';
import type { ProcessorState } from '../src/domain/health/processor-state.ts';

export class SignalSender {
  readonly #env: () => Env;
  readonly #alarm: ObjectAlarm;
  readonly #state: () => ProcessorState | null;
  #isSending = false;

  constructor(env: () => Env, alarm: ObjectAlarm, state: () => ProcessorState | null) {
    this.#env = env;
    this.#alarm = alarm;
    this.#state = state;
  }

  get hasSome(): boolean {
    return (this.#state()?.outbox.length ?? 0) > 0;
  }

  async send(): Promise<void> {
    const state = this.#state();
    if (state === null || state.outbox.length === 0 || this.#isSending) return;
    this.#isSending = true;
    const sending = [...state.outbox];
    try {
      await registryStub(this.#env()).signal(sending);
      state.signalsSent(sending);
    } catch {
      await this.#alarm.wakeIn(OUTBOX_RETRY_MS);
    } finally {
      this.#isSending = false;
    }
    if (state.outbox.length > 0) await this.#alarm.wakeIn(OUTBOX_RETRY_MS);
  }
}
