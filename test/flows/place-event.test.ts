import { describe, expect, test } from 'vitest';
import { isLate, placeEvent, processorIdOf, silenceOf } from '../../src/flows/place-event.ts';
import type { AttemptEvent } from '../../src/domain/results/attempt-event.ts';
import { asProcessorId } from '../../src/domain/identity.ts';
import { attemptEvent } from '../../src/connectors/told-event.ts';
import { HORIZON_MS } from '../../src/domain/results/event-time.ts';
import { processor } from '../domain/configuration/sample-configuration.ts';
import type { RegisteredProcessor } from '../../src/domain/processor-config.ts';
import type { WebhookSource } from '../../src/domain/configuration/webhook-source.ts';

const NOW = 1_795_000_000_000;
const PROCESSOR: RegisteredProcessor = {
  ...processor('processor_a', { paymentMethods: ['CARD', 'PIX'], countries: ['BR'] }),
  epoch: 1,
  revision: 1,
};
const SOURCE: WebhookSource = {
  id: 'stripe',
  name: 'Stripe',
  adapter: 'stripe',
  enabled: true,
  processorId: asProcessorId('processor_a'),
  connectors: {},
  segments: { paymentMethods: { qr: 'PIX' }, paymentMethodDefault: null, countryDefault: null },
  own: {},
  sealedOwn: {},
  secrets: [],
  revision: 1,
  createdAtMs: NOW,
  updatedAtMs: NOW,
};

const told = (change: Partial<AttemptEvent> = {}): AttemptEvent => ({
  ...attemptEvent({ eventType: 'charge', kind: 'authorised', attemptKey: 'ch_1' }, {}),
  paymentMethod: 'CARD',
  country: 'BR',
  amountMinor: 15_000,
  currency: 'BRL',
  eventTimeMs: NOW - 1_000,
  ...change,
});
const placed = (event: AttemptEvent, source: Partial<WebhookSource> = {}, reportsFailures = true) => {
  const its = { source: { ...SOURCE, ...source }, processor: PROCESSOR, decision: null };
  const placing = { ...its, reportsFailures, unsignedDetails: [], oldDelivery: 'refused' as const, now: NOW };
  const answer = placeEvent(event, placing);
  return 'reason' in answer ? answer : answer.result;
};

describe('an event that is told and not recorded', () => {
  test.each([
    [{ kind: 'pending' }, 'kind_pending'],
    [{ kind: 'abandoned' }, 'kind_abandoned'],
    [{ kind: 'voided' }, 'kind_voided'],
    [{ moneyStateSigned: false }, 'unsigned'],
    [{ kind: 'refunded', moneyStateSigned: false }, 'unsigned'],
    [{ amountMinor: 0 }, 'zero_amount'],
    [{ kind: 'refunded', amountMinor: 0 }, null],
    [{}, null],
  ] as const)('[WHK-6] %o: %s', (change, silence) => {
    expect(silenceOf(told(change))).toBe(silence);
  });
});

