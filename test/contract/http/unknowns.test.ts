// Attempts of unknown outcome over HTTP: told, listed, settled, and what a checkout is told meanwhile.
import { beforeEach, describe, expect, test } from 'vitest';
import { asProcessorId } from '../../../src/domain/identity.ts';
import { type Asking, askingOf, ATTEMPT } from './next-payment-question.ts';
import { type Caller, createCaller } from '../../harness/http-caller.ts';
import { START } from '../../harness/in-memory-world.ts';

const A = asProcessorId('processor_a');
const UNKNOWN = { result: 'timeout' };

let caller: Caller;
let ask: Asking['ask'];
let advised: Asking['advised'];
beforeEach(async () => {
  caller = await createCaller();
  ({ ask, advised } = askingOf(caller));
});

const list = async (query = ''): Promise<Record<string, unknown>> =>
  (await caller.call('GET', `/api/v1/unknowns${query}`)).json;
const namesOf = (listed: Record<string, unknown>): string[] =>
  (listed['unknowns'] as { transaction_id: string }[]).map(({ transaction_id: id }) => id);
const report = async (given: object) =>
  await caller.call('POST', '/api/v1/transactions', { body: { ...ATTEMPT, ...given } });
const settle = async (): Promise<void> => await new Promise((resolve) => setTimeout(resolve, 5));

describe('[UNK-3] an unknown attempt that is asked about', () => {
  test('is recorded and counts as a technical failure at once; the own report is then a duplicate, in whatever words', async () => {
    expect(await advised(UNKNOWN)).toMatchObject({ action: 'reconcile', warnings: [] });
    expect(caller.set.states.get(A)!.row(START).counters.timeout).toBe(1);
    expect(caller.set.states.get(A)!.streak.failures).toBe(1);
    const own = await report({ ...UNKNOWN, amount_minor: 14_999, latency_ms: 30_000 });
    expect(own.json).toMatchObject({ outcome: 'duplicate' });
    expect(namesOf(await list())).toEqual(['ord_1-1']);
  });

  test('and was reported before counts once', async () => {
    await report(UNKNOWN);
    expect(await advised(UNKNOWN)).toMatchObject({ action: 'reconcile', warnings: [] });
    expect(caller.set.states.get(A)!.row(START).counters.timeout).toBe(1);
  });

  test('is answered with a warning where its processor is away', async () => {
    caller.set.recording = 'unreachable';
    caller.set.objectsReachable = false;
    expect(await advised(UNKNOWN)).toMatchObject({ action: 'reconcile', warnings: ['unknown_not_recorded'] });
    caller.set.objectsReachable = true;
    expect((await list())['total']).toBe(0);
  });

  test.each([
    ['its processor takes no such method', { payment_method: 'OXXO' }],
    ['it was made more than 24 hours ago', { timestamp: '2026-11-18T12:00:00Z' }],
  ])('is listed, and counted in no window, where %s', async (_, given) => {
    expect(await advised({ ...UNKNOWN, ...given })).toMatchObject({ action: 'reconcile', warnings: [] });
    expect(namesOf(await list())).toEqual(['ord_1-1']);
    expect(caller.set.states.get(A)?.row(START).counters.timeout ?? 0).toBe(0);
  });

  test('and is insisted on without a reason is recorded all the same', async () => {
    expect((await ask({ ...UNKNOWN, force: true })).status).toBe(409);
    expect(namesOf(await list())).toEqual(['ord_1-1']);
  });

  test.each(['error', 'declined', 'not_sent'])('is none if it is told %s', async (result) => {
    await advised({ result });
    expect(caller.set.states.get(A)).toBeUndefined();
  });
});

