import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KNOWN_MAPPINGS } from '../../../src/connectors/redis-stream/known-mappings.ts';
import { readEntry } from '../../../src/connectors/redis-stream/read-entry.ts';
import { type StreamMapping, StreamMappingSchema } from '../../../src/connectors/redis-stream/stream-mapping.ts';
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
const TOKEN = `dec_${'A'.repeat(60)}`;

describe('an event of APOS', () => {
  const expected = {
    eventId: '9f1c',
    eventType: 'payment_failed',
    kind: 'declined',
    attemptKey: 'pay_1',
    transactionId: null,
    decisionToken: null,
    connectorName: 'stripe',
    moneyStateSigned: true,
    paymentMethod: 'CARD',
    country: 'BR',
    amountMinor: 12_345,
    currency: 'USD',
    declineCode: 'card_declined',
    networkDeclineCode: null,
    adviceCode: null,
    network: 'visa',
    eventTimeMs: Date.UTC(2026, 10, 18, 8, 0, 0, 250),
    latencyMs: 82,
    feeMinor: null,
    credentialFingerprint: null,
    issuerCountry: null,
  };

  test.each([
    ['as fields of their own', entryOf(APOS_EVENT)],
    ['as JSON in `payload`', entryOf({ payload: APOS_EVENT })],
    ['as JSON in `data`, beside other fields', entryOf({ source: 'apos', data: APOS_EVENT })],
    ['with its metadata written flat', entryOf({ ...flat(APOS_EVENT), metadata: '' })],
  ])('[STR-11] is read %s', (_, entry) => {
    expect(eventOf(readEntry(entry, apos))).toEqual(expected);
  });

  test('[STR-11] names its attempt and its decision where the producer tells them', () => {
    const metadata = { attempt_id: 'pay_1_2', signalbox_decision: TOKEN, signalbox_transaction: 'txn_9' };
    expect(eventOf(readEntry(entryOf({ ...APOS_EVENT, metadata }), apos))).toMatchObject({
      attemptKey: 'pay_1_2',
      decisionToken: TOKEN,
      transactionId: 'txn_9',
    });
  });

  test.each([
    ['payment_succeeded', 'authorised'],
    ['PAYMENT_SUCCEEDED', 'authorised'],
    ['payment_failed', 'declined'],
    ['connector_failure', 'error'],
    ['refund_succeeded', 'refunded'],
    ['payment_requires_action', 'pending'],
  ])('[STR-11] %s means %s', (word, kind) => {
    expect(eventOf(readEntry(entryOf({ ...APOS_EVENT, event_type: word }), apos)).kind).toBe(kind);
  });

  test.each(['health_check', 'resource_scaling', 'refund_failed'])(
    '[STR-11] %s says nothing about an attempt',
    (word) => {
      expect(readEntry(entryOf({ event_type: word }), apos)).toEqual({ kind: 'ignored', eventType: word });
    },
  );
});

function flat(event: typeof APOS_EVENT): Record<string, unknown> {
  const metadata = Object.entries(event.metadata).map(([key, value]) => [`metadata.${key}`, value]);
  return { ...event, ...(Object.fromEntries(metadata) as Record<string, unknown>) };
}

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

describe('an attempt of Hyperswitch', () => {
  test('[STR-11] is read, alone and inside the `log` of its consolidated topic', () => {
    const expected = {
      kind: 'declined',
      attemptKey: 'pay_7',
      amountMinor: 1_050,
      declineCode: '51',
      connectorName: 'adyen',
      paymentMethod: 'CARD',
      network: 'mastercard',
      eventTimeMs: 1_795_000_000_123,
    };
    expect(eventOf(readEntry(entryOf({ payload: ATTEMPT }), hyperswitch))).toMatchObject(expected);
    const consolidated = { log: ATTEMPT, log_type: 'PaymentAttempt' };
    expect(eventOf(readEntry(entryOf({ data: consolidated }), hyperswitch))).toMatchObject(expected);
  });

  test('[STR-13] the first attempt of a payment is called as webhooks call it, later ones by their number', () => {
    const key = (attemptId: string): string =>
      eventOf(readEntry(entryOf({ payload: { ...ATTEMPT, attempt_id: attemptId } }), hyperswitch)).attemptKey;
    expect([key('pay_7_1'), key('pay_7_2'), key('pay_7_11'), key('_1')]).toEqual([
      'pay_7',
      'pay_7_2',
      'pay_7_11',
      '_1',
    ]);
  });

  test('[STR-13] the former state of a row, sent to be subtracted, says nothing', () => {
    const former = { ...ATTEMPT, status: 'charged', sign_flag: -1 };
    expect(readEntry(entryOf({ payload: former }), hyperswitch)).toEqual({ kind: 'ignored', eventType: 'charged' });
    expect(readEntry(entryOf({ data: { log: former } }), hyperswitch).kind).toBe('ignored');
  });

  test('[STR-13] an attempt that failed for want of an answer is unknown, every other failure is a decline', () => {
    const kind = (change: object): string =>
      eventOf(readEntry(entryOf({ payload: { ...ATTEMPT, ...change } }), hyperswitch)).kind;
    expect(kind({ error_code: 'TIMEOUT' })).toBe('unknown');
    expect(kind({ error_code: '05' })).toBe('declined');
    expect(kind({ status: 'charged', error_code: 'TIMEOUT' })).toBe('authorised');
  });
});

