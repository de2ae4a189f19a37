import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { A, attemptOf, B, C, DAY, HOUR, NOW } from './sample-question.ts';
import { applySignal, EMPTY_ALERT_BOOK, type AlertBook } from '../../../src/domain/health/alert-book.ts';
import {
  EMPTY_LEDGER,
  noteAttempt,
  prunedLedger,
  releaseReservation,
  withReservation,
  type CredentialLedger,
  type Reservation,
} from '../../../src/domain/retries/credential-ledger.ts';
import { watchCharges, type WatchedPayment } from '../../../src/domain/retries/double-charge.ts';
import type { AttemptOutcome, LedgerAttempt } from '../../../src/domain/retries/attempt-reading.ts';

const first = (outcome: AttemptOutcome): LedgerAttempt =>
  attemptOf({ id: 'processor_a:ord_1-1', processorId: A, outcome, reading: null });
const second = (outcome: AttemptOutcome): LedgerAttempt =>
  attemptOf({ id: 'processor_b:ord_1-2', processorId: B, outcome, reading: null, atMs: NOW + 60_000 });
const third = (outcome: AttemptOutcome): LedgerAttempt =>
  attemptOf({ id: 'processor_c:ord_1-3', processorId: C, outcome, reading: null, atMs: NOW + 120_000 });

/** A ledger under watch, and the alert book that hears of it. */
class House {
  ledger: CredentialLedger = EMPTY_LEDGER;
  watched = new Map<string, WatchedPayment>();
  book: AlertBook = EMPTY_ALERT_BOOK;
  opened = new Set<string>();
  #serial = 0;
  now = NOW + 3 * HOUR;

  become(ledger: CredentialLedger): this {
    this.ledger = ledger;
    const step = watchCharges(ledger, [...this.watched.values()], this.now);
    for (const payment of step.watched) this.watched.set(payment.paymentId, payment);
    for (const signal of step.signals) {
      this.#serial += 1;
      const { book, changed } = applySignal(this.book, signal, this.now, `alt_${this.#serial}`);
      this.book = book;
      for (const { id } of changed) this.opened.add(id);
    }
    return this;
  }

  note(...attempts: readonly LedgerAttempt[]): this {
    for (const attempt of attempts) this.become(noteAttempt(this.ledger, attempt, this.now));
    return this;
  }

  get open() {
    return this.book.open.map(({ alert: { kind, subject, evidence } }) => ({ kind, subject, evidence }));
  }
}

const riskOf = (void_: string, other: string, otherState: string) => {
  const [voidProcessor, voidTransaction] = void_.split(':');
  const [otherProcessor, otherTransaction] = other.split(':');
  const evidence = {
    void_processor: voidProcessor,
    void_transaction: voidTransaction,
    other_processor: otherProcessor,
    other_transaction: otherTransaction,
    other_state: otherState,
  };
  return [{ kind: 'double_charge_risk', subject: 'pay_1', evidence }];
};

describe('[UNK-6] a payment', () => {
  const TABLE: readonly [AttemptOutcome, AttemptOutcome, string | null][] = [
    ['approved', 'approved', 'approved'],
    ['approved', 'unknown', 'unknown'],
    ['approved', 'declined', null],
    ['approved', 'failed', null],
    ['approved', 'not_sent', null],
    ['approved', 'voided', null],
    ['approved', 'refunded', null],
    ['unknown', 'approved', null],
    ['unknown', 'unknown', null],
    ['declined', 'approved', null],
    ['voided', 'approved', null],
    ['refunded', 'approved', null],
  ];
  test.each(TABLE)('of which one attempt is %s and the next one %s', (one, other, state) => {
    const told = state === null ? [] : riskOf('processor_a:ord_1-1', 'processor_b:ord_1-2', state);
    expect(new House().note(first(one), second(other)).open).toEqual(told);
    expect(new House().note(second(other), first(one)).open).toEqual(told);
  });

  test('of which two others are approved is named by its first one, then by the next', () => {
    const house = new House().note(first('approved'), second('approved'), third('approved'));
    expect(house.open).toEqual(riskOf('processor_a:ord_1-1', 'processor_c:ord_1-3', 'approved'));
    expect(house.note(first('voided')).open).toEqual(riskOf('processor_b:ord_1-2', 'processor_c:ord_1-3', 'approved'));
    expect(house.note(second('refunded')).open).toEqual([]);
    expect(house.opened.size).toBe(1);
  });

  test('of another name, or of none, is none of its business', () => {
    const other = { ...second('approved'), paymentId: 'pay_2' };
    const none = { ...second('approved'), paymentId: null };
    expect(new House().note(first('approved'), other, none).open).toEqual([]);
  });
});

const slot: Reservation = {
  id: 'req_1',
  afterAttemptId: 'processor_a:ord_1-1',
  attemptId: null,
  paymentId: 'pay_1',
  fingerprint: null,
  alternatives: [],
  processorId: B,
  acceptor: 'main',
  amountMinor: 5_000,
  currency: 'EUR',
  notBeforeMs: NOW,
  isDue: true,
  useByMs: NOW + 900_000,
  lapsesAtMs: NOW + DAY,
};

