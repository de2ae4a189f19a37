// An unknown outcome on a whole local Signalbox that is killed: re-routed under an override, approved late, one incident with what to void.
import { describe, expect, test } from 'vitest';
import { registerMockProcessors } from '../../tools/demo/mock-processors.ts';
import { useLocalSystem } from '../harness/local-system.ts';

interface Alert {
  readonly kind: string;
  readonly subject: string | null;
  readonly closed_at: string | null;
  readonly evidence: Readonly<Record<string, unknown>>;
}

const attempt = (number: number, given: object = {}): object => ({
  processor_id: number === 1 ? 'processor_a' : 'processor_b',
  transaction_id: `ord_1-${number}`,
  payment_id: 'ord_1',
  result: 'timeout',
  payment_method: 'CARD',
  country: 'BR',
  amount_minor: 15_000,
  currency: 'BRL',
  ...given,
});
const WITH_CARD = { network: 'visa', credential_fingerprint: 'fp_unknown' };

describe('a local Signalbox', () => {
  const local = useLocalSystem();
  const post = async <Answer>(path: string, body: object): Promise<Answer> =>
    await local().api.post<Answer>(path, body);
  const get = async <Answer>(path: string): Promise<Answer> =>
    (await (await local().api.request('GET', path)).json()) as Answer;
  const restart = async (): Promise<void> => {
    await local().system.kill();
    await local().system.restart();
  };
  const incidents = async (): Promise<readonly Alert[]> => {
    const { alerts } = await get<{ alerts: readonly Alert[] }>('/api/v1/alerts');
    return alerts.filter(({ kind }) => kind === 'double_charge_risk');
  };
  const until = async (isSo: () => Promise<boolean>): Promise<void> => {
    const end = Date.now() + 30_000;
    while (!(await isSo())) {
      if (Date.now() > end) throw new Error('it did not come about in time');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };

  test('[UNK-8] a late approval after an override is one incident, through SIGKILL after every step', async () => {
    await registerMockProcessors(local().api);
    const first = attempt(1, WITH_CARD);
    expect(await post('/api/v1/payments/next', first)).toMatchObject({ action: 'reconcile', warnings: [] });
    await restart();
    const listed = await get<{ unknowns: readonly object[] }>('/api/v1/unknowns');
    expect(listed.unknowns).toMatchObject([{ transaction_id: 'ord_1-1', payment_id: 'ord_1', overdue: false }]);
    const override = { why: 'the customer stands at the counter' };
    const forced = { ...first, force: true, override, next_transaction_id: 'ord_1-2' };
    expect(await post('/api/v1/payments/next', forced)).toMatchObject({
      action: 'retry_now',
      processor: 'processor_b',
      double_charge_risk: true,
    });
    await post('/api/v1/transactions', attempt(2, { ...WITH_CARD, result: 'approved' }));
    expect(await incidents()).toEqual([]);
    // The processor tells of the attempt and knows no card of ours.
    await post('/api/v1/transactions', attempt(1, { result: 'approved', payment_id: undefined }));
    await restart();
    await post('/api/v1/transactions', attempt(1, { result: 'approved', payment_id: undefined }));
    await until(async () => (await incidents()).length > 0);
    await restart();
    const told = await incidents();
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({
      subject: 'ord_1',
      closed_at: null,
      evidence: {
        void_processor: 'processor_a',
        void_transaction: 'ord_1-1',
        other_processor: 'processor_b',
        other_transaction: 'ord_1-2',
        other_state: 'approved',
      },
    });
    expect((await get<{ total: number }>('/api/v1/unknowns')).total).toBe(0);
    const stop = { action: 'stop', rule_id: 'already_approved' };
    expect(await post('/api/v1/payments/next', { ...first, result: 'voided' })).toMatchObject(stop);
    await until(async () => (await incidents()).every(({ closed_at: closedAt }) => closedAt !== null));
    expect(await incidents()).toHaveLength(1);
  });
});
