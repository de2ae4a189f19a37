// Which decisions are kept for history, and that they say what was decided.
import { beforeEach, describe, expect, test } from 'vitest';
import { askingOf } from '../contract/http/next-payment-question.ts';
import { type Caller, createCaller } from '../harness/http-caller.ts';

const QUERY = '/api/v1/routing/recommend?payment_method=pix&country=br';

let caller: Caller;
beforeEach(async () => {
  caller = await createCaller();
});
const recommend = async (query = '') => await caller.call('GET', `${QUERY}${query}`);

describe('[HIS-21] decisions', () => {
  test('are kept as they were made, under the nonce of their token', async () => {
    const { json } = await recommend('&amount_minor=15000&currency=BRL');
    const [row] = caller.set.sampled.rows;
    const read = caller.world.signer.verify(String(json['decision_id']), caller.set.now);
    expect(read).toMatchObject({ ok: true, decision: { nonce: row!.nonce, decidedAtMs: row!.decidedAtMs } });
    expect(row).toMatchObject({
      paymentMethod: 'PIX',
      country: 'BR',
      amountMinor: 15_000,
      currency: 'BRL',
      processorId: json['processor_id'],
      actualProcessorId: null,
      arm: 0,
      experimentId: null,
      sampleRate: 1,
      tableVersion: caller.set.configuration.version,
    });
    const shares = Object.values(row!.probabilities);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
    expect(row!.probabilities[row!.processorId]).toBeCloseTo(row!.propensity, 9);
  });

  test('of a merchant that goes its own way say where it goes', async () => {
    await recommend('&actual_processor=processor_b');
    expect(caller.set.sampled.rows).toMatchObject([{ processorId: 'processor_b', actualProcessorId: 'processor_b' }]);
  });

  test('that lead to another attempt of a payment are among them', async () => {
    const advice = await askingOf(caller).advised();
    expect(advice['decision_id']).not.toBeNull();
    expect(caller.set.sampled.rows).toMatchObject([{ processorId: advice['processor'], paymentMethod: 'CARD' }]);
  });

  test('are kept at the share that is set, and none where it is nothing or where nothing is decided', async () => {
    caller.set.sampled.rate = 0;
    await recommend();
    expect(caller.set.sampled.rows).toEqual([]);
    caller.set.sampled.rate = 0.5;
    for (let count = 0; count < 40; count += 1) await recommend();
    expect(caller.set.sampled.rows.length).toBeGreaterThan(5);
    expect(caller.set.sampled.rows.length).toBeLessThan(35);
    expect(caller.set.sampled.rows.every(({ sampleRate }) => sampleRate === 0.5)).toBe(true);
    caller.set.sampled.rows.length = 0;
    caller.set.sampled.rate = 1;
    await caller.call('GET', '/api/v1/routing/recommend?payment_method=nothing&country=br');
    await caller.call('POST', '/api/v1/routing/simulate', { body: { payment_method: 'PIX', country: 'BR' } });
    expect(caller.set.sampled.rows).toEqual([]);
  });
});
