// Logs of attempts for the backtest's tests: usual rows, of which a test changes what it is about, and whole simulated markets.
import { AttemptLog, type LoggedAttempt } from '../../../lab/backtest/attempt-log.ts';
import { seeded } from '../../harness/seeded.ts';

export const START = Date.UTC(2026, 0, 5);

export const attempt = (given: Partial<LoggedAttempt> = {}): LoggedAttempt => {
  const result = given.result ?? 'approved';
  const occurredAtMs = given.occurredAtMs ?? START;
  return {
    transactionId: 't',
    processor: 'a',
    paymentMethod: 'CARD',
    country: 'US',
    result,
    fault: result === 'approved' ? 'none' : result === 'declined' ? 'issuer' : 'processor',
    occurredAtMs,
    recordedAtMs: occurredAtMs + 300,
    amountMinor: 5_000,
    currency: 'USD',
    latencyMs: 300,
    feeMinor: null,
    propensity: null,
    attempt: 1,
    eligible: null,
    ...given,
  };
};

export function logOf(attempts: readonly LoggedAttempt[]): AttemptLog {
  const log = new AttemptLog();
  for (const each of attempts) log.add(each);
  return log;
}

export interface Market {
  readonly payments: number;
  readonly everyMs: number;
  /** Approval by processor, the payment's place in the log given as 0-1. */
  readonly approval: Readonly<Record<string, (part: number) => number>>;
  /** Of the failures: what they are. Default: declined. */
  readonly failure?: 'declined' | 'error';
  readonly withPropensity?: boolean;
}

/** Chosen by lot among all processors. */
export function simulated(seed: number, market: Market): LoggedAttempt[] {
  const draw = seeded(seed);
  const names = Object.keys(market.approval);
  return Array.from({ length: market.payments }, (_, index) => {
    const processor = names[Math.floor(draw() * names.length)]!;
    const approved = draw() < market.approval[processor]!(index / market.payments);
    return attempt({
      transactionId: `t${index}`,
      processor,
      result: approved ? 'approved' : (market.failure ?? 'declined'),
      occurredAtMs: START + index * market.everyMs,
      propensity: market.withPropensity === false ? null : 1 / names.length,
    });
  });
}
