// Writes what a policy did in a scenario as a log of attempts, such as a merchant would keep: for whoever wants to try `backtest`.
import { closeSync, openSync, writeSync } from 'node:fs';
import { AMOUNT_MINOR_MAX } from '../src/domain/results/money.ts';
import { LATENCY_MAX_MS, PROPENSITY_MIN, YEAR_9999_MS } from './backtest/log-columns.ts';
import { simulate } from './simulator/simulate.ts';
import type { Feedback, Payment, PolicyEntry, World } from './policy.ts';
import type { Scenario } from './scenario-file.ts';

const COLUMNS = [
  'occurred_at',
  'recorded_at',
  'transaction_id',
  'processor',
  'payment_method',
  'country',
  'amount_minor',
  'currency',
  'result',
  'decline_code',
  'latency_ms',
  'fee_minor',
  'propensity',
  'eligible',
  'attempt',
] as const;
const LINES_PER_WRITE = 5_000;
/** Of the decline codes that src/domain/results/fault.ts knows: a customer's error; an issuer's decline needs none. */
const USER_CODE = 'invalid_pin';

/**
 * In the order in which the results came; results that were lost, or come after the last moment that a log may name, are in no log.
 * Returns the number of rows; without any there is no file.
 */
export function writeSampleLog(scenario: Scenario, entry: PolicyEntry, seed: number, file: string): number {
  let output: number | null = null;
  let lines: string[] = [COLUMNS.join(',')];
  let rows = 0;
  const flush = (): void => {
    output ??= openSync(file, 'w');
    writeSync(output, `${lines.join('\n')}\n`);
    lines = [];
  };
  try {
    simulate(
      scenario,
      recorded(entry, (line) => {
        rows += 1;
        if (lines.push(line) >= LINES_PER_WRITE) flush();
      }),
      seed,
    );
    if (rows > 0 && lines.length > 0) flush();
  } finally {
    if (output !== null) closeSync(output);
  }
  return rows;
}

interface Offered {
  readonly eligible: readonly number[];
  /** A trial under a permit was no draw: it has no propensity. */
  readonly drawn: boolean;
}

function recorded(entry: PolicyEntry, write: (line: string) => void): PolicyEntry {
  return {
    ...entry,
    create: (world) => {
      const policy = entry.create(world);
      const offered = new Map<string, Offered>();
      return {
        choose: (payment, eligible, draw) => {
          const choice = policy.choose(payment, eligible, draw);
          offered.set(keyOf(payment), { eligible, drawn: !(choice.probe && choice.propensity === 1) });
          return choice;
        },
        learn: (feedback) => {
          const key = keyOf(feedback.payment);
          const offer = offered.get(key);
          // A copy that comes later: the merchant's log has the attempt already.
          if (offer !== undefined && feedback.reportedAtMs < YEAR_9999_MS) write(lineOf(world, feedback, offer));
          offered.delete(key);
          policy.learn(feedback);
        },
      };
    },
  };
}

const keyOf = ({ index, attempt }: Payment): string => `${index} ${attempt}`;

function lineOf({ arms, segments }: World, feedback: Feedback, { eligible, drawn }: Offered): string {
  const { payment, arm, propensity, outcome, reportedAtMs, latencyMs, costMinor, fault } = feedback;
  const { paymentMethod, country, currency } = segments[payment.segment]!;
  return [
    momentOf(payment.atMs),
    momentOf(reportedAtMs),
    `txn_${payment.index}_${payment.attempt}`,
    arms[arm]!.id,
    paymentMethod,
    country,
    payment.amountMinor,
    currency,
    outcome,
    fault === 'user' ? USER_CODE : '',
    upTo(LATENCY_MAX_MS, latencyMs),
    upTo(AMOUNT_MINOR_MAX, costMinor),
    drawn && propensity >= PROPENSITY_MIN ? Number(propensity.toPrecision(6)) : '',
    eligible.map((each) => arms[each]!.id).join('|'),
    payment.attempt,
  ]
    .map((cell) => escaped(String(cell)))
    .join(',');
}

/** A number too large for a log is left out: an empty cell says nothing. */
const upTo = (most: number, value: number): number | string => (value <= most ? Math.round(value) : '');

const momentOf = (ms: number): string => new Date(ms).toISOString();

/** A scenario may name its payment methods as it likes, blanks at their ends included. */
const escaped = (cell: string): string => (/[",\n\r]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
