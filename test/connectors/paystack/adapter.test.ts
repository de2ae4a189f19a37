import { describe, expect, test } from 'vitest';
import { adapter } from '../../../src/connectors/paystack/adapter.ts';
import { expectNeverThrows } from '../never-throws.ts';
import { deliveryOf, NOW_MS, settingsOf, showForgeries } from '../signature-cases.ts';
import { charge, dispute, event, IGNORED, MAPPED, preauthorization, REFERENCE, refund } from './fixtures/events.ts';
import { HEADER, signatureCase } from './signature-case.ts';

const TOKEN = `dec_${'Ab3_-'.repeat(12)}`;
const [NEWER, OLDER] = signatureCase.secrets;
const settings = settingsOf(signatureCase);
const read = (body: unknown) =>
  adapter.read(deliveryOf(typeof body === 'string' ? body : JSON.stringify(body)), settings);
const eventOf = async (body: unknown) => {
  const { events, ignored, unreadable } = await read(body);
  expect({ events: events.length, ignored, unreadable }).toEqual({ events: 1, ignored: [], unreadable: [] });
  return events[0]!;
};

describe('verify', () => {
  const body = JSON.stringify(event('charge.success', charge()));
  const signed = (secret: string) => signatureCase.sign({ body, secret, atMs: NOW_MS });

  test('[CON-20] both secret keys verify while one is rotated out; then the old one does not', async () => {
    for (const secret of [NEWER, OLDER]) expect(await adapter.verify(signed(secret), settings)).toEqual({ ok: true });
    const rotated = settingsOf(signatureCase, { secrets: [NEWER] });
    expect(await adapter.verify(signed(OLDER), rotated)).toEqual({ ok: false, reason: 'bad_signature' });
  });

  test.each([
    [{}, 'missing_signature'],
    [{ [HEADER]: '' }, 'missing_signature'],
    [{ [HEADER]: 'sha512=' }, 'bad_signature'],
    [{ [HEADER]: '0'.repeat(128) }, 'bad_signature'],
  ])('[CON-20] with %o it is refused', async (headers, reason) => {
    expect(await adapter.verify(deliveryOf(body, headers), settings)).toEqual({ ok: false, reason });
  });

  test('[CON-20] none of 2,000 forgeries is accepted', async () => {
    expect((await showForgeries(signatureCase, { count: 2_000, seed: 21 })).accepted).toEqual([]);
  });
});