describe('[UNK-4] the end of an unknown', () => {
  const remembered = (key = 'fp_1') => caller.set.ledgers.get(key)?.attempts.map(({ outcome }) => outcome);

  test('reaches the card that only the question named', async () => {
    await advised(UNKNOWN);
    await report({ result: 'approved', credential_fingerprint: undefined, payment_id: undefined });
    expect(remembered()).toEqual(['approved']);
    expect(await advised(UNKNOWN)).toMatchObject({ action: 'stop', rule_id: 'already_approved' });
  });

  test('that was there before the question is known to the next one', async () => {
    await report({ result: 'approved', credential_fingerprint: undefined, payment_id: undefined });
    await advised(UNKNOWN);
    expect(remembered()).toEqual(['approved']);
    expect((await list())['total']).toBe(0);
  });

  test.each(['approved', 'declined', 'error', 'voided', 'refunded'])(
    'may be told with a question: %s',
    async (result) => {
      await advised(UNKNOWN);
      await advised({ result });
      await settle();
      expect((await list())['total']).toBe(0);
    },
  );

  test('is that it was never sent, too, until its caller takes that back', async () => {
    await advised(UNKNOWN);
    await advised({ result: 'not_sent' });
    await settle();
    expect((await list())['total']).toBe(0);
    await advised(UNKNOWN);
    expect((await list())['total']).toBe(1);
  });
});

describe('[UNK-5] a payment without a fingerprint', () => {
  test('is remembered by itself, a card as well', async () => {
    await advised({ ...UNKNOWN, credential_fingerprint: undefined });
    await report({ result: 'approved', transaction_id: 'ord_1-2', credential_fingerprint: undefined });
    await settle();
    expect(await advised({ ...UNKNOWN, transaction_id: 'ord_1-3', credential_fingerprint: undefined })).toMatchObject({
      action: 'reconcile',
    });
    expect(
      await advised({ transaction_id: 'ord_1-2', credential_fingerprint: undefined, result: 'timeout' }),
    ).toMatchObject({ action: 'stop', rule_id: 'already_approved' });
    const kept = caller.set.ledgers.get('payment ord_1')!.attempts.map(({ id, outcome }) => `${id} ${outcome}`);
    expect(kept.toSorted()).toEqual([
      'processor_a:ord_1-1 unknown',
      'processor_a:ord_1-2 approved',
      'processor_a:ord_1-3 unknown',
    ]);
  });
});

describe('[NXT-14] a card without a fingerprint', () => {
  const nameless = { credential_fingerprint: undefined };

  test('is promised one attempt of its payment, under no ceiling', async () => {
    expect(await advised(nameless)).toMatchObject({ action: 'retry_now', ceiling: null });
    expect(await advised({ ...nameless, transaction_id: 'ord_1-2' })).toMatchObject({ rule_id: 'retry_already_given' });
  });

  test('is not tried again after its issuer has declined it', async () => {
    const declined = { ...nameless, result: 'declined', decline_code: '51' };
    expect(await advised(declined)).toMatchObject({ action: 'stop', rule_id: 'no_credential_ledger' });
  });
});

describe('[UNK-9] a payment that was given back', () => {
  test('is not tried again', async () => {
    expect(await advised({ result: 'refunded' })).toMatchObject({ action: 'stop', rule_id: 'already_approved' });
    expect(await advised({ transaction_id: 'ord_1-2' })).toMatchObject({ action: 'stop', rule_id: 'already_approved' });
  });
});

