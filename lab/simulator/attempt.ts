// What becomes of one attempt: by the seed, the payment and the processor alone, so that two policies that agree see the same.
import { costOf, type Market, type Outcome } from './market.ts';
import { normalQuantile, PURPOSE, uniform } from './random.ts';
import type { Moment } from './episode-shape.ts';

export interface Attempted {
  readonly index: number;
  readonly segment: number;
  /** 1 for the first. */
  readonly number: number;
  readonly moment: Moment;
  /** As the scenario lists it. */
  readonly processor: number;
  readonly userErrorRate: number;
  readonly approvalFactor: number;
}

export interface AttemptResult {
  readonly outcome: Outcome;
  readonly fault: 'none' | 'processor' | 'issuer' | 'user';
  /** A decline that may be retried elsewhere. */
  readonly soft: boolean;
  readonly latencyMs: number;
  readonly lossRate: number;
  readonly costMinor: number;
  readonly earnedMinor: number;
}

export function attempt(market: Market, seed: number, attempted: Attempted): AttemptResult {
  const { index, segment, number, moment, processor } = attempted;
  const { scenario } = market;
  const place = processor * 16 + number;
  const { approvalRate, errorRate, timeoutRate, latencyMs, lossRate } = market.conduct(processor, segment, moment);
  const served = 1 - market.load.overload(processor, moment.atMs);
  const draw = uniform(seed, PURPOSE.outcome, index, place);
  const well = served * (1 - errorRate - timeoutRate);
  const { outcome, fault } = ((): Pick<AttemptResult, 'outcome' | 'fault'> => {
    if (draw >= well) return { outcome: draw >= 1 - served * timeoutRate ? 'timeout' : 'error', fault: 'processor' };
    // A customer who errs errs wherever the payment goes.
    if (uniform(seed, PURPOSE.userError, index, 0) < attempted.userErrorRate)
      return { outcome: 'declined', fault: 'user' };
    return draw < well * approvalRate * attempted.approvalFactor
      ? { outcome: 'approved', fault: 'none' }
      : { outcome: 'declined', fault: 'issuer' };
  })();
  const tariff = market.tariff(processor, segment);
  return {
    outcome,
    fault,
    soft: fault === 'issuer' && uniform(seed, PURPOSE.softDecline, index, place) < scenario.cascade.softDeclineShare,
    latencyMs:
      outcome === 'timeout'
        ? (scenario.processors[processor]!.timeoutMs ?? scenario.timeoutMs)
        : latencyMs *
          Math.exp(
            scenario.processors[processor]!.latencySigma * normalQuantile(uniform(seed, PURPOSE.latency, index, place)),
          ),
    lossRate,
    costMinor: costOf(tariff, outcome),
    earnedMinor: outcome === 'approved' ? tariff.marginMinor : 0,
  };
}
