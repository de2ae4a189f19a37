// Which results are marked as ones that a captured delivery could bring again for ever: by what their sender signs, and what their event tells.
import { describe, expect, test } from 'vitest';
import { ADAPTERS } from '../../src/connectors/adapters.ts';
import { attemptEvent } from '../../src/connectors/told-event.ts';
import { createWebhookHouse, inputOf, sourceIdOf, watchResults } from '../harness/webhook-house.ts';
import { eventSourceOf, recordEvents } from '../../src/flows/record-events.ts';
import { openSource } from '../../src/flows/open-source.ts';
import { SIGNATURE_CASES } from '../connectors/all-signature-cases.ts';
import { openStream } from '../../src/flows/open-stream.ts';
import type { AttemptEvent } from '../../src/domain/results/attempt-event.ts';

const told = (eventTimeMs: number | null): AttemptEvent =>
  attemptEvent(
    { eventType: 'charge', kind: 'authorised', attemptKey: `at_${eventTimeMs}` },
    { paymentMethod: 'CARD', country: 'BR', amountMinor: 15_000, currency: 'BRL', eventTimeMs },
  );

const DATED: Readonly<Record<string, readonly [dated: boolean, undated: boolean]>> = {
  'stripe': [false, false],
  'adyen': [true, true],
  'hyperswitch': [false, true],
  'paystack': [false, true],
  'mercado-pago': [false, false],
  'mpesa': [true, true],
  'standard-webhooks': [false, false],
  'custom-hmac': [false, true],
  'custom-hmac with a time': [false, false],
};

describe('[WHK-32] what a captured delivery could bring again', () => {
  test.each(Object.keys(SIGNATURE_CASES))('from %s is marked as its sender signs', async (name) => {
    const house = await createWebhookHouse([name]);
    const results = watchResults(house);
    const { now } = house.set;
    const opening = await openSource(house.world.webhooks, sourceIdOf(name), now);
    if (!opening.ok) throw new Error(opening.reason);
    await recordEvents(house.world, eventSourceOf(opening.open), [told(now - 1_000), told(null)], now);
    expect(results.map(({ isReplayable }) => isReplayable === true)).toEqual(DATED[name]);
  });

  test('from custom-hmac follows the settings of the source, and from settings that cannot be read is marked', () => {
    const adapter = ADAPTERS.find(({ declaration }) => declaration.id === 'custom-hmac')!;
    const oldOf = (own: Readonly<Record<string, unknown>>) => {
      const source = { ...inputOf('one', SIGNATURE_CASES['custom-hmac']!), own };
      return eventSourceOf({ adapter, source: source as never }).oldDelivery;
    };
    expect(oldOf(SIGNATURE_CASES['custom-hmac']!.own)).toBe('late');
    expect(oldOf(SIGNATURE_CASES['custom-hmac with a time']!.own)).toBe('refused');
    expect(oldOf({})).toBe('late');
  });

  test('is nothing that a stream tells', async () => {
    const house = await createWebhookHouse(['stripe']);
    const results = watchResults(house);
    house.set.streams.redis = { url: 'http://127.0.0.1:1', token: 'none' };
    const source = (await house.world.registry.source('stripe'))!;
    const own = { stream: 'payments', mapping: 'apos' };
    const stream = openStream(house.world, { ...source, adapter: 'redis-stream', own })!;
    await stream.recorder.record([told(house.set.now - 1_000), told(null)]);
    expect(results.map((result) => 'isReplayable' in result)).toEqual([false, false]);
  });
});
