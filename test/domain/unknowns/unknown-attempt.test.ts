import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { asTransactionId } from '../../../src/domain/identity.ts';
import {
  hearLate,
  hearOwnWord,
  hearResult,
  hearUndone,
  type LedgerNote,
  type OwnWord,
  type UnknownAttempt,
} from '../../../src/domain/unknowns/unknown-attempt.ts';
import { Ledger } from '../../../src/domain/results/ledger.ts';
import { EMPTY_LEDGER, noteAttempt } from '../../../src/domain/retries/credential-ledger.ts';
import type { ApiResult, ResultKind } from '../../../src/domain/results/canonical-result.ts';
import { resultOf } from '../../harness/results.ts';
import { ledgerKeysOf, tellingOf } from '../../../src/domain/unknowns/attempt-telling.ts';

const NOW = Date.UTC(2026, 10, 21, 12);
const TRANSACTION = asTransactionId('ord_1-1');
const TOLD = tellingOf({ fingerprint: 'fp_1', paymentId: 'ord_1' });

interface Event {
  readonly result: ResultKind | 'voided';
  readonly isTold: boolean;
}

/** One attempt at one processor: its attempt ledger, what is kept of it as unknown, and the ledger of its payment. */
function house() {
  const ledger = Ledger.create('0123456789abcdef');
  let held: UnknownAttempt | null = null;
  const notes: LedgerNote[] = [];
  let now = NOW;
  return {
    hear: ({ result, isTold }: Event): void => {
      now += 1;
      if (result === 'voided' || result === 'refunded') {
        if (held === null) return;
        const undone = { ids: [TRANSACTION], as: result, amountMinor: null, atMs: NOW };
        const step = hearUndone(held, undone, resultOf('a', { eventTimeMs: NOW }).processorId, now);
        held = step.kept ?? held;
        if (step.note !== null) notes.push(step.note);
        return;
      }
      const said = resultOf('a', { eventTimeMs: NOW, result, transactionId: TRANSACTION, comparedBy: 'result' });
      const { kind } = ledger.admit(said, now);
      const outcome = kind === 'conflict' ? 'refused' : kind === 'duplicate' ? 'duplicate' : 'recorded';
      const heard = {
        result: said,
        outcome,
        telling: isTold ? TOLD : null,
        final: ledger.heldFinal(TRANSACTION),
      } as const;
      const step = hearResult(held, heard, now);
      held = step.kept ?? held;
      if (step.note !== null) notes.push(step.note);
    },
    held: () => held,
    notes: () => notes,
    remembered: () =>
      notes.reduce((kept, { attempt }) => noteAttempt(kept, attempt, NOW), EMPTY_LEDGER).attempts[0]?.outcome,
  };
}

const after = (...events: readonly [Event['result'], boolean?][]) => {
  const one = house();
  for (const [result, isTold = true] of events) one.hear({ result, isTold });
  return one;
};

describe('[UNK-1] an attempt that timed out is unknown', () => {
  test('however old it is', () => {
    const { held } = after(['timeout']);
    expect(held()).toMatchObject({ transactionId: TRANSACTION, sinceMs: NOW + 1, settled: null, fingerprint: 'fp_1' });
  });

  test.each(['approved', 'declined', 'error', 'voided', 'refunded'] as const)('until it is told %s', (result) => {
    const { held, notes } = after(['timeout'], [result]);
    expect(held()?.settled).toMatchObject({ as: result, atMs: NOW + 2 });
    expect(notes()).toHaveLength(1);
    expect(notes()[0]).toMatchObject({
      ledgerKeys: ['fp_1', 'payment ord_1'],
      attempt: { id: 'a:ord_1-1', paymentId: 'ord_1' },
    });
  });

  test('and not by a dispute, nor by a timeout that is told again', () => {
    expect(after(['timeout'], ['disputed'], ['timeout']).held()?.settled).toBeNull();
  });

  test('and one that never was leaves no trace', () => {
    const { held, notes } = after(['approved'], ['approved'], ['voided']);
    expect([held(), notes()]).toEqual([null, []]);
  });
});

describe('[UNK-2] the order of arrival', () => {
  const KINDS = ['approved', 'declined', 'error'] as const;

  test('of an unknown and its final, with repetitions and whoever of them knows the ledger, changes nothing in the end', () => {
    const events = fc.tuple(fc.constantFrom(...KINDS), fc.boolean()).chain(([final, isFinalTold]) =>
      fc.shuffledSubarray(
        [
          { result: 'timeout', isTold: true },
          { result: 'timeout', isTold: false },
          { result: final, isTold: isFinalTold },
          { result: final, isTold: false },
          { result: 'timeout', isTold: true },
        ] satisfies Event[],
        { minLength: 5 },
      ),
    );
    fc.assert(
      fc.property(events, (order) => {
        const one = house();
        for (const event of order) one.hear(event);
        const final = order.find(({ result }) => result !== 'timeout')!.result;
        expect(one.held()?.settled?.as).toBe(final);
        expect(one.held()?.fingerprint).toBe('fp_1');
        expect(one.remembered()).toBe(final === 'error' ? 'failed' : final);
      }),
      { numRuns: 300 },
    );
  });
});

