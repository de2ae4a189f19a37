// What the known mappings make of failures that nobody answered, and of what a credential's ledger needs to know.
import { describe, expect, test } from 'vitest';
import { KNOWN_MAPPINGS } from '../../../src/connectors/redis-stream/known-mappings.ts';
import { readEntry } from '../../../src/connectors/redis-stream/read-entry.ts';
import type { StreamMapping } from '../../../src/connectors/redis-stream/stream-mapping.ts';
import type { AttemptEvent } from '../../../src/domain/results/attempt-event.ts';
import type { EntryReading, StreamEntry } from '../../../src/ports/stream-port.ts';

const mappingOf = (name: string): StreamMapping => KNOWN_MAPPINGS.find((known) => known.name === name)!.mapping;
const apos = mappingOf('apos');
const hyperswitch = mappingOf('hyperswitch');
const signalbox = mappingOf('signalbox');

const ID = '1795000000123-4';
const entryOf = (fields: Readonly<Record<string, unknown>>, id = ID): StreamEntry => ({
  id,
  fields: Object.entries(fields).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]),
  deliveries: 1,
});
function eventOf(reading: EntryReading): AttemptEvent {
  if (reading.kind !== 'event') throw new Error(`no event but ${JSON.stringify(reading)}`);
  return reading.event;
}

const APOS_EVENT = {
  event_id: '9f1c',
  event_type: 'payment_failed',
  timestamp: '2026-11-18T10:00:00.250+02:00',
  payment_id: 'pay_1',
  merchant_id: 'm_1',
  connector: 'stripe',
  payment_method: 'card',
  amount: 12_345,
  currency: 'usd',
  status: 'failed',
  error_code: 'card_declined',
  error_message: 'Card was declined',
  metadata: { country: 'br', card_network: 'Visa', latency_ms: '81.6' },
};
const ATTEMPT = {
  payment_id: 'pay_7',
  attempt_id: 'pay_7_1',
  status: 'failure',
  amount: 1_000,
  net_amount: 1_050,
  currency: 'BRL',
  connector: 'adyen',
  payment_method: 'card',
  payment_method_type: 'credit',
  error_code: '51',
  card_network: 'Mastercard',
  modified_at: 1_795_000_000_123_456_789n.toString(),
  sign_flag: 1,
};

describe('an event of APOS', () => {
  test.each(['TIMEOUT', 'gateway_timeout', 'ETIMEDOUT', '504', '502', '500', 'HTTP_503'])(
    '[STR-25] a failure of the payment or of its connector with %s is unknown: it was sent, and may have been carried out',
    (code) => {
      const kind = (event_type: string): string =>
        eventOf(readEntry(entryOf({ ...APOS_EVENT, event_type, error_code: code }), apos)).kind;
      expect([kind('payment_failed'), kind('connector_failure')]).toEqual(['unknown', 'unknown']);
      expect([kind('payment_succeeded'), kind('payment_created'), kind('refund_succeeded')]).toEqual([
        'authorised',
        'pending',
        'refunded',
      ]);
    },
  );

  test('[STR-25] any other code leaves a failure what it is called', () => {
    const kind = (event_type: string, error_code?: string): string =>
      eventOf(readEntry(entryOf({ ...APOS_EVENT, event_type, error_code }), apos)).kind;
    expect([kind('payment_failed', '05'), kind('connector_failure', 'connection_refused')]).toEqual([
      'declined',
      'error',
    ]);
    expect([kind('payment_failed', ''), kind('connector_failure', '')]).toEqual(['declined', 'error']);
  });

  test('[STR-26] tells network code, advice, card and issuer’s country where the producer does', () => {
    const metadata = {
      network_decline_code: '51',
      advice_code: '24',
      credential_fingerprint: 'fp_9',
      issuer_country: 'de',
    };
    expect(eventOf(readEntry(entryOf({ ...APOS_EVENT, metadata }), apos))).toMatchObject({
      networkDeclineCode: '51',
      adviceCode: '24',
      credentialFingerprint: 'fp_9',
      issuerCountry: 'DE',
    });
  });
});

test('[STR-26] an attempt of Hyperswitch tells the network’s code, and Hyperswitch’s own word where the connector has none', () => {
  const of = (change: object) => eventOf(readEntry(entryOf({ payload: { ...ATTEMPT, ...change } }), hyperswitch));
  expect(of({ network_decline_code: '05', network_advice_code: '03', fingerprint_id: 'fp_1' })).toMatchObject({
    declineCode: '51',
    networkDeclineCode: '05',
    adviceCode: '03',
    credentialFingerprint: 'fp_1',
  });
  expect(of({ error_code: undefined, unified_code: 'UE_9000' })).toMatchObject({ declineCode: 'UE_9000' });
});

test('[STR-26] the words of our own API tell what its transactions do: network code, advice, card, issuer’s country', () => {
  const fields = {
    result: 'declined',
    transaction_id: 't_1',
    decline_code: 'card_declined',
    network_decline_code: '51',
    advice_code: '02',
    credential_fingerprint: 'fp_1',
    issuer_country: 'DE',
  };
  expect(eventOf(readEntry(entryOf(fields), signalbox))).toMatchObject({
    networkDeclineCode: '51',
    adviceCode: '02',
    credentialFingerprint: 'fp_1',
    issuerCountry: 'DE',
  });
});
