import { describe, expect, test } from 'vitest';
import { CellFault, readAttempt, readHeader, type ColumnName } from '../../../lab/backtest/log-columns.ts';

type Given = Partial<Record<ColumnName, string>>;
const GOOD: Given = {
  occurred_at: '2026-11-20T12:00:00Z',
  transaction_id: 'txn_1',
  processor: 'a',
  result: 'approved',
};
const read = (given: Given) => {
  const cells: Given = { ...GOOD, ...given };
  return readAttempt((column) => (cells[column] === undefined || cells[column] === '' ? null : cells[column]));
};

describe('a row', () => {
  test('of the four required cells is an attempt in the one segment, known at once', () => {
    const atMs = Date.UTC(2026, 10, 20, 12);
    expect(read({})).toEqual({
      transactionId: 'txn_1',
      processor: 'a',
      paymentMethod: 'ANY',
      country: 'ANY',
      result: 'approved',
      fault: 'none',
      occurredAtMs: atMs,
      recordedAtMs: atMs,
      amountMinor: null,
      currency: null,
      latencyMs: null,
      feeMinor: null,
      propensity: null,
      attempt: 1,
      eligible: null,
    });
  });

  test.each<[Given, object]>([
    [{ occurred_at: '2026-11-20 09:00:00.250-03:00' }, { occurredAtMs: Date.UTC(2026, 10, 20, 12, 0, 0, 250) }],
    [{ latency_ms: '250' }, { latencyMs: 250, recordedAtMs: Date.UTC(2026, 10, 20, 12, 0, 0, 250) }],
    [{ recorded_at: '2026-11-21T00:00:00Z', latency_ms: '9' }, { recordedAtMs: Date.UTC(2026, 10, 21) }],
    [
      { result: 'Declined', decline_code: 'processing_error' },
      { result: 'declined', fault: 'processor' },
    ],
    [{ result: 'declined', decline_code: '82', network: 'visa' }, { fault: 'user' }],
    [{ result: 'timeout' }, { result: 'timeout', fault: 'processor' }],
    [
      { payment_method: 'pix', country: 'br' },
      { paymentMethod: 'PIX', country: 'BR' },
    ],
    [
      { amount: '150.10', currency: 'brl', fee: '0' },
      { amountMinor: 15_010, currency: 'BRL', feeMinor: 0 },
    ],
    [
      { amount: '150', currency: 'JPY', fee: '3' },
      { amountMinor: 150, feeMinor: 3 },
    ],
    [
      { amount_minor: '150', currency: 'USD', fee_minor: '0' },
      { amountMinor: 150, feeMinor: 0 },
    ],
    [
      { propensity: '0.25', attempt: '2' },
      { propensity: 0.25, attempt: 2 },
    ],
    [{ eligible: 'b; a ;c' }, { eligible: ['b', 'a', 'c'] }],
    [{ eligible: 'a|b' }, { eligible: ['a', 'b'] }],
  ])('%j is read as %j', (given, expected) => {
    expect(read(given)).toMatchObject(expected);
  });

  test.each<[Given, string, RegExp]>([
    [{ processor: '' }, 'processor', /is empty/],
    [{ processor: 'a|b' }, 'processor', /holds a \|/],
    [{ processor: 'x'.repeat(65) }, 'processor', /64 are the most/],
    [{ transaction_id: 'x'.repeat(129) }, 'transaction_id', /128 are the most/],
    [{ result: 'paid' }, 'result', /"paid" is none of approved, declined, error, timeout/],
    [{ occurred_at: 'yesterday' }, 'occurred_at', /"yesterday" is no moment/],
    [{ occurred_at: '2026-11-20T12:00:00' }, 'occurred_at', /zone/],
    [{ occurred_at: '2026-02-30T12:00:00Z' }, 'occurred_at', /exists/],
    [{ recorded_at: '2026-11-20T11:59:59Z' }, 'recorded_at', /before occurred_at/],
    [{ amount: '12,50', currency: 'EUR' }, 'amount', /"12,50" is no decimal number/],
    [{ amount: '-1', currency: 'EUR' }, 'amount', /below 0/],
    [{ amount: '0', currency: 'EUR' }, 'amount', /is 0/],
    [{ amount: '1.234', currency: 'EUR' }, 'amount', /more decimals/],
    [{ amount: '1.23' }, 'currency', /empty beside amount/],
    [{ amount_minor: '1.5', currency: 'EUR' }, 'amount_minor', /whole number/],
    [{ currency: 'XQX' }, 'currency', /ISO 4217/],
    [{ fee: 'free', currency: 'EUR' }, 'fee', /no decimal number/],
    [{ latency_ms: '-4' }, 'latency_ms', /no number from 0/],
    [{ latency_ms: 'fast' }, 'latency_ms', /no number/],
    [{ propensity: '0' }, 'propensity', /cannot be/],
    [{ propensity: '1.2' }, 'propensity', /no number from 1e-9 to 1/],
    [{ propensity: '1e-320' }, 'propensity', /no number from 1e-9 to 1/],
    [{ propensity: '-0.5' }, 'propensity', /no number from 1e-9 to 1/],
    [{ processor: 'Banc\uFFFD' }, 'processor', /not UTF-8/],
    [{ eligible: 'a|Banc\uFFFD' }, 'eligible', /not UTF-8/],
    [{ propensity: 'NaN' }, 'propensity', /no number/],
    [{ attempt: '0' }, 'attempt', /no number from 1/],
    [{ attempt: '1.5' }, 'attempt', /whole/],
    [{ eligible: 'b;c' }, 'eligible', /does not hold a itself/],
    [{ country: 'U|S' }, 'country', /holds a \|/],
  ])('%j is refused at %s', (given, column, message) => {
    const fault = (() => {
      try {
        return read(given);
      } catch (error) {
        return error;
      }
    })();
    expect(fault).toBeInstanceOf(CellFault);
    expect((fault as CellFault).column).toBe(column);
    expect((fault as CellFault).message).toMatch(message);
  });

  test('a long cell is not shown whole', () => {
    expect(() => read({ result: 'x'.repeat(10_000) })).toThrow(/^"x{39}…" is none of/);
  });
});

describe('a header', () => {
  const NAMES = ['occurred_at', 'transaction_id', 'processor', 'result'];

  test('may stand in any order and case, and names what is not read', () => {
    const header = readHeader({
      cells: [' Result', 'processor', 'Transaction_ID', 'occurred_at', 'colour', 'propensty'],
      line: 1,
    });
    expect(header).toMatchObject({ ignored: ['colour', 'propensty'] });
    expect(Array.isArray(header) ? null : header.placeOf.get('transaction_id')).toBe(2);
  });

  test.each<[string[], string, string]>([
    [NAMES.slice(1), 'occurred_at', 'is missing'],
    [[...NAMES, 'result'], 'result', 'stands twice'],
    [[...NAMES, 'amount'], 'amount', 'says nothing without a column currency'],
    [[...NAMES, 'currency', 'amount', 'amount_minor'], 'amount_minor', 'stands beside amount: give one of them'],
  ])('%j is refused at %s', (names, column, message) => {
    expect(readHeader({ cells: names, line: 1 })).toEqual([{ line: 1, column, message }]);
  });
});