test('[UNK-4] where the end came first, the ledger is told when somebody says which one it is, once', () => {
  const one = after(['timeout', false], ['approved', false]);
  expect(one.notes()).toEqual([]);
  one.hear({ result: 'timeout', isTold: true });
  one.hear({ result: 'timeout', isTold: true });
  expect(one.notes().map(({ attempt }) => attempt.outcome)).toEqual(['approved']);
});

describe('[UNK-13] an approval that contradicts a failure', () => {
  test.each(['declined', 'error'] as const)('%s is told to the ledger although it is refused', (failure) => {
    const one = after(['timeout'], [failure], ['approved']);
    expect(one.notes().map(({ attempt }) => attempt.outcome)).toEqual([
      failure === 'error' ? 'failed' : 'declined',
      'approved',
    ]);
    expect(one.held()?.settled?.as).toBe('approved');
  });

  test('and a failure that contradicts an approval is not', () => {
    expect(after(['timeout'], ['approved'], ['declined']).remembered()).toBe('approved');
  });
});

test.each([
  ['a part', 4_000, 1],
  ['all of it', 10_000, 2],
  ['nobody says how much', null, 2],
])('[UNK-9] a refund of %s', (_, amountMinor, notes) => {
  const one = after(['timeout'], ['approved']);
  const undone = { ids: [TRANSACTION], as: 'refunded', amountMinor, atMs: NOW } as const;
  const step = hearUndone(one.held()!, undone, resultOf('a', { eventTimeMs: NOW }).processorId, NOW);
  expect(one.notes().length + Number(step.note !== null)).toBe(notes);
});

describe('[UNK-5] a payment is remembered', () => {
  test('with its credential and by itself, whichever are told, and never under a card number', () => {
    const keys = (fingerprint: string | null, paymentId: string | null) => ledgerKeysOf({ fingerprint, paymentId });
    expect([keys('fp', 'p'), keys('fp', null), keys(null, 'p'), keys(null, null)]).toEqual([
      ['fp', 'payment p'],
      ['fp'],
      ['payment p'],
      [],
    ]);
    expect(keys('4242424242424242', '4242424242424242')).toEqual([]);
  });

  test('with its credential once that is told, and never under a card number', () => {
    const one = house();
    const said = resultOf('a', { eventTimeMs: NOW, result: 'timeout' });
    const heard = { result: said, outcome: 'recorded', final: null } as const;
    const first = hearResult(null, { ...heard, telling: tellingOf({ paymentId: 'p' }) }, NOW);
    const second = hearResult(first.kept, { ...heard, telling: tellingOf({ fingerprint: 'fp_1' }) }, NOW);
    expect(second.kept).toMatchObject({ fingerprint: 'fp_1', paymentId: 'p' });
    expect(tellingOf({ fingerprint: '4242424242424242' })).toBeNull();
    expect(one.held()).toBeNull();
  });
});

test('[UNK-4] the words of a final are told with it, and those of an unknown are not taken for them', () => {
  const heard = {
    result: resultOf('a', { eventTimeMs: NOW, result: 'timeout', declineCode: 'gateway_timeout' }),
    outcome: 'recorded',
    telling: TOLD,
    final: null,
  } as const;
  const { kept } = hearResult(null, heard, NOW);
  const telling = tellingOf({ network: 'mastercard', adviceCode: '03', family: 'adyen' });
  const result = { ...heard.result, result: 'declined', declineCode: '05' } as const;
  const { note } = hearResult(kept, { ...heard, result, telling }, NOW);
  expect(note?.attempt).toMatchObject({ outcome: 'declined', network: 'mastercard', reading: { macCode: '03' } });
});

