// What events say of the money reaches whoever remembers their payments: the unknowns of their processor, and the ledger of a credential that they tell.
import { beforeEach, describe, expect, test } from 'vitest';
import { type Asking, askingOf } from '../contract/http/next-payment-question.ts';
import { type Caller, createCaller } from '../harness/http-caller.ts';
import { asProcessorId } from '../../src/domain/identity.ts';
import { attemptEvent } from '../../src/connectors/told-event.ts';
import type { AttemptEvent } from '../../src/domain/results/attempt-event.ts';
import { recordEvents } from '../../src/flows/record-events.ts';
import type { WebhookSource } from '../../src/domain/configuration/webhook-source.ts';

const SOURCE: WebhookSource = {
  id: 'adyen',
  name: 'Adyen',
  adapter: 'adyen',
  enabled: true,
  processorId: asProcessorId('processor_a'),
  connectors: {},
  segments: { paymentMethods: {}, paymentMethodDefault: 'CARD', countryDefault: 'BR' },
  own: {},
  sealedOwn: {},
  secrets: [],
  revision: 1,
  createdAtMs: 0,
  updatedAtMs: 0,
};

let caller: Caller;
let advised: Asking['advised'];
beforeEach(async () => {
  caller = await createCaller();
  ({ advised } = askingOf(caller));
});

/** Of the attempt that questions ask about, unless something else is given. */
const told = (kind: AttemptEvent['kind'], change: Partial<AttemptEvent> = {}): AttemptEvent => ({
  ...attemptEvent({ eventType: kind, kind, attemptKey: 'psp_1' }, {}),
  transactionId: 'ord_1-1',
  amountMinor: 15_000,
  currency: 'BRL',
  ...change,
});
const send = async (...events: readonly AttemptEvent[]): Promise<readonly string[]> => {
  const from = { source: SOURCE, reportsFailures: true, unsignedDetails: [], oldDelivery: 'refused' as const };
  const recorded = await recordEvents(caller.world, from, events, caller.set.now);
  return recorded.map(({ outcome }) => outcome.outcome);
};
const kept = (key = 'fp_1'): readonly string[] =>
  (caller.set.ledgers.get(key)?.attempts ?? []).map(({ id, outcome }) => `${id} ${outcome}`);
const open = async (): Promise<unknown> => (await caller.call('GET', '/api/v1/unknowns')).json['total'];

describe('[UNK-4] a webhook that settles an unknown', () => {
  test('tells the card of the payment, which the vendor knows nothing of', async () => {
    await advised({ result: 'timeout' });
    expect(kept()).toEqual(['processor_a:ord_1-1 unknown']);
    expect(await send(told('authorised'), told('authorised'))).toEqual(['recorded', 'duplicate']);
    expect(kept()).toEqual(['processor_a:ord_1-1 approved']);
    expect(await open()).toBe(0);
    expect(await advised({ result: 'timeout' })).toMatchObject({ action: 'stop', rule_id: 'already_approved' });
  });

  test('with a decline tells what it asks for', async () => {
    await advised({ result: 'timeout', network: 'mastercard' });
    await send(told('declined', { declineCode: '05', adviceCode: '03', network: 'mastercard' }));
    expect(await advised({ transaction_id: 'ord_1-2', network: 'mastercard' })).toMatchObject({
      action: 'stop',
      rule_id: 'credential_blocked',
    });
  });

  test('and came before anybody asked is told as soon as somebody does', async () => {
    await send(told('authorised'));
    await advised({ result: 'timeout' });
    expect(kept()).toEqual(['processor_a:ord_1-1 approved']);
  });
});

describe('[UNK-9] voids and refunds', () => {
  test.each(['voided', 'refunded'] as const)('of an unknown settle it: %s', async (kind) => {
    await advised({ result: 'timeout' });
    await send(told(kind));
    expect(kept()).toEqual([`processor_a:ord_1-1 ${kind}`]);
    expect(await open()).toBe(0);
  });

  test('that name the vendor’s key alone find the attempt, and a part of it leaves the rest', async () => {
    await advised({ result: 'timeout' });
    await send(told('authorised'), told('refunded', { transactionId: null, amountMinor: 1_000 }));
    expect(kept()).toEqual(['processor_a:ord_1-1 approved']);
    await send(told('voided', { transactionId: null, amountMinor: null, currency: null }));
    expect(kept()).toEqual(['processor_a:ord_1-1 voided']);
  });

  test('that could not be told are asked for again', async () => {
    await advised({ result: 'timeout' });
    caller.set.objectsReachable = false;
    expect(await send(told('voided'), told('refunded'), told('pending'))).toEqual([
      'not_recorded',
      'not_recorded',
      'ignored',
    ]);
    caller.set.objectsReachable = true;
    expect(await send(told('voided'))).toEqual(['ignored']);
    expect(await open()).toBe(0);
  });

  test('that no signature covers move no money', async () => {
    await advised({ result: 'timeout' });
    await send(told('voided', { moneyStateSigned: false }), told('authorised', { moneyStateSigned: false }));
    expect(await open()).toBe(1);
  });
});

describe('[UNK-5] an event that tells a fingerprint', () => {
  const ofCard = { credentialFingerprint: 'fp_2' };

  test.each([
    ['authorised', 'approved'],
    ['declined', 'declined'],
    ['error', 'failed'],
    ['unknown', 'unknown'],
    ['voided', 'voided'],
  ] as const)('is noted in its ledger: %s', async (kind, outcome) => {
    await send(told(kind, ofCard));
    expect(kept('fp_2')).toEqual([`processor_a:ord_1-1 ${outcome}`]);
  });

  test('is not where it was refused, was not signed, or says nothing', async () => {
    await send(
      told('authorised', { ...ofCard, currency: null }),
      told('authorised', { ...ofCard, moneyStateSigned: false }),
      told('pending', ofCard),
    );
    expect(kept('fp_2')).toEqual([]);
  });

  test('[UNK-13] is, where an approval contradicts a failure, and not the other way round', async () => {
    expect(await send(told('declined', ofCard), told('authorised', ofCard))).toEqual(['recorded', 'refused']);
    expect(kept('fp_2')).toEqual(['processor_a:ord_1-1 approved']);
    expect(await send(told('declined', ofCard))).toEqual(['duplicate']);
    expect(kept('fp_2')).toEqual(['processor_a:ord_1-1 approved']);
  });

  test('is recorded although no ledger can be reached', async () => {
    caller.set.ledgersReachable = false;
    expect(await send(told('authorised', ofCard))).toEqual(['recorded']);
  });
});
