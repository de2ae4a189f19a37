// What was told of an attempt beside its result reaches the object that records it, whichever way the result came.
import { describe, expect, test } from 'vitest';
import { askingOf } from '../contract/http/next-payment-question.ts';
import { createCaller, RESULT } from '../harness/http-caller.ts';
import { createWebhookHouse, PROCESSOR, watchResults } from '../harness/webhook-house.ts';
import type { AttemptDetails, DetailedResult } from '../../src/domain/history/attempt-details.ts';
import { message } from '../../tools/vendors/standard-webhooks.ts';
import { refusal } from '../../tools/vendors/adyen.ts';

const detailsOf = (results: readonly DetailedResult[]): (AttemptDetails | undefined)[] =>
  results.map(({ details }) => details);

describe('[HIS-15] details', () => {
  test('of a result by the API are kept, whose it is as keyed hashes alone', async () => {
    const caller = await createCaller();
    const results = watchResults(caller);
    const told = {
      payment_id: 'ord_1',
      bin: '41111111',
      issuer_country: 'br',
      initiator: 'customer',
      three_ds: true,
      network: 'Visa',
      credential_fingerprint: 'fp_1',
      customer_ref: 'fp_1',
    };
    await caller.call('POST', '/api/v1/transactions', { body: { ...RESULT, ...told, transaction_id: 'a' } });
    await caller.call('POST', '/api/v1/transactions', { body: { ...RESULT, ...told, transaction_id: 'b' } });
    const [first, second] = detailsOf(results);
    const hash = expect.stringMatching(/^h[a-p]{16}$/) as string;
    expect(first).toEqual({
      paymentId: 'ord_1',
      bin: '41111111',
      issuerCountry: 'BR',
      initiator: 'customer',
      threeDs: true,
      network: 'visa',
      credentialHash: hash,
      customerHash: hash,
    });
    expect(second).toEqual(first);
    expect(first!.customerHash).not.toBe(first!.credentialHash);
    expect(JSON.stringify(results)).not.toContain('fp_1');
  });

  test('hold no card number that stood in an id, and one that is told nothing has none', async () => {
    const caller = await createCaller();
    const results = watchResults(caller);
    const card = '4111111111111111';
    const ids = { payment_id: card, customer_ref: card, credential_fingerprint: card };
    await caller.call('POST', '/api/v1/transactions', { body: { ...RESULT, ...ids } });
    await caller.call('POST', '/api/v1/transactions', { body: RESULT });
    const [hashed, none] = detailsOf(results);
    expect(Object.keys(hashed ?? {}).sort()).toEqual(['credentialHash', 'customerHash', 'paymentId']);
    expect(JSON.stringify(hashed)).not.toContain(card);
    expect(none).toBeUndefined();
  });

  test('of a webhook are kept as far as they are signed', async () => {
    const house = await createWebhookHouse(['standard-webhooks', 'adyen']);
    const results = watchResults(house);
    const told = { processor: null, decision_id: null, decline_code: '51', credential_fingerprint: 'fp_7' };
    await house.send('standard-webhooks', JSON.stringify(message('attempt.declined', told)));
    await house.send('adyen', JSON.stringify([refusal()]));
    const [signed, open] = detailsOf(results);
    expect(signed).toEqual({
      network: 'visa',
      declineClass: 'later',
      credentialHash: expect.stringMatching(/^h[a-p]{16}$/) as string,
    });
    expect(Object.keys(open ?? {})).toEqual(['declineClass']);
  });

  test('of an attempt of unknown outcome that is told with a question go with it', async () => {
    const house = await createWebhookHouse([]);
    const results = watchResults(house);
    await askingOf(house).advised({ processor_id: PROCESSOR, result: 'timeout', bin: '411111', customer_ref: 'c_1' });
    expect(detailsOf(results)).toEqual([
      {
        paymentId: 'ord_1',
        bin: '411111',
        network: 'visa',
        credentialHash: expect.stringMatching(/^h/) as string,
        customerHash: expect.stringMatching(/^h/) as string,
        declineClass: 'unknown',
      },
    ]);
  });
});
