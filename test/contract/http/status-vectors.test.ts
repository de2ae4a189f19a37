// The seed's vectors as a client of the seed document would send them: one batch, in order, without times.
import { expect, test } from 'vitest';
import { createCaller } from '../../harness/http-caller.ts';

const RESULTS = { A: 'approved', D: 'declined', E: 'error', T: 'timeout' } as const;

test.each([
  ['9E', 'HEALTHY'],
  ['10E', 'DOWN'],
  ['10D', 'DOWN'],
  ['13A 7D', 'HEALTHY'],
  ['32A 18D', 'DEGRADED'],
  ['33A 17D', 'HEALTHY'],
  ['15A 35D', 'DEGRADED'],
  ['14A 36D', 'DOWN'],
  ['5A 5E', 'DEGRADED'],
  ['4A 6T', 'DOWN'],
  ['24A 26E', 'DOWN'],
  ['34A 16E', 'DEGRADED'],
  ['34D 16E', 'DOWN'],
  ['50E 24A', 'DOWN'],
  ['50E 25A', 'DEGRADED'],
  ['50E 36A', 'HEALTHY'],
  ['60E 50A', 'HEALTHY'],
])('[REC-19] the batch %s reads %s', async (vector, status) => {
  const caller = await createCaller();
  const results = vector.split(' ').flatMap((part) => {
    const result = RESULTS[part.at(-1) as keyof typeof RESULTS];
    return Array.from({ length: Number(part.slice(0, -1)) }, () => result);
  });
  const item = { processor_id: 'processor_a', payment_method: 'PIX', country: 'BR', amount: 10, currency: 'BRL' };
  const body = { transactions: results.map((result) => ({ ...item, result })) };
  expect((await caller.call('POST', '/api/v1/transactions', { body })).status).toBe(200);
  const health = await caller.call('GET', '/api/v1/health/processor_a');
  expect(health.json).toMatchObject({ status, total_transactions: Math.min(50, results.length) });
});

test('[REC-20] a batch that is mended and sent again under its idempotency key counts only the mended item', async () => {
  const caller = await createCaller();
  const item = { processor_id: 'processor_a', payment_method: 'PIX', country: 'BR', amount: 10, currency: 'BRL' };
  const send = (first: string) =>
    caller.call('POST', '/api/v1/transactions', {
      body: { transactions: [first, 'approved', 'declined'].map((result) => ({ ...item, result })) },
      headers: { 'Idempotency-Key': 'batch-7' },
    });
  expect((await send('nonsense')).json).toMatchObject({ counts: { recorded: 2, refused: 1 } });
  expect((await send('approved')).json).toMatchObject({ counts: { recorded: 1, duplicate: 2 } });
});