test('[STR-11] the words of our own API are read, with amounts in major units', () => {
  const fields = {
    result: 'approved',
    transaction_id: 't_1',
    processor_id: 'p',
    amount: '150.00',
    currency: 'BRL',
    fee: '0',
  };
  expect(eventOf(readEntry(entryOf(fields), signalbox))).toMatchObject({
    kind: 'authorised',
    attemptKey: 't_1',
    transactionId: 't_1',
    amountMinor: 15_000,
    feeMinor: 0,
  });
  expect(eventOf(readEntry(entryOf({ payload: { ...fields, amount: 0.1 } }), signalbox)).amountMinor).toBe(10);
});

describe('an id that is a number', () => {
  const keyOf = (number: string): string => {
    const payload = JSON.stringify({ ...APOS_EVENT, payment_id: 0 }).replace(
      '"payment_id":0',
      `"payment_id":${number}`,
    );
    return eventOf(readEntry(entryOf({ payload }), apos)).attemptKey;
  };

  test('[STR-30] is taken as it was written, however large', () => {
    const ids = [1, 2, 3, 4].map((digit) => `9007199254740993${digit}`);
    expect(ids.map(keyOf)).toEqual(ids);
    expect(keyOf('7')).toBe('7');
    expect(keyOf('-90071992547409931')).toBe('-90071992547409931');
  });

  test('[STR-30] no two whole numbers are one id', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 30n }), (number) => {
        expect([keyOf(String(number)), keyOf(String(number + 1n))]).toEqual([String(number), String(number + 1n)]);
      }),
    );
  });
});

