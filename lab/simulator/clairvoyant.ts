// The best that could be made of a payment by one who knows every rate of the moment: the yardstick of regret.
import { netValueOf, successOf, type Market } from './market.ts';
import type { Moment } from './episode-shape.ts';

export interface Stakes {
  /** Expected value of an attempt at the one chosen now, load included. */
  readonly chosen: number;
  /** Of the best use of all processors. */
  readonly best: number;
  /** What 1 percentage point of regret is a hundredth of: an approval, or its margin. */
  readonly unit: number;
}

export interface Question {
  readonly segment: number;
  readonly processors: readonly number[];
  readonly chosen: number;
  readonly moment: Moment;
  readonly userErrorRate: number;
  /** A retry is approved so much less often; 1 for a first attempt. */
  readonly approvalFactor: number;
  /** Payments a second now. */
  readonly rate: number;
}

export function stakesOf(market: Market, question: Question): Stakes {
  const { segment, processors, moment } = question;
  const unit = market.feesDiffer ? market.tariff(processors[0]!, segment).marginMinor : 1;
  const chosen = valueOf(market, question, question.chosen, market.overload(question.chosen, moment.atMs));
  if (market.hasLimits) return { chosen, best: bestWithinLimits(market, question), unit };
  let best = chosen;
  for (const processor of processors)
    if (processor !== question.chosen) best = Math.max(best, valueOf(market, question, processor, 0));
  return { chosen, best, unit };
}

function valueOf(market: Market, question: Question, processor: number, overload: number): number {
  const { segment, moment, userErrorRate, approvalFactor } = question;
  const told = market.conduct(processor, segment, moment);
  const conduct = approvalFactor === 1 ? told : { ...told, approvalRate: told.approvalRate * approvalFactor };
  return market.feesDiffer
    ? netValueOf(conduct, market.tariff(processor, segment), { userErrorRate, overload })
    : successOf(conduct, userErrorRate, overload);
}

/**
 * With limits the best is a mixture: the best processor up to its limit, the next up to its own, and so on (exact for one segment; with
 * several each has a part of every limit, as large as its share of the traffic). What nobody can serve is lost.
 */
function bestWithinLimits(market: Market, question: Question): number {
  const { scenario } = market;
  const ranked = question.processors
    .map((processor) => ({
      value: valueOf(market, question, processor, 0),
      room: (scenario.processors[processor]!.maxTps ?? Infinity) / question.rate,
      lost: valueOf(market, question, processor, 1),
    }))
    .sort((left, right) => right.value - left.value);
  let rest = 1;
  let best = 0;
  for (const { value, room } of ranked) {
    const share = Math.min(rest, room);
    best += share * value;
    rest -= share;
  }
  return best + rest * Math.max(...ranked.map(({ lost }) => lost));
}