describe('read', () => {
  test.each(MAPPED)('[CON-24] $eventType is $kind', async ({ eventType, kind, body }) => {
    expect(await eventOf(body)).toMatchObject({ eventType, kind, attemptKey: REFERENCE, amountMinor: 10_000 });
  });

  test.each([...IGNORED, 'charge.failed', 'something.new'])('[CON-24] %s is ignored by its name', async (name) => {
    expect(await read(event(name, {}))).toEqual({ events: [], ignored: [name], unreadable: [] });
  });

  test('[CON-24] a dispute that the merchant won is counted and takes nothing back', async () => {
    const body = event('charge.dispute.resolve', dispute({ status: 'resolved', resolution: 'declined' }));
    expect(await read(body)).toEqual({
      events: [],
      ignored: ['charge.dispute.resolve (declined)'],
      unreadable: [],
    });
  });

  test('[CON-24] it says of itself that it reports no failures', () => {
    expect(adapter.declaration.reportsFailures).toBe(false);
    const failures = MAPPED.filter(({ kind }) => ['declined', 'error', 'unknown'].includes(kind));
    expect(failures).toEqual([]);
  });

  test('[CON-24] a charge tells segment, network, fee, time and the mark of its card', async () => {
    expect(await eventOf(event('charge.success', charge()))).toMatchObject({
      paymentMethod: 'CARD',
      country: 'NG',
      network: 'mastercard',
      currency: 'NGN',
      feeMinor: 150,
      eventTimeMs: Date.parse('2026-11-21T08:59:57.000Z'),
      credentialFingerprint: 'SIG_iCw3p0rsG7LUiQwlsR3t',
      connectorName: null,
    });
  });

  test('[CON-24] what is no card has neither network nor mark', async () => {
    const body = event('charge.success', charge({ channel: 'mobile_money', currency: 'GHS' }));
    expect(await eventOf(body)).toMatchObject({
      paymentMethod: 'MOBILE_MONEY',
      network: null,
      credentialFingerprint: null,
    });
  });

  test.each([{ signalbox_decision: TOKEN }, JSON.stringify({ signalbox_decision: TOKEN })])(
    '[CON-25] the token is in the metadata, object or text: %o',
    async (metadata) => {
      const told = await eventOf(event('charge.success', charge({ metadata })));
      expect(told).toMatchObject({ decisionToken: TOKEN, attemptKey: REFERENCE, transactionId: null });
    },
  );

  test.each([0, '', null, 'not json', [TOKEN], { signalbox_decision: 'dec_short' }, { signalbox_transaction: 'x' }])(
    '[CON-25] metadata of %o tells nothing, and the reference alone names the attempt',
    async (metadata) => {
      const told = await eventOf(event('charge.success', charge({ metadata })));
      expect(told).toMatchObject({ decisionToken: null, transactionId: null, attemptKey: REFERENCE });
    },
  );

  test('[CON-25] a charge, its refund and its dispute have one key', async () => {
    const bodies = [
      event('charge.success', charge()),
      event('refund.processed', refund()),
      event('charge.dispute.create', dispute()),
      event('preauthorization.capture.success', preauthorization()),
    ];
    const keys = await Promise.all(bodies.map(async (body) => (await eventOf(body)).attemptKey));
    expect(new Set(keys)).toEqual(new Set([REFERENCE]));
  });

  test.each([
    ['NGN', 10_000, 10_000],
    ['XOF', 10_000, 100],
    ['RWF', '10000', 100],
    ['XOF', 10_050, null],
    ['KES', '5000', 5_000],
    ['ABC', 5_000, null],
  ])('[CON-26] in %s an amount of %o is %o minor units', async (currency, amount, minor) => {
    const told = await eventOf(event('refund.processed', refund({ amount, currency })));
    expect(told.amountMinor).toBe(minor);
  });

  test.each([
    ['not_json', null, '{'],
    ['unexpected_shape', 'event', '{"data":{}}'],
    ['unexpected_shape', 'data.reference', JSON.stringify(event('charge.success', charge({ reference: null })))],
    ['unexpected_shape', 'data.transaction_reference', '{"event":"refund.processed","data":{}}'],
    ['unexpected_shape', 'data.transaction', '{"event":"charge.dispute.create","data":{}}'],
  ])('[CON-39] what cannot be understood is a dead letter: %s at %s', async (reason, field, body) => {
    expect(await read(body)).toMatchObject({ events: [], unreadable: [{ reason, field }] });
  });

  test('[CON-39] of a charge with nothing but a reference, the reference is told', async () => {
    expect(await eventOf(event('charge.success', { reference: 'r', brand_new: 1 }))).toMatchObject({ attemptKey: 'r' });
  });

  test('[CON-36] no bytes make it throw', async () => {
    const samples = MAPPED.map(({ body }) => body);
    await expectNeverThrows((bytes) => adapter.read(deliveryOf(bytes), settings), samples);
  });
});

test('[CON-37] any reading is answered with 200', () => {
  expect(adapter.acknowledge({ events: [], ignored: [], unreadable: [] }).status).toBe(200);
});

test('[CON-38] a public key or another text is no secret key', () => {
  expect(adapter.settingsFaults({}, [NEWER, OLDER])).toEqual([]);
  for (const secret of [NEWER.replace('sk_', 'pk_'), `${NEWER}\n`, 'a-long-enough-secret'])
    expect(adapter.settingsFaults({}, [secret]).map(({ field }) => field)).toEqual(['secrets.0']);
});
