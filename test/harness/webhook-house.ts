// A house that takes webhooks of every adapter: one processor for all of them, a source for each, and deliveries signed as the vendor signs.
import type { CanonicalResult } from '../../src/domain/results/canonical-result.ts';
import type { Delivery } from '../../src/ports/webhook-adapter.ts';
import { putSource, type SourceInput } from '../../src/flows/manage-sources.ts';
import { receiveWebhook, type WebhookAnswer } from '../../src/flows/receive-webhook.ts';
import { asProcessorId } from '../../src/domain/identity.ts';
import { SIGNATURE_CASES } from '../connectors/all-signature-cases.ts';
import { NOW_MS, type SignatureCase } from '../connectors/signature-cases.ts';
import { type Caller, createCaller } from './http-caller.ts';

export const ACTOR = { keyId: 'key_tester', requestId: 'req_1' };
export const PROCESSOR = asProcessorId('everything');

export interface WebhookHouse extends Caller {
  /** By the name of its signature case, spaces as dashes. */
  send(source: string, body: string, over?: Partial<Delivery>): Promise<WebhookAnswer>;
  counted(source: string, what: 'delivery' | 'event', outcome: string): number;
  /** Recorded results by kind: what must not depend on the order of arrival. */
  kinds(): Readonly<Record<string, number>>;
}

export const sourceIdOf = (name: string): string => name.replaceAll(' ', '-');

export const inputOf = (id: string, signatureCase: SignatureCase, over: Partial<SourceInput> = {}): SourceInput => ({
  id,
  name: id,
  adapter: signatureCase.adapter.declaration.id,
  enabled: true,
  processorId: PROCESSOR,
  connectors: {},
  segments: { paymentMethods: {}, paymentMethodDefault: 'CARD', countryDefault: 'BR' },
  own: signatureCase.own,
  secrets: signatureCase.secrets,
  ...over,
});

const COUNTRIES = ['BR', 'MX', 'CO', 'KE', 'NG', 'GH', 'US', 'NL', 'AR', 'CL', 'PE', 'UY', 'DE', 'FR', 'GB', 'ZA'];
const METHODS = [
  'CARD',
  'PIX',
  'OXXO',
  'PSE',
  'MPESA',
  'WALLET',
  'BANK_TRANSFER',
  'BOLETO',
  'MOBILE_MONEY',
  'CREDIT',
  'DEBIT',
];

const NO_COUNTS = { duplicate: 0, conflict: 0 };

export async function createWebhookHouse(only?: readonly string[]): Promise<WebhookHouse> {
  const caller = await createCaller({ registered: false });
  caller.set.now = NOW_MS;
  await caller.call('POST', '/api/v1/processors', {
    body: { id: PROCESSOR, name: 'Everything', countries: COUNTRIES, payment_methods: METHODS },
  });
  for (const [name, signatureCase] of Object.entries(SIGNATURE_CASES)) {
    if (only !== undefined && !only.includes(name)) continue;
    const reply = await putSource(caller.world, inputOf(sourceIdOf(name), signatureCase), ACTOR, null);
    if (!reply.ok) throw new Error(`${name}: ${JSON.stringify(reply)}`);
  }
  return {
    ...caller,
    send: async (source, body, over = {}) =>
      await receiveWebhook(caller.world, source, { ...signedBy(source, body, caller.set.now), ...over }),
    counted: (source, what, outcome) => caller.set.webhooks.counts.get(`${source} ${what} ${outcome}`)?.count ?? 0,
    kinds: () => {
      const state = caller.set.states.get(PROCESSOR);
      const { duplicate: _duplicate, conflict: _conflict, ...kinds } = state?.ledger.counts() ?? NO_COUNTS;
      return kinds;
    },
  };
}

/** Every result that is handed to a processor of the house from now on, in a list that grows. */
export function watchResults({ world: { processors } }: Pick<Caller, 'world'>): readonly CanonicalResult[] {
  const results: CanonicalResult[] = [];
  const record = processors.record.bind(processors);
  Object.assign(processors, {
    record: (...given: Parameters<typeof record>) => {
      results.push(...given[1]);
      return record(...given);
    },
  });
  return results;
}

export function signedBy(source: string, body: string, atMs: number): Delivery {
  const [, signatureCase] = Object.entries(SIGNATURE_CASES).find(([name]) => sourceIdOf(name) === source)!;
  return { ...signatureCase.sign({ body, secret: signatureCase.secrets[0], atMs }), receivedAtMs: atMs };
}