describe('a result', () => {
  test.each([
    ['authorised', 'approved'],
    ['declined', 'declined'],
    ['error', 'error'],
    ['unknown', 'timeout'],
    ['refunded', 'refunded'],
    ['disputed', 'disputed'],
  ] as const)('[WHK-5] %s is recorded as %s', (kind, result) => {
    expect(placed(told({ kind }))).toMatchObject({ result, comparedBy: 'result', attempt: 1 });
  });

  test('[WHK-5] who is to blame is read in the words of the source’s own vendor, and from the network’s code first', () => {
    const fault = (change: Partial<AttemptEvent>) => placed(told({ kind: 'declined', ...change }));
    expect(fault({ declineCode: 'expired_card' })).toMatchObject({ fault: 'user' });
    expect(fault({ declineCode: 'generic_decline', networkDeclineCode: '54', network: 'visa' })).toMatchObject({
      fault: 'user',
    });
    expect(fault({ declineCode: null })).toMatchObject({ fault: 'issuer' });
  });

  test('[WHK-4] goes by the merchant’s id, else by the vendor’s key, and after the final always by the key', () => {
    expect(placed(told({ transactionId: 'txn_1' }))).toMatchObject({ transactionId: 'txn_1' });
    expect(placed(told())).toMatchObject({ transactionId: 'ch_1' });
    expect(placed(told({ kind: 'refunded', transactionId: 'txn_1' }))).toMatchObject({ transactionId: 'ch_1' });
  });

  test('[WHK-7] of a refund needs neither segment nor amount', () => {
    const bare = { paymentMethod: null, country: null, amountMinor: null, currency: null };
    expect(placed(told({ kind: 'disputed', ...bare }))).toMatchObject({ result: 'disputed', amountMinor: 0 });
  });

  test.each([
    [{ paymentMethod: null }, 'no_segment', 'payment_method'],
    [{ country: null }, 'no_segment', 'country'],
    [{ paymentMethod: 'OXXO' }, 'unknown_payment_method', 'payment_method'],
    [{ country: 'MX' }, 'unknown_country', 'country'],
    [{ amountMinor: null }, 'no_amount', 'amount'],
    [{ currency: null }, 'no_currency', 'currency'],
    [{ currency: 'ZZZ' }, 'no_currency', 'currency'],
  ])('[WHK-7] none is made of %o: %s', (change, reason, field) => {
    expect(placed(told(change))).toEqual({ reason, field });
  });

  test('[WHK-29] of an event that is late needs neither segment nor money', () => {
    const bare = { paymentMethod: null, country: null, amountMinor: null, currency: null };
    const late = told({ ...bare, eventTimeMs: NOW - HORIZON_MS - 1 });
    expect(isLate(late, NOW)).toBe(true);
    expect(placed(late)).toMatchObject({ result: 'approved', transactionId: 'ch_1', amountMinor: 0 });
    const inTime = told({ ...bare, eventTimeMs: NOW - HORIZON_MS });
    expect(isLate(inTime, NOW)).toBe(false);
    expect(placed(inTime)).toMatchObject({ reason: 'no_segment' });
    expect(isLate(told({ eventTimeMs: null }), NOW)).toBe(false);
  });

  test('[WHK-7] of a kept event goes by a mapping that was mended since', () => {
    expect(placed(told({ paymentMethod: 'QR' }))).toMatchObject({ segment: 'PIX|BR' });
    const segments = { paymentMethods: {}, paymentMethodDefault: 'PIX', countryDefault: 'BR' };
    expect(placed(told({ paymentMethod: null, country: null }), { segments })).toMatchObject({ segment: 'PIX|BR' });
  });

  test('[WHK-14] of an event ahead of our clock, or without a time, happened when it arrived', () => {
    for (const eventTimeMs of [NOW + 3_600_000, null])
      expect(placed(told({ eventTimeMs }))).toMatchObject({ eventTimeMs: NOW, hasOwnEventTime: false });
    expect(placed(told())).toMatchObject({ eventTimeMs: NOW - 1_000, hasOwnEventTime: true });
  });

  test.each<[string, string | null, string, string | null, string]>([
    ['4', 'adyen', 'hyperswitch', 'visa', 'processor'],
    ['12', 'Adyen', 'hyperswitch', 'visa', 'user'],
    ['12', 'checkout', 'hyperswitch', 'visa', 'issuer'],
    ['UE_9000', 'adyen', 'hyperswitch', 'visa', 'issuer'],
    ['UE_3000', 'checkout', 'hyperswitch', 'visa', 'processor'],
    ['4', null, 'adyen', 'visa', 'processor'],
    ['4', 'signalbox', 'adyen', null, 'processor'],
    ['4', 'visa', 'adyen', null, 'processor'],
  ])(
    '[DCL-18] blames by the words of the connector: %s of %s from %s over %s',
    (...[code, name, adapter, network, fault]) => {
      const declined = told({ kind: 'declined', declineCode: code, connectorName: name, network });
      expect(placed(declined, { adapter })).toMatchObject({ fault });
    },
  );

  test('[DCL-18] keeps for later whose words they are', () => {
    const declined = told({ kind: 'declined', declineCode: '12', connectorName: 'adyen', adviceCode: '03' });
    const source = { ...SOURCE, adapter: 'hyperswitch' };
    const answer = placeEvent(declined, {
      source,
      processor: PROCESSOR,
      decision: null,
      reportsFailures: true,
      unsignedDetails: [],
      oldDelivery: 'refused',
      now: NOW,
    });
    expect(answer).toMatchObject({ telling: { family: 'adyen' } });
  });

  test('[DCL-16] of a card that is lost teaches no approval, of one that is declined without a reason it does', () => {
    const declined = (change: Partial<AttemptEvent>) => placed(told({ kind: 'declined', network: 'visa', ...change }));
    expect(declined({ declineCode: 'lost_card' })).toMatchObject({ fault: 'issuer', teachesApproval: false });
    expect(declined({ declineCode: 'card_declined', networkDeclineCode: '41' })).toMatchObject({
      teachesApproval: false,
    });
    expect(declined({ declineCode: 'generic_decline' })).not.toHaveProperty('teachesApproval');
  });

  test('[DCL-17] is blamed by the region of the card’s issuer', () => {
    const declined = (issuerCountry: string | null) =>
      placed(told({ kind: 'declined', network: 'mastercard', declineCode: '65', issuerCountry }));
    expect(declined('DE')).toMatchObject({ fault: 'user' });
    expect(declined('BR')).toMatchObject({ fault: 'issuer' });
    expect(declined(null)).toMatchObject({ fault: 'issuer' });
  });

  test('[WHK-19] of a source of successes only says that it teaches no approval', () => {
    expect(placed(told(), {}, false)).toMatchObject({ teachesApproval: false });
    expect(placed(told())).not.toHaveProperty('teachesApproval');
  });
});

describe('whose result it is', () => {
  const connectors = { adyen: asProcessorId('processor_b') };
  test.each([
    [{ connectorName: 'Adyen' }, { connectors }, 'processor_b'],
    [{ connectorName: 'stripe' }, { connectors }, { reason: 'unknown_connector', field: 'connectors' }],
    [{ connectorName: 'stripe' }, {}, 'processor_a'],
    [{ connectorName: null }, { connectors }, 'processor_a'],
    [{ connectorName: null }, { connectors, processorId: null }, { reason: 'no_processor', field: 'processor_id' }],
    [{ connectorName: '__proto__' }, { connectors }, { reason: 'unknown_connector', field: 'connectors' }],
  ])('[WHK-8] %o in a source with %o: %o', (change, source, expected) => {
    expect(processorIdOf(told(change), { ...SOURCE, ...source })).toEqual(expected);
  });
});