describe('[UNK-18] the word of its caller', () => {
  const PROCESSOR = resultOf('a', { eventTimeMs: NOW }).processorId;
  const whose = { processorId: PROCESSOR, now: NOW };
  const { segment, amountMinor, currency } = resultOf('a', { eventTimeMs: NOW });
  const word = (as: OwnWord['as']): OwnWord => ({
    ...{ transactionId: TRANSACTION, as, segment, amountMinor, currency },
    ...{ atMs: NOW, telling: TOLD },
  });
  const kept = (as: OwnWord['as']): UnknownAttempt => hearOwnWord(null, word(as), null, whose).kept!;
  const heard = (result: ApiResult, outcome: 'recorded' | 'refused' = 'recorded') => ({
    result: resultOf('a', { eventTimeMs: NOW, result, transactionId: TRANSACTION, comparedBy: 'result' }),
    outcome,
    telling: null,
    final: null,
  });

  test.each(['declined', 'error', 'not_sent'] as const)('%s is kept and told to nobody yet', (as) => {
    const step = hearOwnWord(null, word(as), null, whose);
    expect(step).toMatchObject({ kept: { settled: { as, isOwnWord: true }, paymentId: 'ord_1' }, note: null });
  });

  test('that he cannot say is unknown, also where no result can be recorded of it', () => {
    expect(hearOwnWord(null, word('timeout'), null, whose)).toMatchObject({ kept: { settled: null }, note: null });
    expect(hearOwnWord(kept('error'), word('timeout'), null, whose).kept).toMatchObject({ settled: null });
    expect(hearOwnWord(null, word('timeout'), 'declined', whose).kept).toMatchObject({ settled: { as: 'declined' } });
  });

  test('takes back a failure that may have been his own word, and no decline and no approval', () => {
    const asked = (final: 'error' | 'declined' | 'approved') => {
      const said = { ...heard('timeout'), final, telling: tellingOf({ ...TOLD, isAsked: true }) };
      return hearResult(null, said, NOW).kept?.settled?.as ?? 'open';
    };
    expect((['error', 'declined', 'approved'] as const).map(asked)).toEqual(['open', 'declined', 'approved']);
  });

  test.each(['recorded', 'refused'] as const)(
    'an approval that comes after all is told to both ledgers: %s',
    (outcome) => {
      const { kept: now, note } = hearResult(kept('error'), heard('approved', outcome), NOW + 1);
      expect(now).toMatchObject({ settled: { as: 'approved' } });
      expect(note).toMatchObject({ ledgerKeys: ['fp_1', 'payment ord_1'], attempt: { outcome: 'approved' } });
      const late = hearLate(kept('not_sent'), heard('approved'), NOW + 1);
      expect(late.note).toMatchObject({ attempt: { outcome: 'approved' } });
    },
  );

  test('he may take it back, and then nobody knows', () => {
    const back = hearResult(kept('error'), heard('timeout'), NOW + 5);
    expect(back.kept).toMatchObject({ settled: null, sinceMs: NOW + 5 });
  });

  test('the final of its processor goes before it, whichever came first', () => {
    const after = hearResult(kept('not_sent'), heard('declined'), NOW + 1);
    expect(after).toMatchObject({ kept: { settled: { as: 'declined' } }, note: { attempt: { outcome: 'declined' } } });
    expect(after.kept!.settled!.isOwnWord).toBeUndefined();
    expect(hearOwnWord(null, word('error'), 'approved', whose).kept).toMatchObject({ settled: { as: 'approved' } });
    const held = hearOwnWord(after.kept, word('not_sent'), 'declined', whose);
    expect(held).toMatchObject({ kept: { settled: { as: 'declined' } }, note: null });
  });

  test('settles what was unknown, and tells its ledgers', () => {
    const open = hearResult(null, { ...heard('timeout'), telling: TOLD }, NOW).kept;
    const step = hearOwnWord(open, word('not_sent'), null, whose);
    expect(step).toMatchObject({ kept: { settled: { as: 'not_sent' } }, note: { attempt: { outcome: 'not_sent' } } });
  });
});

describe('[UNK-19] an approval', () => {
  const said = (attempt: number) => ({
    result: { ...resultOf('a', { eventTimeMs: NOW, transactionId: TRANSACTION }), attempt },
    outcome: 'recorded' as const,
    telling: TOLD,
    final: 'approved' as const,
  });
  const failed = (result: 'error' | 'declined', outcome: 'recorded' | 'refused' = 'recorded') => ({
    result: resultOf('a', { eventTimeMs: NOW, result, transactionId: TRANSACTION }),
    ...{ outcome, telling: TOLD, final: result },
  });

  test.each([
    ['a second approval', said(2), 'approved'],
    ['a first one', said(1), null],
    ['one of no payment', { ...said(2), telling: null }, null],
    ['an error of a payment', failed('error'), 'error'],
    ['an error of no payment', { ...failed('error'), telling: null }, null],
    ['a decline', failed('declined'), null],
    [
      'a decline that contradicts an approval',
      { ...failed('declined', 'refused'), final: 'approved' as const },
      'approved',
    ],
    ['an approval that contradicts a failure', { ...said(1), outcome: 'refused' as const, telling: null }, 'approved'],
    ['a decline that contradicts an error', { ...failed('declined', 'refused'), final: 'error' as const }, null],
  ])('of %s what is kept', (_, given, as) => {
    expect(hearResult(null, given, NOW).kept?.settled?.as ?? null).toBe(as);
  });

  test('that is kept tells its payment of its refund', () => {
    const { kept } = hearResult(null, said(2), NOW);
    const undone = { ids: [TRANSACTION], as: 'refunded', amountMinor: null, atMs: NOW } as const;
    expect(hearUndone(kept!, undone, said(2).result.processorId, NOW).note).toMatchObject({
      ledgerKeys: ['fp_1', 'payment ord_1'],
      attempt: { outcome: 'refunded' },
    });
  });
});
