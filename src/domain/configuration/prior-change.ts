// Sets what posteriors begin with, or takes it back: whether such a change may be made, and what it makes of the processors.
import type { Issue } from './configuration-change.ts';
import type { LearnerPrior } from '../learning/posterior.ts';
import type { ProcessorConfig, RegisteredProcessor } from '../processor-config.ts';
import type { ProcessorId, SegmentKey } from '../identity.ts';
import type { SegmentPrior } from '../learning/segment-prior.ts';
import { issuesOf, isWithin, type FieldCheck } from './field-check.ts';
import { segmentKey } from '../segment.ts';

export interface PriorChange {
  readonly processorId: ProcessorId;
  readonly segment: SegmentKey;
  /** `null`: the default again. */
  readonly prior: LearnerPrior | null;
}

/** A mean at the very ends could never be wrong, and learns nothing. */
const MEAN_MIN = 0.001;
const MEAN_MAX = 0.999;
/** A heavier one would hide for too long that the world has changed. */
const WEIGHT_MAX = 1_000;
/** They travel with the table to every isolate. */
export const PRIORS_MAX = 5_000;

export function serves(processor: ProcessorConfig, segment: SegmentKey): boolean {
  return processor.paymentMethods.some((method) =>
    processor.countries.some((country) => segmentKey(method, country) === segment),
  );
}

export function checkPriors(changes: readonly PriorChange[], processors: readonly RegisteredProcessor[]): Issue[] {
  if (changes.length > PRIORS_MAX)
    return [{ field: 'priors', message: `must have at most ${PRIORS_MAX} entries, has ${changes.length}` }];
  const byId = new Map(processors.map((processor) => [processor.id, processor]));
  const seen = new Set<string>();
  return changes.flatMap(({ processorId, segment, prior }, index) => {
    const path = `priors[${index}]`;
    const processor = byId.get(processorId);
    const key = `${processorId} ${segment}`;
    const checks: FieldCheck[] = [
      [processor !== undefined, `${path}.processor_id`, 'names a processor that is not registered'],
      [processor === undefined || serves(processor, segment), `${path}.segment`, 'is not one this processor serves'],
      [!seen.has(key), path, 'stands twice for this processor and segment'],
    ];
    seen.add(key);
    if (prior !== null)
      checks.push(
        [
          isWithin(prior.mean, MEAN_MIN, MEAN_MAX),
          `${path}.prior.mean`,
          `must be ${MEAN_MIN}-${MEAN_MAX}: a probability of approval`,
        ],
        [
          prior.weight > 0 && prior.weight <= WEIGHT_MAX,
          `${path}.prior.weight`,
          `must be above 0 and at most ${WEIGHT_MAX} outcomes`,
        ],
      );
    return issuesOf(checks);
  });
}

/** Only processors whose priors become others get the new revision. */
export function withPriors(
  processors: readonly RegisteredProcessor[],
  changes: readonly PriorChange[],
  revision: number,
): RegisteredProcessor[] {
  return processors.map((processor) => {
    const own = changes.filter(({ processorId }) => processorId === processor.id);
    const priors = own.reduce<readonly SegmentPrior[]>(
      (held, { segment, prior }) => replaced(held, segment, prior),
      processor.priors ?? [],
    );
    return isSame(processor.priors ?? [], priors) ? processor : { ...seeded(processor, priors), revision };
  });
}

/** In its old place, or at the end. */
function replaced(
  held: readonly SegmentPrior[],
  segment: SegmentKey,
  prior: LearnerPrior | null,
): readonly SegmentPrior[] {
  const at = held.findIndex((entry) => entry.segment === segment);
  if (prior === null) return held.filter((entry) => entry.segment !== segment);
  const entry = { segment, mean: prior.mean, weight: prior.weight };
  return at === -1 ? [...held, entry] : held.with(at, entry);
}

/** A processor that is replaced or imported keeps its priors as far as it still serves their segments. */
export function keepingPriors(
  processor: RegisteredProcessor,
  before: RegisteredProcessor | undefined,
): RegisteredProcessor {
  return seeded(
    processor,
    (before?.priors ?? []).filter(({ segment }) => serves(processor, segment)),
  );
}

export const priorsCount = (processors: readonly RegisteredProcessor[]): number =>
  processors.reduce((count, { priors }) => count + (priors?.length ?? 0), 0);

function seeded(processor: RegisteredProcessor, priors: readonly SegmentPrior[]): RegisteredProcessor {
  const { priors: _former, ...bare } = processor;
  return priors.length === 0 ? bare : { ...bare, priors };
}

function isSame(one: readonly SegmentPrior[], other: readonly SegmentPrior[]): boolean {
  return (
    one.length === other.length &&
    one.every(({ segment, mean, weight }, index) => {
      const at = other[index];
      return at?.segment === segment && at.mean === mean && at.weight === weight;
    })
  );
}
