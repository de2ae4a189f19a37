// What of a scenario cannot stand in a log of attempts, by the rules of whoever reads the log: found before a run.
import { CellFault, readAttempt, type ColumnName } from './log-columns.ts';
import type { Scenario } from '../scenario-file.ts';
import type { ScenarioProblem } from '../scenario-problems.ts';

type Given = Partial<Record<ColumnName, string>>;

const GOOD: Given = {
  occurred_at: '2026-01-05T00:00:00Z',
  transaction_id: 'txn_0_1',
  processor: 'a',
  result: 'approved',
  currency: 'USD',
};

export function unloggable({ startsAt, segments, processors }: Scenario): ScenarioProblem[] {
  const asked: readonly (readonly [string, Given])[] = [
    ['startsAt', { occurred_at: startsAt }],
    ...segments.flatMap(({ paymentMethod, country, currency, amountMinor }, place) => [
      [`segments[${place}].paymentMethod`, { payment_method: paymentMethod }] as const,
      [`segments[${place}].country`, { country }] as const,
      [`segments[${place}].currency`, { currency }] as const,
      [`segments[${place}].amountMinor`, { amount_minor: String(amountMinor) }] as const,
    ]),
    ...processors.map(({ id }, place) => [`processors[${place}].id`, { processor: id }] as const),
  ];
  return asked.flatMap(([path, given]) => {
    const message = faultOf({ ...GOOD, ...given });
    return message === null ? [] : [{ path, message }];
  });
}

function faultOf(cells: Given): string | null {
  try {
    // As it would come out of a file.
    readAttempt((column) => (cells[column] === undefined ? null : Buffer.from(cells[column]).toString()));
    return null;
  } catch (error) {
    if (error instanceof CellFault) return error.message;
    throw error;
  }
}
