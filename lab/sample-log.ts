// Writes what a policy did in a scenario as a log of attempts, such as a merchant would keep: for whoever wants to try `backtest`.
import { closeSync, openSync, writeSync } from 'node:fs';
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

/** In the order in which the results came; results that were lost are in no log. Returns the number of rows. */
export function writeSampleLog(scenario: Scenario, entry: PolicyEntry, seed: number, file: string): number {
  const output = openSync(file, 'w');
  let lines: string[] = [COLUMNS.join(',')];
  let rows = 0;
  const flush = (): void => {
    if (lines.length > 0) writeSync(output, `${lines.join('\n')}\n`);
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
    flush();
  } finally {
    closeSync(output);
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
          if (offer !== undefined) write(lineOf(world, feedback, offer));
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
    Math.round(latencyMs),
    Math.round(costMinor),
    drawn ? Number(propensity.toPrecision(6)) : '',
    eligible.map((each) => arms[each]!.id).join('|'),
    payment.attempt,
  ]
    .map((cell) => escaped(String(cell)))
    .join(',');
}

const momentOf = (ms: number): string => new Date(ms).toISOString();

/** A scenario may name its payment methods as it likes. */
const escaped = (cell: string): string => (/[",\n\r]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