describe('what cannot be understood', () => {
  const { event_type: _, ...withoutKind } = APOS_EVENT;
  const { payment_id: __, ...withoutKey } = APOS_EVENT;

  test.each([
    ['no kind', withoutKind, 'missing_field', 'event_type'],
    ['no attempt', withoutKey, 'missing_field', 'metadata.attempt_id'],
    ['an unknown kind', { ...APOS_EVENT, event_type: 'payment_melted' }, 'unknown_kind', 'event_type'],
    ['a kind from the prototype', { ...APOS_EVENT, event_type: 'constructor' }, 'unknown_kind', 'event_type'],
    ['a kind that is an object', { data: { ...APOS_EVENT, event_type: { custom: 'x' } } }, 'not_a_text', 'event_type'],
    ['an amount with a fraction', { ...APOS_EVENT, amount: '1.5' }, 'bad_amount', 'amount'],
    ['a negative amount', { ...APOS_EVENT, amount: -1 }, 'bad_amount', 'amount'],
    ['an amount beyond all', { ...APOS_EVENT, amount: '9999999999999' }, 'bad_amount', 'amount'],
    ['an unknown currency', { ...APOS_EVENT, currency: 'DOGE' }, 'unknown_currency', 'currency'],
    ['a time without a zone', { ...APOS_EVENT, timestamp: '2026-11-18T10:00:00' }, 'bad_time', 'timestamp'],
    ['a country of three letters', { ...APOS_EVENT, metadata: { country: 'BRA' } }, 'bad_country', 'metadata.country'],
    ['an attempt key without end', { ...APOS_EVENT, payment_id: 'x'.repeat(129) }, 'too_long', 'payment_id'],
  ])('[STR-6] is told with reason and field: %s', (_name, fields, reason, field) => {
    expect(readEntry(entryOf(fields), apos)).toEqual({ kind: 'unreadable', reason, field });
  });

  test.each([
    ['a character that was no UTF-8', 'pay_\ufffd'],
    ['half a character', { raw: '"pay_\\ud83d"' }],
    ['a number without end', { raw: '1e400' }],
  ])('[STR-30] an id with %s is no id', (_name, id) => {
    const text = typeof id === 'string' ? JSON.stringify(id) : id.raw;
    const payload = JSON.stringify({ ...APOS_EVENT, payment_id: 'ID' }).replace('"ID"', text);
    expect(readEntry(entryOf({ payload }), apos)).toEqual({
      kind: 'unreadable',
      reason: 'not_a_text',
      field: 'payment_id',
    });
  });

  test('[STR-6] nothing that an entry may hold throws', () => {
    const word = fc.oneof(
      fc.string(),
      fc.json(),
      fc.constantFrom('__proto__', 'constructor', '{', '{"event_type":"payment_failed"}', '1e999', '-0', 'null'),
    );
    const names = [
      'event_type',
      'payment_id',
      'amount',
      'currency',
      'timestamp',
      'metadata',
      'payload',
      'data',
      '__proto__',
    ];
    const fields = fc.array(fc.tuple(fc.oneof(fc.constantFrom(...names), fc.string()), word), { maxLength: 12 });
    fc.assert(
      fc.property(fields, fc.string(), fc.constantFrom(apos, hyperswitch, signalbox), (pairs, id, mapping) => {
        const reading = readEntry({ id, fields: pairs, deliveries: 1 }, mapping);
        expect(['event', 'ignored', 'unreadable']).toContain(reading.kind);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('the time of an event', () => {
  const { timestamp: _, ...timeless } = APOS_EVENT;

  test('[STR-12] that tells none is the moment in its id, which stays the same however often it is read', () => {
    for (const deliveries of [1, 2, 5]) {
      const event = eventOf(readEntry({ ...entryOf(timeless), deliveries }, apos));
      expect([event.eventTimeMs, event.eventId]).toEqual([1_795_000_000_123, '9f1c']);
    }
  });

  test('[STR-12] is not told where the producer chose its ids', () => {
    expect(eventOf(readEntry(entryOf(timeless, '17-1'), apos)).eventTimeMs).toBe(null);
  });

  test.each([
    ['s', '1795000000.9', 1_795_000_000_900],
    ['ms', '1795000000123', 1_795_000_000_123],
    ['us', '1795000000123999', 1_795_000_000_123],
    ['ns', '1795000000123900000', 1_795_000_000_123],
  ] as const)('[STR-12] is read in %s', (timeUnit, text, expected) => {
    const event = eventOf(readEntry(entryOf({ ...timeless, timestamp: text }), { ...apos, timeUnit }));
    expect(event.eventTimeMs).toBe(expected);
  });

  test('[STR-12] that is no number is unreadable', () => {
    const reading = readEntry(entryOf({ ...timeless, timestamp: 'soon' }), { ...apos, timeUnit: 'ms' });
    expect(reading).toEqual({ kind: 'unreadable', reason: 'bad_time', field: 'timestamp' });
  });
});

describe('an operator’s mapping', () => {
  const given = {
    payloadFields: ['body'],
    fields: { kind: ['state'], attemptKey: ['ids.attempt', 'ids.payment'], paymentMethod: ['how'], amount: ['sum'] },
    kinds: { 'Paid': 'authorised', 'FAILED ': 'declined' },
    amountUnit: 'minor',
    timeUnit: 'ms',
    paymentMethods: { Boleto: 'VOUCHER' },
    paymentMethodDefault: 'CARD',
    countryDefault: 'mx',
  };

  test('[STR-11] is taken in any case, with defaults for what is not told', () => {
    const mapping = StreamMappingSchema.parse(given);
    const read = (fields: object): AttemptEvent => eventOf(readEntry(entryOf({ body: fields }), mapping));
    expect(read({ state: 'PAID', ids: { attempt: '', payment: 7 }, how: 'BOLETO' })).toMatchObject({
      kind: 'authorised',
      attemptKey: '7',
      paymentMethod: 'VOUCHER',
      country: 'MX',
      eventId: ID,
    });
    expect(read({ state: 'paid', ids: { attempt: 'a' } }).paymentMethod).toBe('CARD');
    expect(read({ state: 'paid', ids: { attempt: 'a' }, how: 'bank-slip' }).paymentMethod).toBe('BANK_SLIP');
  });

  test.each([
    ['a field we do not have', { ...given, fields: { ...given.fields, amout: ['x'] } }],
    ['a kind we do not have', { ...given, kinds: { paid: 'paid' } }],
    ['a word that is no setting', { ...given, amountUnits: 'minor' }],
    ['a country of three letters', { ...given, countryDefault: 'BRA' }],
    ['a field without a place', { ...given, fields: { ...given.fields, kind: [] } }],
  ])('[STR-11] is refused with %s', (_, wrong) => {
    expect(StreamMappingSchema.safeParse(wrong).success).toBe(false);
  });

  test('[STR-11] every known mapping says what it was written from', () => {
    expect(KNOWN_MAPPINGS.map(({ name }) => name)).toEqual(['apos', 'hyperswitch', 'signalbox']);
    for (const { sources } of KNOWN_MAPPINGS) expect(sources.length).toBeGreaterThan(0);
  });
});
