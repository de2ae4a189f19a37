// Which decisions history keeps, and how they stand there: a share of them, by a hash of the nonce, so that everybody who knows the nonce knows whether it was kept.
import { hash64, type Hash64 } from '../results/hash64.ts';
import type { Decision, RouteRequest } from '../routing/route-request.ts';
import type { DecisionRow } from './kept-rows.ts';
import { segmentParts } from '../segment.ts';

/** The nonce is the seed of the draw as well: by the bits themselves some processors would be kept more often than others. */
const SAMPLING: Hash64 = { lo: 0x5a11_4e6b, hi: 0xd0c5_10f3 };

/** `nonce`: 16 hex characters. `rate`: 0-1. */
export function isSampled(nonce: string, rate: number): boolean {
  if (rate >= 1) return true;
  const hash: Hash64 = { lo: 0, hi: 0 };
  hash64(nonce, SAMPLING, hash);
  return hash.hi / 2 ** 32 < rate;
}

export interface DecisionContext {
  readonly nonce: string;
  readonly decidedAtMs: number;
  readonly tableVersion: number;
  /** 0 none, 1 the first arm, 2 the second. */
  readonly arm: number;
  readonly source: string;
  readonly tableAgeMs: number;
  readonly sampleRate: number;
}

/** `null`: nothing was chosen. */
export function decisionRow(
  decision: Decision,
  { amountMinor, currency, actualProcessor }: Pick<RouteRequest, 'amountMinor' | 'currency' | 'actualProcessor'>,
  { tableAgeMs, ...context }: DecisionContext,
): DecisionRow | null {
  const { chosen, segment, propensity, deterministic, strategy, experiment, ranked } = decision;
  if (chosen === null) return null;
  const drawn = ranked.filter(({ probability }) => probability > 0);
  return {
    ...context,
    ...segmentParts(segment),
    amountMinor,
    currency,
    processorId: chosen,
    propensity,
    isDeterministic: deterministic,
    actualProcessorId: actualProcessor,
    experimentId: experiment?.id ?? null,
    strategy,
    probabilities: Object.fromEntries(drawn.map(({ processorId, probability }) => [processorId, probability])),
    tableAgeMs: Math.round(tableAgeMs),
  };
}

/** Of a deployment's variable. What is no share from 0 to 1 would be found out only when decisions are missed: the default holds. */
export const readSampleRate = (text: string | undefined): number => shareIn(text) ?? SAMPLE_RATE_DEFAULT;

/** `null`: it is no share from 0 to 1. */
export function shareIn(text: string | undefined): number | null {
  const rate = text === undefined || text.trim() === '' ? Number.NaN : Number(text);
  return rate >= 0 && rate <= 1 ? rate : null;
}

export const SAMPLE_RATE_DEFAULT = 0.1;
