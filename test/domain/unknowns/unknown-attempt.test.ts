import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { asTransactionId } from '../../../src/domain/identity.ts';
import {
  hearResult,
  hearUndone,
  type LedgerNote,
  type UnknownAttempt,
} from '../../../src/domain/unknowns/unknown-attempt.ts';
import { Ledger } from '../../../src/domain/results/ledger.ts';
import { EMPTY_LEDGER, noteAttempt } from '../../../src/domain/retries/credential-ledger.ts';
import type { ResultKind } from '../../../src/domain/results/canonical-result.ts';
import { resultOf } from '../../harness/results.ts';
import { ledgerKeyOf, tellingOf } from '../../../src/domain/unknowns/attempt-telling.ts';

const NOW = Date.UTC(2026, 10, 21, 12);
const TRANSACTION = asTransactionId('ord_1-1');
const TOLD = tellingOf({ ledgerKey: 'fp_1', paymentId: 'ord_1' });

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
    expect(held()).toMatchObject({ transactionId: TRANSACTION, sinceMs: NOW + 1, settled: null, ledgerKey: 'fp_1' });
  });

  test.each(['approved', 'declined', 'error', 'voided', 'refunded'] as const)('until it is told %s', (result) => {
    const { held, notes } = after(['timeout'], [result]);
    expect(held()?.settled).toEqual({ as: result, atMs: NOW + 2 });
    expect(notes()).toHaveLength(1);
    expect(notes()[0]).toMatchObject({ ledgerKey: 'fp_1', attempt: { id: 'a:ord_1-1', paymentId: 'ord_1' } });
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
        expect(one.held()?.ledgerKey).toBe('fp_1');
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
  test('with its credential, else by itself, else nowhere', () => {
    expect([ledgerKeyOf('fp', 'p'), ledgerKeyOf('fp', null), ledgerKeyOf(null, 'p'), ledgerKeyOf(null, null)]).toEqual([
      'fp',
      'fp',
      'payment p',
      null,
    ]);
  });

  test('with its credential once that is told, and never under a card number', () => {
    const one = house();
    const said = resultOf('a', { eventTimeMs: NOW, result: 'timeout' });
    const heard = { result: said, outcome: 'recorded', final: null } as const;
    const first = hearResult(null, { ...heard, telling: tellingOf({ ledgerKey: 'payment p', paymentId: 'p' }) }, NOW);
    const second = hearResult(first.kept, { ...heard, telling: tellingOf({ ledgerKey: 'fp_1' }) }, NOW);
    expect(second.kept).toMatchObject({ ledgerKey: 'fp_1', paymentId: 'p' });
    expect(tellingOf({ ledgerKey: '4242424242424242' })).toBeNull();
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
