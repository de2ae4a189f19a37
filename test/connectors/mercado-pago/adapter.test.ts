import { describe, expect, test } from 'vitest';
import { adapter } from '../../../src/connectors/mercado-pago/adapter.ts';
import { expectNeverThrows } from '../never-throws.ts';
import { deliveryOf, NOW_MS, settingsOf, showForgeries } from '../signature-cases.ts';
import { chargebackNotification, IGNORED, notification, PAYMENT_ID } from './fixtures/payments.ts';
import { signatureCase, signed } from './signature-case.ts';

const [NEWER, OLDER] = signatureCase.secrets;
const settings = settingsOf(signatureCase);
const body = JSON.stringify(notification());
const SECONDS = String(NOW_MS / 1_000);
const query = new Map([['data.id', PAYMENT_ID]]);
const read = (told: unknown, over = { query }) => adapter.read(deliveryOf(JSON.stringify(told), {}, over), settings);

describe('verify', () => {
  test.each([
    ['seconds', SECONDS],
    ['milliseconds', String(NOW_MS)],
  ])('[CON-27] a signed time in %s passes', async (_unit, time) => {
    expect(await adapter.verify(signed(body, { secret: NEWER, time }), settings)).toEqual({ ok: true });
  });

  test('[CON-27] both secrets verify while one is rotated out; then the old one does not', async () => {
    for (const secret of [NEWER, OLDER])
      expect(await adapter.verify(signed(body, { secret, time: SECONDS }), settings)).toEqual({ ok: true });
    const rotated = settingsOf(signatureCase, { secrets: [NEWER] });
    const old = signed(body, { secret: OLDER, time: SECONDS });
    expect(await adapter.verify(old, rotated)).toEqual({ ok: false, reason: 'bad_signature' });
  });

  test.each([
    [0, true],
    [300_000, true],
    [-300_000, true],
    [300_001, false],
    [-300_001, false],
  ])('[CON-27] %i ms after the signed time, a delivery is taken: %s', async (ageMs, ok) => {
    const delivery = { ...signed(body, { secret: NEWER, time: String(NOW_MS) }), receivedAtMs: NOW_MS + ageMs };
    expect(await adapter.verify(delivery, settings)).toEqual(ok ? { ok } : { ok, reason: 'stale' });
  });

  test('[CON-27] a bad signature is bad before it is old', async () => {
    const delivery = { ...signed(body, { secret: 'another', time: SECONDS }), receivedAtMs: NOW_MS + 900_000 };
    expect(await adapter.verify(delivery, settings)).toEqual({ ok: false, reason: 'bad_signature' });
  });

  test('[CON-27] what a delivery does not have is left out of the manifest', async () => {
    for (const absent of [{ id: null }, { requestId: null }, { id: null, requestId: null }]) {
      const delivery = signed(body, { secret: NEWER, time: SECONDS, ...absent });
      expect(await adapter.verify(delivery, settings)).toEqual({ ok: true });
    }
  });

  test.each([
    [{}, 'missing_signature'],
    [{ 'x-signature': '' }, 'missing_signature'],
    [{ 'x-signature': `ts=${SECONDS}` }, 'bad_signature'],
    [{ 'x-signature': `v1=${'0'.repeat(64)}` }, 'bad_signature'],
    [{ 'x-signature': `ts=${SECONDS},v1=${'0'.repeat(64)}` }, 'bad_signature'],
    [{ 'x-signature': `ts=${SECONDS},v1=${'0'.repeat(64)},v1=${'1'.repeat(64)}` }, 'bad_signature'],
  ])('[CON-27] with %o it is refused', async (headers, reason) => {
    expect(await adapter.verify(deliveryOf(body, headers, { query }), settings)).toEqual({ ok: false, reason });
  });

  test('[CON-27] none of 2,000 forgeries is accepted, the same manifest from other parts among them', async () => {
    expect((await showForgeries(signatureCase, { count: 2_000, seed: 22 })).accepted).toEqual([]);
  });
});

describe('read', () => {
  test('[CON-28] a notification names the payment and says nothing of its state', async () => {
    const { events } = await read(notification());
    expect(events).toMatchObject([
      {
        kind: 'pending',
        attemptKey: PAYMENT_ID,
        moneyStateSigned: false,
        eventId: '112233445566',
        eventType: 'payment',
      },
    ]);
    expect(adapter.declaration).toMatchObject({ needsFetch: true, signs: 'fields' });
  });

  test('[CON-28] a chargeback names its payment, whatever its own id', async () => {
    const { events } = await read(chargebackNotification(), { query: new Map([['data.id', '217000061680860200']]) });
    expect(events).toMatchObject([{ eventType: 'topic_chargebacks_wh', attemptKey: PAYMENT_ID, kind: 'pending' }]);
  });

  test.each(IGNORED)('[CON-28] %s is ignored by its name', async (type) => {
    expect(await read(notification({ type }))).toEqual({ events: [], ignored: [type], unreadable: [] });
  });

  test.each([
    ['not_the_signed_id', 'data.id', notification({ data: { id: '999' } }), query],
    ['not_the_signed_id', 'data.id', notification(), new Map<string, string>()],
    ['not_the_signed_id', 'data.id', notification(), new Map([['data.id', 'ord01']])],
    ['unexpected_shape', 'data.payment_id', chargebackNotification({}), query],
    ['unexpected_shape', 'type', notification({ type: null }), query],
  ])(
    '[CON-28] %s at %s is a dead letter: the unsigned body never chooses the payment',
    async (reason, field, told, asked) => {
      expect(await read(told, { query: asked })).toMatchObject({ events: [], unreadable: [{ reason, field }] });
    },
  );

  test('[CON-36] no bytes make it throw', async () => {
    const samples = [notification(), chargebackNotification()];
    await expectNeverThrows((bytes) => adapter.read(deliveryOf(bytes, {}, { query }), settings), samples);
  });
});

test.each([
  [{}, ['own.access_token']],
  [{ access_token: 'has spaces in it, and so is none' }, ['own.access_token']],
  [{ ...signatureCase.own, fetch_timeout_ms: 20_000 }, ['own.fetch_timeout_ms']],
  [{ ...signatureCase.own, transaction_from: 'elsewhere' }, ['own.transaction_from']],
  [{ ...signatureCase.own, acces_token: 'misspelt' }, ['own.acces_token']],
  [signatureCase.own, []],
])('[CON-38] of %o, the fields at fault are %o', (own, fields) => {
  expect(adapter.settingsFaults(own, signatureCase.secrets).map(({ field }) => field)).toEqual(fields);
});
