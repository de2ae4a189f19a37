// Sets what a payment's circumstances add to a processor's odds, or takes it back: whether such a change may be made, and what it makes of the processors.
import { AMOUNT_BANDS, type ContextEffects, HOUR_BANDS } from '../learning/context-effects.ts';
import { type FieldCheck, issuesOf, isWithin } from './field-check.ts';
import type { Issue } from './configuration-change.ts';
import type { ProcessorId } from '../identity.ts';
import type { RegisteredProcessor } from '../processor-config.ts';
import { serves } from './prior-change.ts';

export interface ContextChange {
  readonly processorId: ProcessorId;
  /** `null`: circumstances tell nothing again. */
  readonly context: ContextEffects | null;
}

/** Twenty to one: a stronger effect says that something else is the matter. */
export const EFFECT_MAX = 3;
/** They travel with the table to every isolate, and with calls to the processors' objects. */
export const CENTRES_MAX = 2_000;

export function checkContexts(changes: readonly ContextChange[], processors: readonly RegisteredProcessor[]): Issue[] {
  const byId = new Map(processors.map((processor) => [processor.id, processor]));
  const seen = new Set<ProcessorId>();
  return changes.flatMap(({ processorId, context }, index) => {
    const path = `contexts[${index}]`;
    const processor = byId.get(processorId);
    const checks: FieldCheck[] = [
      [processor !== undefined, `${path}.processor_id`, 'names a processor that is not registered'],
      [!seen.has(processorId), path, 'stands twice for this processor'],
    ];
    seen.add(processorId);
    if (context !== null && processor !== undefined) checks.push(...checksOf(context, processor, path));
    return issuesOf(checks);
  });
}

function checksOf(context: ContextEffects, processor: RegisteredProcessor, path: string): FieldCheck[] {
  const areEffects = (effects: readonly number[], bands: number): boolean =>
    (effects.length === 0 || effects.length === bands) &&
    effects.every((effect) => isWithin(effect, -EFFECT_MAX, EFFECT_MAX));
  const told = (bands: number): string => `must be none or ${bands} log odds of -${EFFECT_MAX} to ${EFFECT_MAX}`;
  const segments = context.centres.map(({ segment }) => segment);
  const means = context.centres.flatMap(({ amount, hour }) => [amount, hour]);
  return [
    [areEffects(context.amounts, AMOUNT_BANDS), `${path}.amounts`, told(AMOUNT_BANDS)],
    [areEffects(context.hours, HOUR_BANDS), `${path}.hours`, told(HOUR_BANDS)],
    [segments.length > 0, `${path}.centres`, 'must name the segments in which they hold'],
    [
      segments.every((segment) => serves(processor, segment)),
      `${path}.centres`,
      'names a segment that it does not serve',
    ],
    [new Set(segments).size === segments.length, `${path}.centres`, 'names a segment twice'],
    [
      means.every((mean) => isWithin(mean, -EFFECT_MAX, EFFECT_MAX)),
      `${path}.centres`,
      `must be log odds of -${EFFECT_MAX} to ${EFFECT_MAX}`,
    ],
  ];
}

export const centresCount = (processors: readonly RegisteredProcessor[]): number =>
  processors.reduce((count, { context }) => count + (context?.centres.length ?? 0), 0);

/** Only processors whose effects become others get the new revision. */
export function withContexts(
  processors: readonly RegisteredProcessor[],
  changes: readonly ContextChange[],
  revision: number,
): RegisteredProcessor[] {
  const said = new Map(changes.map(({ processorId, context }) => [processorId, context]));
  return processors.map((processor) => {
    const context = said.get(processor.id);
    if (context === undefined || isSameContext(processor.context ?? null, context)) return processor;
    return { ...bearing(processor, context), revision };
  });
}

/** A processor that is replaced or imported keeps its effects in the segments that it still serves. */
export function keepingContext(
  processor: RegisteredProcessor,
  before: RegisteredProcessor | undefined,
): RegisteredProcessor {
  const held = before?.context;
  if (held === undefined) return processor;
  const centres = held.centres.filter(({ segment }) => serves(processor, segment));
  if (centres.length === 0) return processor;
  return { ...processor, context: centres.length === held.centres.length ? held : { ...held, centres } };
}

function bearing(processor: RegisteredProcessor, context: ContextEffects | null): RegisteredProcessor {
  const { context: _former, ...bare } = processor;
  return context === null ? bare : { ...bare, context };
}

/** Plain numbers and names in one order. */
export const isSameContext = (one: ContextEffects | null, other: ContextEffects | null): boolean =>
  JSON.stringify(one && plain(one)) === JSON.stringify(other && plain(other));

const plain = ({ amounts, hours, centres }: ContextEffects) => [
  amounts,
  hours,
  centres.map(({ segment, amount, hour }) => [segment, amount, hour]),
];
