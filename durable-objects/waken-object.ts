// An object that is woken by an alarm, and can be asked whether it will be.
import { DurableObject } from 'cloudflare:workers';
import { AlarmCheck, type AlarmedObject, type AlarmStanding } from './alarm-check.ts';

export abstract class WakenObject extends DurableObject<Env> implements AlarmedObject {
  readonly #check: AlarmCheck;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#check = new AlarmCheck(ctx.storage, () => this.isWaiting());
  }

  /** Whether there is something that only an alarm will do. */
  protected abstract isWaiting(): boolean;

  /** What an alarm is for. */
  protected abstract rung(): Promise<void>;

  override async alarm(): Promise<void> {
    await this.#check.ring(async () => await this.rung());
  }

  async alarmStanding(): Promise<AlarmStanding> {
    return await this.#check.standing();
  }

  async rearm(): Promise<void> {
    await this.#check.rearm();
  }
}
