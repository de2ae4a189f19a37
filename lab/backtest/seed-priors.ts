// What a log says a posterior should begin with, as a body for POST /api/v1/ml/priors.
import { createLearner } from '../../src/domain/learning/posterior.ts';
import { PRIORS_MAX } from '../../src/domain/configuration/prior-change.ts';

export interface PriorsBody {
  readonly priors: readonly {
    readonly processor_id: string;
    readonly segment: string;
    readonly prior: { readonly mean: number; readonly weight: number };
  }[];
}

export interface SegmentTotal {
  readonly processor: string;
  readonly segment: string;
  readonly approved: number;
  readonly count: number;
}

/** However long the log: after a hundred results of its own a segment is believed as much as what it began with. */
const WEIGHT_MAX = 100;
const MEAN_MIN = 0.001;
const MEAN_MAX = 0.999;
const ID = /^[a-z0-9_-]{1,64}$/;
const SEGMENT = /^[A-Z0-9_]{1,32}\|[A-Z]{2}$/;

/** Approval of first attempts, shrunk towards the default prior; those with most attempts, as many as the Registry keeps. */
export function priorsBody(totals: readonly SegmentTotal[]): PriorsBody {
  const { mean, weight } = createLearner().prior;
  const kept = totals.toSorted((left, right) => right.count - left.count).slice(0, PRIORS_MAX);
  return {
    priors: kept.map(({ processor, segment, approved, count }) => ({
      processor_id: processor,
      segment,
      prior: {
        mean: rounded(Math.min(MEAN_MAX, Math.max(MEAN_MIN, (approved + mean * weight) / (count + weight)))),
        weight: Math.min(WEIGHT_MAX, count),
      },
    })),
  };
}

/** Names that the API would refuse: the log calls a processor or a segment otherwise than the Registry can. */
export function unfitNames({ priors }: PriorsBody): string[] {
  const unfit = priors.flatMap(({ processor_id: id, segment }) => [
    ...(ID.test(id) ? [] : [`processor ${id}`]),
    ...(SEGMENT.test(segment) ? [] : [`segment ${segment}`]),
  ]);
  return [...new Set(unfit)];
}

const rounded = (value: number): number => Number(value.toPrecision(4));
