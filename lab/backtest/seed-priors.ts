// What a log says a posterior should begin with, as a body for POST /api/v1/ml/priors, under names that the API takes.
import { ANY_COUNTRY, ANY_METHOD, quoted } from './log-columns.ts';
import { PRIORS_MAX } from '../../src/domain/configuration/prior-change.ts';
import { segmentKey, segmentParts } from '../../src/domain/segment.ts';
import type { SegmentKey } from '../../src/domain/identity.ts';

export interface PriorsBody {
  readonly priors: readonly {
    readonly processor_id: string;
    readonly segment: string;
    readonly prior: { readonly mean: number; readonly weight: number };
  }[];
}

export interface SegmentLevel {
  readonly processor: string;
  readonly segment: SegmentKey;
  /** Approval at rest. */
  readonly level: number;
  /** First attempts. */
  readonly count: number;
}

/** However long the log: after a hundred results of its own a segment is believed as much as what it began with. */
const WEIGHT_MAX = 100;
const MEAN_MIN = 0.001;
const MEAN_MAX = 0.999;
const ID = /^(?=.*[a-z0-9])[a-z0-9_-]{1,64}$/;
const METHOD = /^(?=.*[A-Z0-9])[A-Z0-9_]{1,32}$/;
const COUNTRY = /^[A-Z]{2}$/;

/** How the priors call what the log calls otherwise, and what they have no name for. */
export interface PriorNames {
  readonly processors: ReadonlyMap<string, string>;
  readonly segments: ReadonlyMap<string, SegmentKey>;
  /** Sentences about those under another name. */
  readonly changed: readonly string[];
  /** Sentences about those that are left out. */
  readonly leftOut: readonly string[];
}

export function priorNames(processors: readonly string[], segments: readonly SegmentKey[]): PriorNames {
  const ids = named(processors, (name) => fit(plain(name).toLowerCase(), /[^a-z0-9_-]/g, ID));
  const keys = named(segments, segmentName);
  return {
    processors: ids.of,
    segments: keys.of,
    changed: [
      ...ids.changed.map(([from, to]) => `processor ${quoted(from)} is ${to}`),
      ...keys.changed.map(([from, to]) => `segment ${quoted(from)} is ${to}`),
    ],
    leftOut: [
      ...ids.nameless.map(
        (name) => `processor ${quoted(name)} has no letter a-z or digit of which an id could be made`,
      ),
      ...ids.shared.map((names) => `processors ${names.map(quoted).join(' and ')} would have the same id`),
      ...new Set(keys.nameless.map(namelessSegment)),
      ...keys.shared.map((names) => `segments ${names.map(quoted).join(' and ')} would have the same name`),
    ],
  };
}

/** Those with most attempts, as many as the Registry keeps. */
export function priorsBody(levels: readonly SegmentLevel[], { processors, segments }: PriorNames): PriorsBody {
  const priors = levels
    .toSorted((left, right) => right.count - left.count)
    .flatMap(({ processor, segment, level, count }) => {
      const [id, key] = [processors.get(processor), segments.get(segment)];
      if (id === undefined || key === undefined) return [];
      const mean = rounded(Math.min(MEAN_MAX, Math.max(MEAN_MIN, level)));
      return [{ processor_id: id, segment: key, prior: { mean, weight: Math.min(WEIGHT_MAX, count) } }];
    });
  return { priors: priors.slice(0, PRIORS_MAX) };
}

/** Names in the form that is wanted; two that would become one are left out, for nobody could tell them apart again. */
function named<Name extends string>(names: readonly string[], nameOf: (name: string) => Name | null) {
  const sharers = new Map<Name, string[]>();
  const nameless: string[] = [];
  for (const name of names) {
    const made = nameOf(name);
    if (made === null) nameless.push(name);
    else sharers.set(made, [...(sharers.get(made) ?? []), name]);
  }
  const alone = [...sharers].flatMap(([made, [name, ...others]]) =>
    others.length === 0 ? [[name!, made] as const] : [],
  );
  return {
    of: new Map(alone),
    changed: alone.filter(([name, made]) => name !== made),
    nameless,
    shared: [...sharers.values()].filter(({ length }) => length > 1),
  };
}

/** `null` where the log told no payment method, and for a country in other words than its two letters, which cannot be guessed. */
function segmentName(segment: string): SegmentKey | null {
  const { paymentMethod, country } = segmentParts(segment as SegmentKey);
  const method = paymentMethod === ANY_METHOD ? null : fit(plain(paymentMethod).toUpperCase(), /[^A-Z0-9_]/g, METHOD);
  return method === null || !COUNTRY.test(country) ? null : segmentKey(method, country);
}

function namelessSegment(segment: string): string {
  const { paymentMethod, country } = segmentParts(segment as SegmentKey);
  if (paymentMethod === ANY_METHOD || country === ANY_COUNTRY)
    return 'attempts of which the log does not tell both payment_method and country belong to no segment that the API knows';
  if (!COUNTRY.test(country)) return `country ${quoted(country)} is no code of two letters, such as BR`;
  return `payment method ${quoted(paymentMethod)} has no letter A-Z or digit of which a name could be made`;
}

/** Accents taken off: Itaú is Itau. */
const plain = (name: string): string => name.normalize('NFKD').replace(/\p{M}/gu, '');

function fit(name: string, unfit: RegExp, wanted: RegExp): string | null {
  const made = name.replace(unfit, '_');
  return wanted.test(made) ? made : null;
}

const rounded = (value: number): number => Number(value.toPrecision(4));
