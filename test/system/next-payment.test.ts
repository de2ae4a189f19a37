// Retry advice over HTTP on a whole local Signalbox: Worker, table, processors' objects and the credential's object together.
import { describe, expect, test } from 'vitest';
import { registerMockProcessors } from '../../tools/demo/mock-processors.ts';
import { useLocalSystem } from '../harness/local-system.ts';

interface Advice {
  readonly action: string;
  readonly processor: string | null;
  readonly rule_id: string;
  readonly decision_id: string | null;
  readonly reservation_id: string | null;
}

const attempt = (payment: string, given: object = {}): object => ({
  processor_id: 'processor_a',
  transaction_id: `${payment}-1`,
  payment_id: payment,
  result: 'error',
  payment_method: 'CARD',
  country: 'BR',
  amount_minor: 15_000,
  currency: 'BRL',
  network: 'mastercard',
  credential_fingerprint: 'fp_system',
  ...given,
});

describe('a local Signalbox', () => {
  const local = useLocalSystem();
  const next = (body: object): Promise<Advice> => local().api.post<Advice>('/api/v1/payments/next', body);

  test('[NXT-2] eight callers at once with one card are given what its ceiling leaves, and SIGKILL gives nothing back', async () => {
    const { system, api } = local();
    await registerMockProcessors(api);
    // Of the seven declines that Mastercard's day allows by default, two.
    for (const payment of ['old_1', 'old_2'])
      await api.post('/api/v1/transactions', attempt(payment, { result: 'declined', decline_code: '51' }));
    const payments = Array.from({ length: 8 }, (_, index) => `ord_${index}`);
    const answers = await Promise.all(payments.map((payment) => next(attempt(payment, { result: 'not_sent' }))));
    const given = answers.filter(({ action }) => action === 'retry_now');
    expect(given).toHaveLength(5);
    for (const { processor, decision_id: decisionId } of given) {
      expect(processor).toBe('processor_b');
      expect(decisionId).toMatch(/^dec_/);
    }
    await system.kill();
    await system.restart();
    expect((await next(attempt('ord_9', { result: 'not_sent' }))).action).not.toBe('retry_now');
  });

  test('[NXT-3] an unknown outcome is reconciled, and an insisting caller is told why not', async () => {
    const unknown = attempt('ord_20', { result: 'timeout', credential_fingerprint: 'fp_other' });
    expect(await next(unknown)).toMatchObject({ action: 'reconcile', processor: 'processor_a' });
    const refused = await local().api.request('POST', '/api/v1/payments/next', { ...unknown, force: true });
    expect(refused.status).toBe(409);
  });
});
