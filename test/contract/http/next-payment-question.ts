// Questions about the next attempt as a checkout would ask them: a CARD payment in BR that failed technically, unless something else is given.
import { expect } from 'vitest';
import { asProcessorId } from '../../../src/domain/identity.ts';
import type { Caller, Reply, Sent } from '../../harness/http-caller.ts';
import type { WebhookSource } from '../../../src/domain/configuration/webhook-source.ts';

export const CARD = '4242424242424242';
export const DAY_MS = 86_400_000;

/** processor_a and processor_b both take it. */
export const ATTEMPT = {
  processor_id: 'processor_a',
  transaction_id: 'ord_1-1',
  payment_id: 'ord_1',
  result: 'error',
  payment_method: 'CARD',
  country: 'BR',
  amount_minor: 15_000,
  currency: 'BRL',
  network: 'visa',
  credential_fingerprint: 'fp_1',
} as const;

export interface Asking {
  readonly ask: (given?: object, sent?: Omit<Sent, 'body'>) => Promise<Reply>;
  /** As `ask`, where the answer is advice. */
  readonly advised: (given?: object, sent?: Omit<Sent, 'body'>) => Promise<Reply['json']>;
}

export function askingOf(caller: Caller): Asking {
  const ask: Asking['ask'] = (given = {}, sent = {}) =>
    caller.call('POST', '/api/v1/payments/next', {
      key: caller.keys.route,
      ...sent,
      body: { ...ATTEMPT, ...given },
    });
  return {
    ask,
    advised: async (given, sent) => {
      const { status, json } = await ask(given, sent);
      expect({ status, code: json['code'] }).toEqual({ status: 200, code: undefined });
      return json;
    },
  };
}

export const declined = (codes: object): object => ({ result: 'declined', ...codes });
export const mastercard = (adviceCode: string): object =>
  declined({ network: 'mastercard', decline_code: '05', advice_code: adviceCode });

/** From now on these sources report processor_a, each by itself unless told otherwise. */
export function reportedBy(caller: Caller, ...sources: readonly Partial<WebhookSource>[]): void {
  const told = sources.map(
    (change, index): WebhookSource => ({
      id: `source_${index}`,
      name: 'A source',
      adapter: 'stripe',
      enabled: true,
      processorId: asProcessorId('processor_a'),
      connectors: {},
      segments: { paymentMethods: {}, paymentMethodDefault: null, countryDefault: null },
      own: {},
      sealedOwn: {},
      secrets: [],
      revision: 1,
      createdAtMs: 0,
      updatedAtMs: 0,
      ...change,
    }),
  );
  caller.set.webhooks.sources = new Map(told.map((source) => [source.id, source]));
}
