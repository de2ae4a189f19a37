// One side of the webhook demo: three processors with a webhook source each, what is sent to them, and what Signalbox says of it in the end.
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from '../../api-client.ts';
import { sourceBody, type Telling, VENDORS, type VendorName } from '../../vendors/vendor-webhooks.ts';
import { DEMO_VENDORS, type DemoAttempt, type DemoDelivery } from './deliveries.ts';

export interface AttemptState {
  /** The final that is recorded; `unknown`: none is. */
  readonly final: 'approved' | 'declined' | 'error' | 'unknown';
  /** What was recorded after it. */
  readonly after: readonly Telling[];
}

export interface SentDelivery extends DemoDelivery {
  readonly status: number;
}

const STALE_MS = 600_000;
const FINALS = ['approved', 'declined', 'error'] as const;
const COUNTED_WITHIN_MS = 10_000;

export class WeatherHouse {
  readonly sent: SentDelivery[] = [];
  readonly name: string;
  private readonly api: ApiClient;
  private readonly url: string;

  constructor(name: string, api: ApiClient, url: string) {
    this.name = name;
    this.api = api;
    this.url = url;
  }

  /** The processor, and its source under the same id. */
  idOf(vendor: VendorName): string {
    return `${vendor.replace('-webhooks', '')}_${this.name}`;
  }

  async register(): Promise<void> {
    for (const vendor of DEMO_VENDORS) {
      const id = this.idOf(vendor);
      await this.api.post('/api/v1/processors', { id, payment_methods: ['CARD', 'PIX'], countries: ['BR'] });
      const put = await this.api.request('PUT', `/api/v1/sources/${id}`, sourceBody(VENDORS[vendor], id));
      if (!put.ok) throw new Error(`PUT /api/v1/sources/${id}: ${put.status} ${await put.text()}`);
    }
  }

  /** As the checkout reports an attempt of which it heard nothing. */
  async reportUnknown(attempt: DemoAttempt): Promise<void> {
    await this.api.post('/api/v1/transactions', this.result(attempt, 'timeout'));
  }

  async send(delivery: DemoDelivery): Promise<SentDelivery> {
    const sent = { ...delivery, status: await this.post(delivery) };
    this.sent.push(sent);
    return sent;
  }

  private async post({ attempt, telling, as }: DemoDelivery): Promise<number> {
    const now = Date.now();
    const told = as === 'foreign' ? { ...attempt, vendorId: `${attempt.vendorId}X`, country: 'FR' } : attempt;
    const signedAtMs = as === 'stale' ? now - STALE_MS : now;
    const { body, headers } = VENDORS[attempt.vendor].webhook(telling, told, signedAtMs);
    const forged = body.replaceAll(String(attempt.amountMinor), String(attempt.amountMinor * 100));
    const response = await fetch(`${this.url}/webhooks/${this.idOf(attempt.vendor)}`, {
      method: 'POST',
      headers,
      body: as === 'forged' ? forged : body,
    });
    await response.arrayBuffer();
    return response.status;
  }

  /**
   * Asked by telling it again: what is known is a duplicate, and another final contradicts. So nothing need be believed that is only counted.
   */
  async stateOf(attempt: DemoAttempt): Promise<AttemptState> {
    const afterFinal = attempt.tellings.filter((telling) => telling === 'refunded' || telling === 'disputed');
    const after: Telling[] = [];
    for (const telling of afterFinal) if (await this.isKnown(attempt, telling)) after.push(telling);
    for (const final of FINALS) {
      const response = await this.api.request('POST', '/api/v1/transactions', this.result(attempt, final));
      const { outcome } = (await response.json()) as { outcome?: string };
      if (outcome === 'duplicate') return { final, after };
      if (outcome === 'recorded') return { final: 'unknown', after };
    }
    return { final: 'unknown', after };
  }

  async eventsRecorded(vendor: VendorName): Promise<number> {
    return (await this.counts(vendor)).recorded;
  }

  private async isKnown(attempt: DemoAttempt, telling: Telling): Promise<boolean> {
    const before = await this.counts(attempt.vendor);
    await this.post({ attempt, telling, as: 'genuine' });
    const deadline = performance.now() + COUNTED_WITHIN_MS;
    for (;;) {
      const now = await this.counts(attempt.vendor);
      if (now.accepted > before.accepted) return now.recorded === before.recorded;
      if (performance.now() > deadline) throw new Error(`a webhook of ${this.idOf(attempt.vendor)} was not counted`);
      await sleep(50);
    }
  }

  private async counts(vendor: VendorName): Promise<{ readonly accepted: number; readonly recorded: number }> {
    const text = await (await this.api.request('GET', '/metrics')).text();
    const sample = (name: string, outcome: string): number =>
      Number(text.split(`${name}{source="${this.idOf(vendor)}",outcome="${outcome}"} `)[1]?.split('\n')[0] ?? 0);
    return {
      accepted: sample('signalbox_webhook_deliveries_total', 'accepted'),
      recorded: sample('signalbox_webhook_events_total', 'recorded'),
    };
  }

  private result(attempt: DemoAttempt, result: string): object {
    return {
      result,
      processor_id: this.idOf(attempt.vendor),
      transaction_id: attempt.transaction,
      payment_method: attempt.paymentMethod,
      country: attempt.country,
      amount_minor: attempt.amountMinor,
      currency: attempt.currency,
    };
  }
}