describe('[UNK-6] what was promised after an attempt comes after it', () => {
  // The clock of whoever told of the first one is ten minutes ahead.
  const ahead = (outcome: AttemptOutcome): LedgerAttempt => ({ ...first(outcome), atMs: NOW + 600_000 });
  const house = (): House => new House().note(ahead('failed')).become(withReservation(EMPTY_LEDGER, slot));

  test.each(['unknown', 'approved'] as const)('whatever the clocks say: %s', (outcome) => {
    const told = house().note(second(outcome), ahead('approved'));
    expect(told.open).toEqual(riskOf('processor_a:ord_1-1', 'processor_b:ord_1-2', outcome));
  });

  test('also where that attempt is forgotten, or the promises go round in a ring', () => {
    const ring = ['1', '2'].map((id) => ({
      ...attemptOf({ id: `processor_a:${id}`, processorId: A, outcome: 'approved', reading: null }),
      followsForgotten: false,
      promisedAfter: `processor_a:${id === '1' ? '2' : '1'}`,
    }));
    expect(new House().become({ ...EMPTY_LEDGER, attempts: ring }).open).toHaveLength(1);
    expect(new House().become({ ...EMPTY_LEDGER, attempts: ring.slice(0, 1) }).open).toEqual([]);
  });
});

describe('[UNK-6] a slot that was promised after the attempt', () => {
  const promised = (given: Partial<Reservation> = {}): House =>
    new House().note(first('unknown')).become(withReservation(EMPTY_LEDGER, { ...slot, ...given }));
  const approved = (house: House): House => house.note(first('unknown'), first('approved'));

  test('may have been sent, until its attempt is told', () => {
    const house = approved(promised());
    expect(house.open).toEqual(riskOf('processor_a:ord_1-1', 'processor_b:-', 'promised'));
    expect(house.note(second('unknown')).open[0]?.evidence['other_state']).toBe('unknown');
    expect(house.note(second('declined')).open).toEqual([]);
    expect(house.opened.size).toBe(1);
  });

  test('may have been sent after another attempt that failed meanwhile, too', () => {
    const last = { ...slot, id: 'req_2', afterAttemptId: 'processor_b:ord_1-2', processorId: C };
    const house = new House().note(first('failed'), second('failed'));
    house.become(withReservation(house.ledger, last)).note(first('approved'));
    expect(house.open).toEqual(riskOf('processor_a:ord_1-1', 'processor_c:-', 'promised'));
    expect(house.note(third('declined')).open).toEqual([]);
  });

  test('is none where its time has not come, or where another attempt was the one that was left', () => {
    expect(approved(promised({ notBeforeMs: NOW + DAY })).open).toEqual([]);
    expect(approved(promised({ afterAttemptId: 'processor_c:ord_1-0' })).open).toEqual([]);
  });

  test('[UNK-7] is over when it is given back, and not when it lapses', () => {
    const given = approved(promised());
    expect(given.become(releaseReservation(given.ledger, slot.id)).open).toEqual([]);
    const lapsed = approved(promised());
    lapsed.now = NOW + 2 * DAY;
    expect(lapsed.become(prunedLedger(lapsed.ledger, lapsed.now)).open).toHaveLength(1);
    expect(lapsed.note(second('declined')).open).toEqual([]);
  });
});

describe('[UNK-7] a risk', () => {
  test.each(['voided', 'refunded'] as const)('is over when what is to be voided is told %s', (outcome) => {
    expect(new House().note(first('approved'), second('approved'), first(outcome)).open).toEqual([]);
  });

  test('is over when the unknown one turns out to have failed', () => {
    expect(new House().note(first('approved'), second('unknown'), second('failed')).open).toEqual([]);
  });

  test('outlives the memory of its attempts', () => {
    const house = new House().note(first('approved'), second('unknown'));
    house.now = NOW + 401 * DAY;
    expect(house.become(prunedLedger(house.ledger, house.now)).ledger.attempts).toEqual([]);
    expect(house.open).toHaveLength(1);
    expect(house.note({ ...first('voided'), atMs: house.now }).open).toEqual([]);
  });
});

describe('[UNK-8] a late approval after a re-route', () => {
  const story = [
    first('unknown'),
    first('approved'),
    first('approved'),
    second('unknown'),
    second('approved'),
    second('approved'),
  ];

  test('is one incident in every order, with duplicates, and names the same attempt to void', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(story, { minLength: story.length }), (order) => {
        const house = new House().note(...order);
        expect(house.opened.size).toBe(1);
        expect(house.open).toEqual(riskOf('processor_a:ord_1-1', 'processor_b:ord_1-2', 'approved'));
        house.note(...order);
        expect(house.opened.size).toBe(1);
        expect(house.note(first('voided'), ...order).open).toEqual([]);
        expect(house.opened.size).toBe(1);
      }),
      { numRuns: 300 },
    );
  });
});
