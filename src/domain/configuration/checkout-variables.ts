// Variables of a deployment on which every checkout rests: none of them may stop one, so that a default holds in the place of one that is wrong, and is told.
import type { Issue } from './configuration-change.ts';
import { readBoardRegions } from '../routing/board-regions.ts';
import { SAMPLE_RATE_DEFAULT, shareIn } from '../history/sampled-decision.ts';

export type CheckoutVariables = Readonly<
  Record<'BOARD_REGIONS' | 'KEY_GRACE_MINUTES' | 'RATE_LIMIT_QUOTA' | 'DECISION_SAMPLE_RATE', string>
>;

export interface Fallback extends Issue {
  /** What holds in its place. */
  readonly inForce: string;
}

export interface CheckoutSettings {
  readonly keyGraceMs: number;
  /** Requests in the window of the limiter, as callers are told. */
  readonly quota: number;
  readonly fallbacks: readonly Fallback[];
}

const MINUTE_MS = 60_000;
const WEEK_MINUTES = 10_080;
const QUOTA_MAX = 1_000_000_000;
const GRACE_MINUTES_DEFAULT = 15;
const QUOTA_DEFAULT = 60_000;

export function readCheckoutVariables(variables: CheckoutVariables): CheckoutSettings {
  const fallbacks: Fallback[] = [];
  const fallen = (field: keyof CheckoutVariables, message: string, inForce: number): number => {
    fallbacks.push({ field, message, inForce: String(inForce) });
    return inForce;
  };
  const minutes = numberIn(variables.KEY_GRACE_MINUTES);
  const isGrace = minutes >= 0 && minutes <= WEEK_MINUTES;
  const quota = numberIn(variables.RATE_LIMIT_QUOTA);
  const isQuota = quota >= 1 && quota <= QUOTA_MAX && Number.isInteger(quota);
  const grace = isGrace
    ? minutes
    : fallen('KEY_GRACE_MINUTES', `must be a number, 0-${WEEK_MINUTES}`, GRACE_MINUTES_DEFAULT);
  if (shareIn(variables.DECISION_SAMPLE_RATE) === null)
    fallen('DECISION_SAMPLE_RATE', 'must be a number, 0-1', SAMPLE_RATE_DEFAULT);
  const { regions, faults } = readBoardRegions(variables.BOARD_REGIONS);
  if (faults.length > 0)
    fallbacks.push({
      field: 'BOARD_REGIONS',
      message: 'must be names with the continents or data centres that each serves, as in `sam, weur=EU AF`',
      inForce: regions.map(({ name }) => name).join(', '),
    });
  return {
    keyGraceMs: grace * MINUTE_MS,
    quota: isQuota ? quota : fallen('RATE_LIMIT_QUOTA', `must be a whole number, 1-${QUOTA_MAX}`, QUOTA_DEFAULT),
    fallbacks,
  };
}

const numberIn = (text: string): number => (/^\d{1,10}(\.\d{1,9})?$/.test(text.trim()) ? Number(text) : Number.NaN);
