import { describe, expect, test } from 'vitest';
import { ADAPTERS } from '../../src/connectors/adapters.ts';
import { asProcessorId } from '../../src/domain/identity.ts';
import { noWebhooks, webhooksOf } from '../harness/in-memory-webhooks.ts';
import { processorSources } from '../../src/flows/processor-sources.ts';
import type { RegistryPort } from '../../src/ports/registry-port.ts';
import { strictestVendor } from '../../src/domain/retries/retry-policy.ts';
import type { WebhookSource } from '../../src/domain/configuration/webhook-source.ts';

const MINE = asProcessorId('processor_a');
const OTHER = asProcessorId('processor_b');

const told = async (...sources: readonly Partial<WebhookSource>[]) => {
  const registry = {
    sources: () =>
      Promise.resolve(
        sources.map((source, index) => ({
          id: `s${index}`,
          enabled: true,
          processorId: MINE,
          connectors: {},
          ...source,
        })),
      ),
  } as unknown as RegistryPort;
  return await processorSources({ ...webhooksOf(noWebhooks(), () => registry), adapters: ADAPTERS }, MINE, 0);
};

describe('[NXT-18] of its sources a processor has', () => {
  test('its vendors: the adapters, and what an orchestrator calls it', async () => {
    expect((await told({ adapter: 'stripe' })).vendors).toEqual(['stripe']);
    const routed = { adapter: 'hyperswitch', processorId: null, connectors: { stripe: MINE, adyen: OTHER } };
    expect((await told(routed)).vendors).toEqual(['hyperswitch', 'stripe']);
    expect((await told({ adapter: 'stripe', processorId: OTHER })).vendors).toEqual([]);
    expect((await told()).vendors).toEqual([]);
  });

  test('[RTY-19] the vendor’s limit of retries, whoever tells of it', () => {
    expect(strictestVendor(['hyperswitch', 'stripe'])).toBe('stripe');
    expect(strictestVendor(['adyen', '__proto__', 'constructor'])).toBeNull();
    expect(strictestVendor([])).toBeNull();
  });

  test('the words of its codes, if one source alone reports it', async () => {
    expect((await told({ adapter: 'adyen' })).family).toBe('adyen');
    expect((await told({ adapter: 'hyperswitch', connectors: { adyen: MINE } })).family).toBe('adyen');
    expect((await told({ adapter: 'hyperswitch', connectors: { checkout: MINE } })).family).toBe('hyperswitch');
    expect((await told({ adapter: 'adyen' }, { adapter: 'stripe' })).family).toBeNull();
    expect((await told({ adapter: 'adyen' }, { adapter: 'stripe', enabled: false })).family).toBe('adyen');
  });
});
