import { describe, expect, test } from 'vitest';
import type { SegmentMapping } from '../../../src/ports/webhook-adapter.ts';
import { adapter } from '../../../src/connectors/custom-hmac/adapter.ts';
import type { HmacAlgorithm } from '../../../src/connectors/hmac.ts';
import { deliveryOf, NO_SEGMENTS, NOW_MS, settingsOf } from '../signature-cases.ts';
import { digest, FIELDS, paid, PLAIN, SECRETS, TIMED, TOKEN, type Own } from './fixtures/sender.ts';
import { plainCase } from './signature-case.ts';

const [SECRET] = SECRETS;
const BODY = JSON.stringify(paid());

const verify = (own: Own, headers: Readonly<Record<string, string>>, secrets: readonly string[] = [SECRET]) =>
  adapter.verify(deliveryOf(BODY, headers), settingsOf(plainCase, { own, secrets }));

describe('signature', () => {
  const algorithms: readonly HmacAlgorithm[] = ['sha1', 'sha256', 'sha512'];
  const ways = algorithms.flatMap((algorithm) =>
    (['hex', 'base64'] as const).flatMap((encoding) =>
      ['', 'sha256=', 'v1 '].map((prefix) => ({ algorithm, encoding, prefix })),
    ),
  );

  test.each(ways)('[CON-15] $algorithm in $encoding behind "$prefix"', async ({ algorithm, encoding, prefix }) => {
    const own = { signature: { header: 'x-s', algorithm, encoding, prefix }, fields: FIELDS };
    const text = digest({ body: BODY, secret: SECRET }, algorithm, encoding);
    expect(await verify(own, { 'x-s': prefix + text })).toEqual({ ok: true });
    expect(await verify(own, { 'x-s': `${prefix}=${text}` })).toEqual({ ok: false, reason: 'bad_signature' });
    expect(await verify(own, { 'x-s': prefix + text }, ['another secret of some length'])).toMatchObject({ ok: false });
    expect(await verify(own, {})).toEqual({ ok: false, reason: 'missing_signature' });
  });

  test('[CON-15] the prefix and the algorithm are those of the settings, not of the sender', async () => {
    const sha512 = digest({ body: BODY, secret: SECRET }, 'sha512', 'hex');
    expect(await verify(PLAIN, { 'x-signature': `sha512=${sha512}` })).toMatchObject({ ok: false });
    const sha256 = digest({ body: BODY, secret: SECRET }, 'sha256', 'hex');
    expect(await verify(PLAIN, { 'x-signature': sha256 })).toMatchObject({ ok: false });
    expect(await verify(PLAIN, { 'x-signature': `sha256=${sha256.toUpperCase()}` })).toEqual({ ok: true });
  });

  test('[CON-15] without its header of the time a timed delivery is refused', async () => {
    expect(await verify(TIMED, { 'x-hub-signature': 'AAAA' })).toEqual({ ok: false, reason: 'missing_signature' });
  });

  test.each(['{timestamp}{body}', '{body}{timestamp}', '{body}|{timestamp}|x'])(
    '[CON-15] time and body are joined as the settings say: %s',
    async (join) => {
      const own = { signature: { header: 'x-s', timestamp: { header: 'x-t', join } }, fields: FIELDS };
      const time = String(NOW_MS / 1000);
      const text = join.replace('{timestamp}', time).replace('{body}', BODY);
      const signature = digest({ body: text, secret: SECRET }, 'sha256', 'hex');
      expect(await verify(own, { 'x-s': signature, 'x-t': time })).toEqual({ ok: true });
      expect(await verify(own, { 'x-s': signature, 'x-t': `0${time}` })).toMatchObject({ ok: false });
    },
  );

  test('[CON-15] settings that cannot be read verify nothing, and every fault is named by its field', async () => {
    expect(await verify({}, { 'x-signature': 'x' })).toEqual({ ok: false, reason: 'bad_signature' });
    const faults = (signature: Own, fields: Own = FIELDS) =>
      adapter.settingsFaults({ signature, fields }, [SECRET]).map(({ field }) => field);
    expect(faults({ header: 'X Signature' })).toEqual(['own.signature.header']);
    expect(faults({ header: 'x-s', algorithm: 'md5' })).toEqual(['own.signature.algorithm']);
    expect(faults({ header: 'x-s', timestamp: { header: 'x-t', join: '{body}' } })).toEqual([
      'own.signature.timestamp.join',
    ]);
    expect(faults({ header: 'x-s' }, { ...FIELDS, attempt_key: { path: 'a..b' } })).toEqual([
      'own.fields.attempt_key.path',
    ]);
    expect(faults({ header: 'x-s' }, { ...FIELDS, colour: { path: 'a' } })).toEqual(['own.fields.colour']);
    expect(adapter.settingsFaults(TIMED, ['not hexadecimal at all'])).toMatchObject([{ field: 'secrets.0' }]);
    expect(adapter.settingsFaults(TIMED, ['short'])).toMatchObject([{ field: 'secrets.0' }]);
  });
});

