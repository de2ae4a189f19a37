import { describe, expect, test } from 'vitest';
import type { Delivery } from '../../../src/ports/webhook-adapter.ts';
import { adapter } from '../../../src/connectors/mpesa/adapter.ts';
import { expectNeverThrows } from '../never-throws.ts';
import { deliveryOf, NOW_MS, settingsOf, showForgeries } from '../signature-cases.ts';
import {
  balance,
  c2b,
  CHECKOUT_ID,
  commandResult,
  paid,
  paidOut,
  RESULTS,
  reversed,
  statusFound,
  stkResult,
} from './fixtures/callbacks.ts';
import { ADDRESS, signatureCase } from './signature-case.ts';

const TOKEN = `dec_${'Ab3_-'.repeat(12)}`;
const [NEWER, OLDER] = signatureCase.secrets;
const settings = settingsOf(signatureCase);
const withC2b = (choice: string) => settingsOf(signatureCase, { own: { ...signatureCase.own, c2b: choice } });
const callback = (body: unknown, rest = '') =>
  deliveryOf(JSON.stringify(body), {}, { pathRest: NEWER + rest, ipAddress: ADDRESS });
const read = (body: unknown, rest = '', over = settings) => adapter.read(callback(body, rest), over);

describe('verify', () => {
  const good = callback(paid());
  const verify = (over: Partial<Delivery>) => adapter.verify({ ...good, ...over }, settings);

  test('[CON-32] either secret passes while one is rotated out, with anything behind it, from any listed address', async () => {
    for (const secret of [NEWER, OLDER])
      for (const rest of ['', '/ord-1', '/c2b/confirmation'])
        for (const ipAddress of [ADDRESS, '196.201.212.69', '::ffff:196.201.214.200', '2c0f:fe38::9'])
          expect(await verify({ pathRest: secret + rest, ipAddress })).toEqual({ ok: true });
    const rotated = settingsOf(signatureCase, { secrets: [NEWER] });
    const old = await adapter.verify({ ...good, pathRest: OLDER }, rotated);
    expect(old).toEqual({ ok: false, reason: 'bad_path_secret' });
  });

  test.each([
    [{ pathRest: '' }, 'bad_path_secret'],
    [{ pathRest: NEWER.toLowerCase() }, 'bad_path_secret'],
    [{ pathRest: 'x', ipAddress: '10.0.0.1' }, 'bad_path_secret'],
    [{ ipAddress: '10.0.0.1' }, 'address_not_allowed'],
    [{ ipAddress: null }, 'address_not_allowed'],
  ])('[CON-32] with %o it is refused: it takes both', async (over, reason) => {
    expect(await verify(over)).toEqual({ ok: false, reason });
  });

  test('[CON-32] without a list nobody is listed, and without a secret nobody knows it', async () => {
    expect(await adapter.verify(good, settingsOf(signatureCase, { own: {} }))).toMatchObject({ ok: false });
    const blank = settingsOf(signatureCase, { secrets: [''] });
    expect(await adapter.verify({ ...good, pathRest: '' }, blank)).toMatchObject({ ok: false });
    expect(await adapter.verify({ ...good, pathRest: '' }, settingsOf(signatureCase, { secrets: [] }))).toMatchObject({
      ok: false,
    });
  });

  test('[CON-32] none of 2,000 forgeries is accepted', async () => {
    expect((await showForgeries(signatureCase, { count: 2_000, seed: 23 })).accepted).toEqual([]);
    expect(await adapter.verify(signatureCase.sign({ body: '{}', secret: NEWER, atMs: NOW_MS }), settings)).toEqual({
      ok: true,
    });
  });
});

