// Carries alerts to people, and after them named events to webhooks: keeps what has to be told on disk until it is told, and sends it by the alarm, one message a channel at a time.
import { pageOfDeliveries, type DeliveryBook } from '../src/domain/notifications/delivery-book.ts';
import { begin, nextAlarm, replay, settle } from '../src/domain/notifications/delivery-round.ts';
import { acceptEvents } from '../src/domain/notifications/event-deliveries.ts';
import { CourierStore } from './courier-store.ts';
import { hear, type Word } from '../src/domain/notifications/word.ts';
import { sendTest } from '../src/domain/notifications/test-message.ts';
import { withinTime } from './time-limit.ts';
import type { AlertCourierPort, ChannelSource, NotificationSender } from '../src/ports/notification-port.ts';
import type { Channel, ChannelHealth, ChannelRoute } from '../src/domain/notifications/channel.ts';
import { isOfAlert, type Delivery } from '../src/domain/notifications/delivery.ts';
import type { NamedEvent } from '../src/domain/notifications/named-event.ts';
import type { Page } from '../src/ports/registry-port.ts';
import { WakenObject } from './waken-object.ts';

/** An event may wait for six responses at once; with more channels than that the alarm comes again at once. */
const STARTED_PER_ALARM = 6;
/** Twice the sender's time limit: what has not answered by then never will. */
const LEASE_MS = 30_000;
/** While something is being sent the alarm comes this often: whoever is killed in the middle is woken by it, and goes on. */
const HEARTBEAT_MS = 5_000;
const CHANNELS_WAIT_MS = 5_000;
/** When the channels cannot be had, everything waits so long and no attempt is counted. */
const CHANNELS_RETRY_MS = 5_000;
const PAGE_MAX = 1_000;

/** Abstract in two things, handed in by the composition root: where the channels and their secrets come from, and how a message is sent. */
export abstract class AlertCourier extends WakenObject implements AlertCourierPort {
  readonly #store: CourierStore;
  #book: DeliveryBook;
  #isRestart = true;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#store = new CourierStore(ctx.storage);
    this.#book = this.#store.load();
    // An alarm that was lost with the life before must not leave anything lying.
    if (this.isWaiting()) void ctx.storage.setAlarm(Date.now());
  }

  protected abstract readonly source: ChannelSource;
  protected abstract readonly sender: NotificationSender;

  async hear(words: readonly Word[], routes: readonly ChannelRoute[]): Promise<void> {
    await this.#save(hear(this.#book, words, routes, Date.now()));
    // What was held against a channel, and what waits for one that is gone, must not wait for its old time.
    if (words.some(({ alert }) => alert === null)) await this.ctx.storage.setAlarm(Date.now());
  }

  /** What they become is decided by the alarm, which knows the channels: whoever tells an event neither knows them nor waits for them. */
  async hearEvents(events: readonly NamedEvent[]): Promise<void> {
    if (this.#store.addEvents(events)) await this.ctx.storage.setAlarm(Date.now());
  }

  async sendTest(route: ChannelRoute): Promise<readonly string[]> {
    const id = `tst_${crypto.randomUUID().replaceAll('-', '')}`;
    const book = sendTest(this.#book, route, id, Date.now());
    await this.#save(book);
    return book.deliveries
      .filter(isOfAlert)
      .filter(({ incident }) => incident.id === id)
      .map((delivery) => delivery.id);
  }

  async list(cursor: string | null, limit: number): Promise<Page<Delivery>> {
    return pageOfDeliveries(this.#book, cursor, Math.min(Math.max(Math.trunc(limit) || 1, 1), PAGE_MAX));
  }

  async health(): Promise<readonly ChannelHealth[]> {
    return this.#book.health;
  }

  async replay(id: string): ReturnType<AlertCourierPort['replay']> {
    const outcome = replay(this.#book, id, Date.now());
    if (!outcome.ok) return outcome;
    await this.#save(outcome.book);
    return { ok: true };
  }

  protected override isWaiting(): boolean {
    return nextAlarm(this.#book) !== null || this.#store.hasEvents();
  }

  /** Starts what is due and does not wait for it: a receiver that hangs must not hold up the next alarm. */
  protected override async rung(): Promise<void> {
    const channels = await withinTime(CHANNELS_WAIT_MS, async () => await this.source.channels());
    const now = Date.now();
    if (channels === null) {
      await this.ctx.storage.setAlarm(now + CHANNELS_RETRY_MS);
      return;
    }
    this.#tellEvents(channels, now);
    const options = { max: STARTED_PER_ALARM, leaseMs: LEASE_MS, isRestart: this.#isRestart };
    this.#isRestart = false;
    const { book, started } = begin(this.#book, channels, now, options);
    const saved = this.#save(book);
    for (const delivery of started) this.ctx.waitUntil(this.#send(delivery, channels));
    await saved;
  }

  #tellEvents(channels: readonly Channel[], now: number): void {
    for (let batch = this.#store.events(); batch !== null; batch = this.#store.events()) {
      const after = acceptEvents(this.#book, batch.events, channels, now);
      this.#store.save(this.#book, after, batch.through);
      this.#book = after;
    }
  }

  /** The attempt is on disk before it leaves: the output gate holds the request back until then. */
  async #send(delivery: Delivery, channels: readonly Channel[]): Promise<void> {
    const channel = channels.find(({ id }) => id === delivery.channelId);
    if (channel === undefined) throw new Error(`a delivery was started for the unknown channel ${delivery.channelId}`);
    const answer = await this.sender.send(channel, delivery);
    const { id, progress } = delivery;
    await this.#save(settle(this.#book, { id, attempts: progress.attempts, answer }, channels, Date.now()));
  }

  async #save(after: DeliveryBook): Promise<void> {
    this.#store.save(this.#book, after);
    this.#book = after;
    const now = Date.now();
    const at = this.#store.hasEvents() ? now : nextAlarm(after);
    if (at === null) return;
    const isSending = after.deliveries.some(({ progress }) => progress.state === 'sending');
    await this.ctx.storage.setAlarm(Math.max(isSending ? Math.min(at, now + HEARTBEAT_MS) : at, now));
  }
}
