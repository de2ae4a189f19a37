// Adds up what one isolate counts of webhooks and hands it on once a second, behind the answers.
import type { WebhookCount, WebhookIntakePort } from '../ports/webhook-port.ts';

const WAIT_MS = 1_000;
/** A request that was to hand it on may have ended before. */
const GIVEN_UP_MS = 10_000;

export class WebhookTally {
  readonly #counts = new Map<string, WebhookCount>();
  #handingOnSinceMs: number | null = null;

  /** What to run behind the answer; `null`: another request hands it on. */
  add(counts: readonly WebhookCount[], intake: Pick<WebhookIntakePort, 'count'>, now: number): Promise<void> | null {
    for (const count of counts) this.#add(count);
    if (this.#handingOnSinceMs !== null && now - this.#handingOnSinceMs < GIVEN_UP_MS) return null;
    this.#handingOnSinceMs = now;
    return this.#handOn(intake);
  }

  async #handOn(intake: Pick<WebhookIntakePort, 'count'>): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
    this.#handingOnSinceMs = null;
    const counts = [...this.#counts.values()];
    this.#counts.clear();
    try {
      await intake.count(counts);
    } catch {
      // Counted with the next ones. They may have landed: a count that is told twice is better than one that is lost.
      for (const count of counts) this.#add(count);
    }
  }

  #add(count: WebhookCount): void {
    const key = `${count.sourceId} ${count.what} ${count.outcome}`;
    this.#counts.set(key, { ...count, count: count.count + (this.#counts.get(key)?.count ?? 0) });
  }
}