describe('the result of an STK push', () => {
  test.each(RESULTS)('[CON-33] $code is $kind', async ({ code, kind, body }) => {
    const { events, unreadable } = await read(body);
    expect(unreadable).toEqual([]);
    expect(events).toMatchObject([
      {
        kind,
        eventType: `stk_result_${code}`,
        attemptKey: CHECKOUT_ID,
        declineCode: kind === 'authorised' ? null : String(code),
        paymentMethod: 'MOBILE_MONEY',
        country: 'KE',
        moneyStateSigned: true,
      },
    ]);
  });

  test('[CON-33] a payment tells amount and time, of East Africa, and no phone number', async () => {
    const { events } = await read(paid());
    expect(events).toMatchObject([
      { amountMinor: 150_050, currency: 'KES', eventTimeMs: Date.parse('2026-11-21T11:59:57+03:00') },
    ]);
    expect(JSON.stringify(events)).not.toContain('254700000000');
  });

  test('[CON-33] the method is called what the source’s settings call it', async () => {
    const segments = { paymentMethods: { mpesa: 'MPESA' }, paymentMethodDefault: null, countryDefault: null };
    const { events } = await read(paid(), '', { ...settings, segments });
    expect(events).toMatchObject([{ paymentMethod: 'MPESA' }]);
  });

  test.each([
    ['', null, null],
    ['/', null, null],
    ['/ord-1001.1', 'ord-1001.1', null],
    [`/${TOKEN}`, null, TOKEN],
  ])('[CON-34] behind the secret stands the reference: %s', async (rest, transactionId, decisionToken) => {
    const { events } = await read(paid(), rest);
    expect(events).toMatchObject([{ transactionId, decisionToken, attemptKey: CHECKOUT_ID }]);
  });

  test.each(['/a/b', '/a b', `/${'x'.repeat(129)}`])('[CON-34] %s is no reference: a dead letter', async (rest) => {
    expect(await read(paid(), rest)).toMatchObject({
      events: [],
      unreadable: [{ reason: 'unexpected_reference', field: 'path' }],
    });
  });

  test.each([
    ['not_json', null, 'nothing'],
    ['unexpected_shape', 'Body', '{}'],
    ['unexpected_shape', 'Result', '{"Result":[]}'],
    ['unexpected_shape', 'Result.ResultCode', '{"Result":{}}'],
    ['unexpected_shape', 'Body', JSON.stringify(c2b())],
    ['unexpected_shape', 'Body.stkCallback.CheckoutRequestID', JSON.stringify(stkResult(0, { CheckoutRequestID: '' }))],
    ['unexpected_shape', 'Body.stkCallback.ResultCode', JSON.stringify(stkResult('not a code'))],
  ])('[CON-39] what cannot be understood is a dead letter: %s at %s', async (reason, field, body) => {
    const delivery = deliveryOf(body, {}, { pathRest: NEWER, ipAddress: ADDRESS });
    expect(await adapter.read(delivery, settings)).toMatchObject({ events: [], unreadable: [{ reason, field }] });
  });

  test.each([
    { CallbackMetadata: 'none' },
    {
      CallbackMetadata: {
        Item: [
          { Name: 'Amount', Value: 'much' },
          { Name: 'TransactionDate', Value: 20261341000000 },
        ],
      },
    },
    { CallbackMetadata: { Item: [{ Name: 'Amount', Value: -1 }] }, BrandNew: {} },
  ])('[CON-39] metadata such as %o tells neither amount nor time, and the result stands', async (changed) => {
    const { events } = await read(stkResult(0, changed));
    expect(events).toMatchObject([{ kind: 'authorised', amountMinor: null, eventTimeMs: null }]);
  });
});

describe('C2B', () => {
  test('[CON-35] confirmations are ignored by name unless the settings say what they are', async () => {
    expect(await read(c2b(), '/c2b/confirmation')).toEqual({
      events: [],
      ignored: ['c2b_confirmation'],
      unreadable: [],
    });
  });

  test.each([
    ['trans_id', null],
    ['bill_ref', 'invoice-008'],
  ])('[CON-35] by %s a confirmation is an approval', async (choice, transactionId) => {
    const { events } = await read(c2b(), '/c2b/confirmation', withC2b(choice));
    expect(events).toMatchObject([
      {
        kind: 'authorised',
        eventType: 'c2b_confirmation',
        attemptKey: 'QKH94M1Z11',
        transactionId,
        amountMinor: 500_000,
        currency: 'KES',
        eventTimeMs: Date.parse('2026-11-21T11:59:57+03:00'),
      },
    ]);
  });

  test('[CON-35] a validation has the same body and is never an approval, nor is it one where STK results are due', async () => {
    const over = withC2b('trans_id');
    expect(await read(c2b(), '/c2b/validation', over)).toMatchObject({ events: [], ignored: ['c2b_validation'] });
    expect((await read(c2b(), '', over)).events).toEqual([]);
  });

  test('[CON-35] a confirmation without its id is a dead letter', async () => {
    const reading = await read(c2b({ TransID: null }), '/c2b/confirmation', withC2b('trans_id'));
    expect(reading).toMatchObject({ events: [], unreadable: [{ reason: 'unexpected_shape', field: 'TransID' }] });
  });
});