describe('[UNK-10] GET /api/v1/unknowns', () => {
  beforeEach(async () => {
    for (const [index, processor] of ['processor_a', 'processor_b', 'processor_a'].entries()) {
      caller.set.now = START + index * 60_000;
      await report({ ...UNKNOWN, processor_id: processor, transaction_id: `t${index}`, timestamp: undefined });
    }
  });

  test('tells them oldest first, with what is known of each and its age', async () => {
    caller.set.now = START + 86_400_001;
    const { unknowns, ...rest } = await list();
    expect(rest).toEqual({ total: 3, forgotten: 0, unreachable: [], next_cursor: null });
    expect(unknowns).toMatchObject([
      {
        processor_id: 'processor_a',
        transaction_id: 't0',
        payment_id: 'ord_1',
        payment_method: 'CARD',
        country: 'BR',
        amount_minor: 15_000,
        currency: 'BRL',
        since: new Date(START).toISOString(),
        age_seconds: 86_400,
        overdue: true,
      },
      { transaction_id: 't1', processor_id: 'processor_b', overdue: false },
      { transaction_id: 't2', age_seconds: 86_280 },
    ]);
  });

  test('page by page, by processor, and by age', async () => {
    const first = await list('?limit=2');
    expect(namesOf(first)).toEqual(['t0', 't1']);
    const second = await list(`?limit=2&cursor=${String(first['next_cursor'])}`);
    expect([namesOf(second), second['next_cursor']]).toEqual([['t2'], null]);
    expect(namesOf(await list('?processor_id=processor_b'))).toEqual(['t1']);
    expect(namesOf(await list('?older_than_seconds=60'))).toEqual(['t0', 't1']);
  });

  test('names the processors that could not be asked', async () => {
    caller.set.objectsReachable = false;
    const listed = await list('?processor_id=processor_b');
    expect(listed).toMatchObject({ unknowns: [], unreachable: ['processor_b'] });
  });

  test.each(['garbage', '', '%00', 'W10', 'WyIxIl0', '1'.repeat(601)])(
    'refuses a cursor of the form `%s` by name',
    async (cursor) => {
      expect(await list(`?cursor=${cursor}`)).toMatchObject({ status: 422, code: 'invalid_field', field: 'cursor' });
    },
  );

  test('refuses a processor that is none, and an age that is none', async () => {
    expect(await list('?processor_id=nobody')).toMatchObject({ status: 422, code: 'unknown_processor' });
    expect(await list('?older_than_seconds=-1')).toMatchObject({ status: 422, field: 'older_than_seconds' });
  });
});

describe('[UNK-14] POST /api/v1/payments/next/release', () => {
  const release = async (body: object) =>
    await caller.call('POST', '/api/v1/payments/next/release', { key: caller.keys.route, body });

  test('gives a slot back, once or more often, so that another may have it', async () => {
    const { reservation_id: id } = await advised();
    const slot = { reservation_id: id, credential_fingerprint: 'fp_1' };
    expect(caller.set.ledgers.get('fp_1')!.reservations).toHaveLength(1);
    for (const released of [true, false])
      expect(await release(slot)).toMatchObject({ status: 200, json: { released } });
    expect(caller.set.ledgers.get('fp_1')!.reservations).toEqual([]);
    expect(caller.set.ledgers.get('payment ord_1')!.reservations).toEqual([]);
    expect(await advised()).toMatchObject({ action: 'retry_now' });
  });

  test('gives back that of a payment without a card', async () => {
    const pix = {
      payment_method: 'PIX',
      network: undefined,
      credential_fingerprint: undefined,
      credential: { kind: 'none' },
    };
    const { reservation_id: id } = await advised(pix);
    expect((await release({ reservation_id: id, payment_id: 'ord_1' })).json).toEqual({ released: true });
    expect(caller.set.ledgers.get('payment ord_1')!.reservations).toEqual([]);
  });

  test.each([{ credential_fingerprint: 'fp_1' }, { payment_id: 'ord_1' }])(
    'frees it in both ledgers, whichever is named: %o',
    async (owner) => {
      const { reservation_id: id } = await advised();
      expect((await release({ reservation_id: id, ...owner })).json).toEqual({ released: true });
      for (const key of ['fp_1', 'payment ord_1']) expect(caller.set.ledgers.get(key)!.reservations).toEqual([]);
    },
  );

  test('says that nothing was held under another name', async () => {
    const { reservation_id: id } = await advised();
    const other = await release({ reservation_id: id, credential_fingerprint: 'fp_2' });
    expect(other.json).toEqual({ released: false });
    expect(caller.set.ledgers.get('fp_1')!.reservations).toHaveLength(1);
  });

  test('is refused where nobody knows whose it is, and where the ledger is away', async () => {
    const { json } = await release({ reservation_id: 'ask_1' });
    expect(json).toMatchObject({ status: 422, field: 'credential_fingerprint' });
    caller.set.ledgersReachable = false;
    const away = await release({ reservation_id: 'ask_1', payment_id: 'ord_1' });
    expect(away.json).toMatchObject({ status: 503, code: 'ledger_unreachable' });
  });
});