describe('fields', () => {
  const read = (body: unknown, own: Own = PLAIN, segments: SegmentMapping = NO_SEGMENTS) =>
    adapter.read(deliveryOf(JSON.stringify(body)), settingsOf(plainCase, { own, segments }));

  test('[CON-16] each field is found by its path and said in our words', async () => {
    expect(await read(paid({ errors: [{ code: 51 }] }))).toEqual({
      events: [
        {
          eventId: '918273',
          eventType: 'payment.paid',
          kind: 'authorised',
          attemptKey: 'pay_771',
          transactionId: 'txn_6735_1',
          decisionToken: TOKEN,
          connectorName: 'acquirer_one',
          moneyStateSigned: true,
          paymentMethod: 'CREDIT_CARD',
          country: 'BR',
          amountMinor: 15_000,
          currency: 'BRL',
          declineCode: '51',
          networkDeclineCode: null,
          adviceCode: null,
          network: 'visa',
          eventTimeMs: 1_795_262_400_000,
          latencyMs: 412.5,
          feeMinor: 320,
          credentialFingerprint: 'fp_1',
        },
      ],
      ignored: [],
      unreadable: [],
    });
  });

  test.each([
    ['payment.rejected', 'declined'],
    ['payment.failed', 'error'],
    ['payment.lost', 'unknown'],
    ['payment.waiting', 'pending'],
    ['payment.expired', 'abandoned'],
    ['payment.refunded', 'refunded'],
    ['payment.chargeback', 'disputed'],
    ['payment.cancelled', 'voided'],
  ])('[CON-16] the sender’s %s is %s', async (word, kind) => {
    expect((await read({ ...paid(), event: word })).events).toMatchObject([{ kind, attemptKey: 'pay_771' }]);
  });

  test('[CON-16] a word that the settings do not map is counted by its name; without word or attempt there is no event', async () => {
    expect(await read({ ...paid(), event: 'payout.sent' })).toMatchObject({ events: [], ignored: ['payout.sent'] });
    expect(await read({ ...paid(), event: 'constructor' })).toMatchObject({ events: [], ignored: ['constructor'] });
    expect(await read({ ...paid(), event: {} })).toMatchObject({ unreadable: [{ field: 'event' }] });
    expect(await read(paid({ id: null }))).toMatchObject({ events: [], unreadable: [{ field: 'payment.id' }] });
  });

  test('[CON-16] a path reaches own keys only', async () => {
    for (const path of ['__proto__.constructor.name', 'payment.id.length', 'payment.toString.name']) {
      const own = { ...PLAIN, fields: { ...FIELDS, attempt_key: { path } } };
      expect(await read(paid(), own)).toMatchObject({ events: [], unreadable: [{ field: path }] });
    }
  });

  test('[CON-16] a batch is read item by item', async () => {
    const own = { ...PLAIN, items: 'batch.events' };
    const reading = await read({ batch: { events: [paid(), 7, paid({ id: 'pay_772' })] } }, own);
    expect(reading.events.map(({ attemptKey }) => attemptKey)).toEqual(['pay_771', 'pay_772']);
    expect(reading.unreadable).toMatchObject([{ field: 'event', item: 7 }]);
    for (const events of [{}, null, Array.from({ length: 1001 }, () => 0)])
      expect(await read({ batch: { events } }, own)).toMatchObject({ unreadable: [{ field: 'batch.events' }] });
  });

  test.each([
    ['major', 150, 'BRL', 15_000],
    ['major', '150.5', 'BRL', 15_050],
    ['major', '150.555', 'BRL', null],
    ['major', 0, 'BRL', 0],
    ['major', -1, 'BRL', null],
    ['major', 1500, 'JPY', 1500],
    ['minor', 15_000, 'BRL', 15_000],
    ['minor', '15000', 'BRL', 15_000],
    ['minor', 150.5, 'BRL', null],
    ['minor', -1, 'BRL', null],
    ['minor', 15_000, 'nonsense', null],
  ])('[CON-16] an amount in %s units: %s %s', async (unit, amount, currency, minor) => {
    const own = { ...PLAIN, fields: { ...FIELDS, amount: { path: 'payment.amount', unit } } };
    expect((await read(paid({ amount, currency }), own)).events[0]?.amountMinor).toBe(minor);
  });

  test.each([
    ['rfc3339', '2026-11-21T12:00:00+01:00', Date.UTC(2026, 10, 21, 11)],
    ['rfc3339', 'yesterday', null],
    ['s', 1_795_262_400.5, 1_795_262_400_500],
    ['ms', '1795262400000', 1_795_262_400_000],
    ['ms', -5, null],
  ])('[CON-16] a time in %s: %s', async (format, created, eventTimeMs) => {
    const own = { ...PLAIN, fields: { ...FIELDS, event_time: { path: 'created', format } } };
    expect((await read({ ...paid(), created }, own)).events[0]?.eventTimeMs).toBe(eventTimeMs);
  });

  test('[CON-16] what the sender does not say, the settings of the source say', async () => {
    const fields = { kind: FIELDS['kind'], attempt_key: FIELDS['attempt_key'] };
    const segments = { paymentMethods: {}, paymentMethodDefault: 'PSE', countryDefault: 'CO' };
    expect((await read(paid(), { ...PLAIN, fields }, segments)).events).toMatchObject([
      { paymentMethod: 'PSE', country: 'CO', eventType: 'payment.paid', amountMinor: null, eventTimeMs: null },
    ]);
  });

  test('[CON-16] settings that cannot be read read nothing', async () => {
    expect(await read(paid(), {})).toMatchObject({ events: [], unreadable: [{ reason: 'settings' }] });
  });
});

test('[CON-17] any other sender is answered with 200', () => {
  expect(adapter.acknowledge({ events: [], ignored: [], unreadable: [] })).toMatchObject({ status: 200 });
});