describe('the result of another command', () => {
  test.each([
    ['Completed', 'authorised', null],
    ['Cancelled', 'declined', 'Cancelled'],
    ['Declined', 'declined', 'Declined'],
    ['Expired', 'declined', 'Expired'],
  ])('[CON-42] a TransactionStatus of %s is %s of the attempt behind the secret', async (status, kind, declineCode) => {
    for (const reference of ['ord-1001.1', CHECKOUT_ID]) {
      const { events, ignored, unreadable } = await read(statusFound(status), `/${reference}`);
      expect({ ignored, unreadable }).toEqual({ ignored: [], unreadable: [] });
      expect(events).toMatchObject([
        {
          kind,
          eventType: 'transaction_status',
          attemptKey: reference,
          transactionId: reference,
          declineCode,
          decisionToken: null,
          amountMinor: 150_050,
          currency: 'KES',
          paymentMethod: 'MOBILE_MONEY',
          country: 'KE',
          eventTimeMs: Date.parse('2026-11-21T11:59:57+03:00'),
        },
      ]);
      expect(JSON.stringify(events)).not.toContain('254700000000');
    }
  });

  test.each(['Initiated', 'Authorized', 'Pending Authorized', 'Brand New', '', null, 17, {}])(
    '[CON-42] a TransactionStatus of %o settles nothing',
    async (status) => {
      const nothing = { events: [], ignored: ['transaction_status'], unreadable: [] };
      expect(await read(statusFound(status), '/ord-1')).toEqual(nothing);
    },
  );

  test('[CON-42] a Reversal that went through is a refund of the attempt behind the secret', async () => {
    const { events } = await read(reversed(), '/ord-1');
    expect(events).toMatchObject([
      {
        kind: 'refunded',
        eventType: 'reversal',
        attemptKey: 'ord-1',
        declineCode: null,
        amountMinor: 150_050,
        eventTimeMs: Date.parse('2026-11-22T10:15:00+03:00'),
      },
    ]);
  });

  test.each([
    ['transaction_status', statusFound('Completed'), ''],
    ['transaction_status', statusFound('Completed'), '/'],
    ['transaction_status', statusFound('Completed'), `/${TOKEN}`],
    ['reversal', reversed(), ''],
    ['reversal', reversed(), `/${TOKEN}`],
    ['account_balance', balance(), '/ord-1'],
    ['b2c_result', paidOut(), '/ord-1'],
    ['result_0', commandResult(0, {}), '/ord-1'],
    ['result_0', commandResult(0, null), '/ord-1'],
    ['result_0', commandResult(0, null, { ResultParameters: 'none' }), '/ord-1'],
    [
      'account_balance',
      commandResult(0, null, { ResultParameters: { ResultParameter: { Key: 'AccountBalance' } } }),
      '',
    ],
    ['result_2001', commandResult(2001, null), '/ord-1'],
    ['result_R000002', commandResult('R000002', null), '/ord-1'],
    ['result_1', commandResult(1, { TransactionStatus: 'Completed' }), '/ord-1'],
    ['result_1', commandResult(1, { OriginalTransactionID: 'QKH94M1Z11' }), '/ord-1'],
    ['queue_timeout', commandResult(1, null), '/queue/timeout'],
    ['queue_timeout', statusFound('Completed'), '/queue/timeout'],
  ])('[CON-42] what says nothing of an attempt is counted as %s (%#)', async (name, body, rest) => {
    expect(await read(body, rest)).toEqual({ events: [], ignored: [name], unreadable: [] });
  });

  test('[CON-42] a status for what is no reference is a dead letter', async () => {
    expect(await read(statusFound('Completed'), '/a/b')).toMatchObject({
      events: [],
      unreadable: [{ reason: 'unexpected_reference', field: 'path' }],
    });
  });
});

test.each(['', '/ord-1', '/c2b/confirmation', '/queue/timeout'])(
  '[CON-36] no bytes make it throw, at %o',
  async (rest) => {
    const samples = [
      ...RESULTS.map(({ body }) => body),
      c2b(),
      statusFound('Completed'),
      reversed(),
      balance(),
      paidOut(),
    ];
    const over = withC2b('bill_ref');
    await expectNeverThrows(
      (bytes) => adapter.read(deliveryOf(bytes, {}, { pathRest: NEWER + rest, ipAddress: ADDRESS }), over),
      samples,
    );
  },
);

test('[CON-37] every reading is answered in Daraja’s own words', () => {
  expect(adapter.acknowledge({ events: [], ignored: [], unreadable: [] })).toEqual({
    status: 200,
    body: '{"ResultCode":0,"ResultDesc":"Accepted"}',
    contentType: 'application/json',
  });
});

test.each([
  [{}, NEWER, ['own.addresses']],
  [{ addresses: [] }, NEWER, ['own.addresses']],
  [{ addresses: ['196.201.212.0/22', 'safaricom'] }, NEWER, ['own.addresses.1']],
  [{ ...signatureCase.own, c2b: 'maybe' }, NEWER, ['own.c2b']],
  [signatureCase.own, 'short', ['secrets.0']],
  [signatureCase.own, `${NEWER}/`, ['secrets.0']],
  [signatureCase.own, `mPesa${NEWER}`, ['secrets.0']],
  [signatureCase.own, NEWER, []],
])('[CON-38] of %o with %s, the fields at fault are %o', (own, secret, fields) => {
  expect(adapter.settingsFaults(own, [secret]).map(({ field }) => field)).toEqual(fields);
});
