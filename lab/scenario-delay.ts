// How a scenario file may write a latency or a delay: a number, or a distribution by its usual names; all end as one of a few forms.
import { z } from 'zod';
import { fields } from './scenario-fields.ts';

export type ScenarioDelay =
  | number
  | { readonly distribution: 'exponential'; readonly mean: number }
  | { readonly distribution: 'lognormal'; readonly median: number; readonly p99: number }
  | { readonly distribution: 'uniform'; readonly from: number; readonly to: number };

/** The median, and the deviation of the logarithm if it is told. */
export interface ScenarioLatency {
  readonly medianMs: number;
  readonly sigma?: number;
}

/** Of a latency in ms or a delay in seconds. */
const TIME_MAX = 1e12;
/** Standard normal quantiles. */
const Z90 = 1.2815515655446004;
const Z95 = 1.6448536269514722;
const Z99 = 2.3263478740408408;

const NUMBERS = ['mean', 'median', 'p50', 'p90', 'p95', 'p99', 'sigma', 'from', 'to', 'min', 'max', 'value'] as const;
type NumberName = (typeof NUMBERS)[number];
type Told = { readonly [Name in NumberName]?: number | undefined };
type Refuse = (field: string, message: string) => void;

const KINDS = ['constant', 'fixed', 'exponential', 'lognormal', 'log-normal', 'uniform'] as const;
const kind = z.enum(KINDS).optional();
type Kind = 'constant' | 'exponential' | 'lognormal' | 'uniform';
const MEANT: Readonly<Record<(typeof KINDS)[number], Kind>> = {
  'constant': 'constant',
  'fixed': 'constant',
  'exponential': 'exponential',
  'lognormal': 'lognormal',
  'log-normal': 'lognormal',
  'uniform': 'uniform',
};
const NAMES_OF_KIND = ['distribution', 'type', 'kind'] as const;

/** Two names of one number, and what each kind is told by. */
const TWINS: readonly (readonly [NumberName, NumberName])[] = [
  ['median', 'p50'],
  ['from', 'min'],
  ['to', 'max'],
];
const NUMBERS_OF: Readonly<Record<Kind, readonly NumberName[]>> = {
  constant: ['value', 'mean', 'median'],
  exponential: ['mean', 'median'],
  lognormal: ['median', 'mean', 'p90', 'p95', 'p99', 'sigma'],
  uniform: ['from', 'to'],
};

function distribution(unit: string) {
  const number = z.number().min(0).max(TIME_MAX).optional();
  const numbers = Object.fromEntries(
    NUMBERS.flatMap((name) => [
      [name, number],
      [`${name}${unit}`, number],
    ]),
  );
  return fields({ ...numbers, distribution: kind, type: kind, kind });
}

interface Read {
  readonly kind: Kind;
  readonly told: Told;
  /** As the file calls it. */
  readonly written: (name: NumberName) => string;
}

/** `null`: refused. Nothing that is told is passed over: a second name must say the same, and each number must be one of its kind's. */
function readDistribution(given: Readonly<Record<string, unknown>>, unit: string, refuse: Refuse): Read | null {
  const names = new Map<NumberName, string>();
  const told: { [Name in NumberName]?: number } = {};
  for (const name of NUMBERS)
    for (const field of [name, `${name}${unit}`]) {
      const value = given[field] as number | undefined;
      const plain = TWINS.find(([, twin]) => twin === name)?.[0] ?? name;
      if (value === undefined) continue;
      if (told[plain] !== undefined && told[plain] !== value) {
        refuse(field, `${names.get(plain)} says another number`);
        return null;
      }
      if (told[plain] === undefined) names.set(plain, field);
      told[plain] = value;
    }
  const kinds = NAMES_OF_KIND.filter((field) => given[field] !== undefined);
  const named = kinds.map((field) => MEANT[given[field] as (typeof KINDS)[number]]);
  const other = kinds.find((_, index) => named[index] !== named[0]);
  if (other !== undefined) {
    refuse(other, `${kinds[0]} says another distribution`);
    return null;
  }
  const meant = named[0] ?? kindBy(told);
  const foreign = [...names.keys()].find((name) => !NUMBERS_OF[meant].includes(name));
  if (foreign !== undefined) {
    refuse(names.get(foreign)!, `no number of the ${meant} distribution that this is`);
    return null;
  }
  return { kind: meant, told, written: (name) => names.get(name) ?? name };
}

function kindBy(told: Told): Kind {
  if (told.from !== undefined || told.to !== undefined) return 'uniform';
  if (told.value !== undefined) return 'constant';
  return NUMBERS_OF.lognormal.some((name) => name !== 'mean' && told[name] !== undefined) ? 'lognormal' : 'exponential';
}

/** Without a spread of its own a lognormal's 99th percentile is ten times its median. */
const SIGMA_DEFAULT = Math.log(10) / Z99;

interface Lognormal {
  readonly median: number;
  readonly sigma: number;
}

const UPPER = [
  ['p90', Z90],
  ['p95', Z95],
  ['p99', Z99],
] as const;

/** `null`: refused. */
function lognormalOf({ told, written }: Read, refuse: Refuse, sigmaDefault = SIGMA_DEFAULT): Lognormal | null {
  const { mean, median, sigma } = told;
  const no = (name: NumberName, message: string): null => {
    refuse(written(name), message);
    return null;
  };
  const uppers = UPPER.filter(([name]) => told[name] !== undefined).map(([name, z]) => ({ name, z, at: told[name]! }));
  const disordered = uppers.find(({ at }, place) => at < (uppers[place - 1]?.at ?? median ?? 0));
  if (disordered !== undefined) return no(disordered.name, 'this percentile lies above the median and the lower ones');
  if (sigma !== undefined) {
    if ([mean, median, ...uppers].filter((each) => each !== undefined).length > 1)
      return no('sigma', 'with sigma one number more says all');
    if (mean !== undefined) return { median: mean * Math.exp(-(sigma ** 2) / 2), sigma };
    if (median !== undefined) return { median, sigma };
    const [upper] = uppers;
    return upper === undefined
      ? no('median', 'a number is wanted here: the median')
      : { median: upper.at * Math.exp(-sigma * upper.z), sigma };
  }
  if (mean !== undefined) return lognormalByMean({ mean, median, uppers, sigmaDefault }, no);
  if (median === undefined) return no('median', 'a number is wanted here: the median');
  if (uppers.length === 0) return { median, sigma: sigmaDefault };
  if (median === 0)
    return uppers.every(({ at }) => at === 0)
      ? { median: 0, sigma: 0 }
      : no(uppers[0]!.name, 'a log-normal about 0 has no spread');
  const [{ at, z }] = uppers as [(typeof uppers)[number]];
  if (uppers.length === 1) return { median, sigma: Math.log(at / median) / z };
  // More percentiles than it takes: the line through the median that fits them best.
  const weighed = uppers.reduce((sum, upper) => sum + upper.z * Math.log(upper.at / median), 0);
  return { median, sigma: weighed / uppers.reduce((sum, upper) => sum + upper.z ** 2, 0) };
}

interface ByMean {
  readonly mean: number;
  readonly median: number | undefined;
  readonly uppers: readonly { readonly name: NumberName; readonly z: number; readonly at: number }[];
  readonly sigmaDefault: number;
}

/** mean = median x exp(sigma^2/2). */
function lognormalByMean(
  { mean, median, uppers, sigmaDefault }: ByMean,
  no: (name: NumberName, message: string) => null,
): Lognormal | null {
  if (uppers.length + (median === undefined ? 0 : 1) > 1) return no('mean', 'with a mean one number more says all');
  const [upper] = uppers;
  if (median !== undefined)
    return median > 0 && mean >= median
      ? { median, sigma: Math.sqrt(2 * Math.log(mean / median)) }
      : no('mean', 'a log-normal’s mean is not below its median, which is above 0');
  if (upper === undefined) return { median: mean * Math.exp(-(sigmaDefault ** 2) / 2), sigma: sigmaDefault };
  const square = upper.z ** 2 - 2 * Math.log(upper.at / mean);
  if (mean === 0 || upper.at < mean || square < 0)
    return no(upper.name, 'no log-normal has this mean and this percentile');
  const sigma = upper.z - Math.sqrt(square);
  return { median: mean * Math.exp(-(sigma ** 2) / 2), sigma };
}

/** `null`: refused. */
function oneOf(names: readonly NumberName[], { told, written }: Read, refuse: Refuse): NumberName | null {
  const [first, second] = names.filter((name) => told[name] !== undefined);
  if (first === undefined) refuse(names[0]!, `a number is wanted here${names[0] === 'mean' ? ': the mean' : ''}`);
  else if (second !== undefined) refuse(written(second), `${written(first)} says it already`);
  return second === undefined ? (first ?? null) : null;
}

function delayOf(read: Read, refuse: Refuse): ScenarioDelay | null {
  const { kind: shape, told, written } = read;
  if (shape === 'constant') {
    const name = oneOf(NUMBERS_OF.constant, read, refuse);
    return name === null ? null : told[name]!;
  }
  if (shape === 'exponential') {
    const name = oneOf(NUMBERS_OF.exponential, read, refuse);
    if (name === null) return null;
    const mean = name === 'mean' ? told.mean! : told.median! / Math.LN2;
    return mean === 0 ? 0 : { distribution: 'exponential', mean };
  }
  if (shape === 'uniform') {
    const { from = 0, to } = told;
    if (to === undefined) refuse('to', 'a number is wanted here: the end of the range');
    else if (to <= from) refuse(written('to'), 'the range is empty');
    return to === undefined || to <= from ? null : { distribution: 'uniform', from, to };
  }
  const found = lognormalOf(read, refuse);
  if (found === null) return null;
  const { median, sigma } = found;
  return median === 0 || sigma === 0
    ? median
    : { distribution: 'lognormal', median, p99: median * Math.exp(Z99 * sigma) };
}

export const delaySeconds = z.union([
  z.number().min(0).max(TIME_MAX),
  distribution('Seconds').transform((given, context): ScenarioDelay => {
    const refuse: Refuse = (field, message) => context.addIssue({ code: 'custom', path: [field], message });
    const read = readDistribution(given, 'Seconds', refuse);
    return (read === null ? null : delayOf(read, refuse)) ?? z.NEVER;
  }),
]);

export const latencyMs = z.union([
  z
    .number()
    .min(0)
    .max(TIME_MAX)
    .transform((medianMs): ScenarioLatency => ({ medianMs })),
  distribution('Ms').transform((given, context): ScenarioLatency => {
    const refuse: Refuse = (field, message) => context.addIssue({ code: 'custom', path: [field], message });
    const read = readDistribution(given, 'Ms', refuse);
    return (read === null ? null : latencyOf(read, isNamed(given), refuse)) ?? z.NEVER;
  }),
]);

const isNamed = (given: Readonly<Record<string, unknown>>): boolean =>
  NAMES_OF_KIND.some((field) => given[field] !== undefined);

/** A latency is log-normal here whatever its name: with the mean and the deviation of what is told. */
function latencyOf(read: Read, isKindTold: boolean, refuse: Refuse): ScenarioLatency | null {
  if (read.kind === 'lognormal' || (read.kind === 'exponential' && !isKindTold)) {
    const found = lognormalOf(read, refuse, LATENCY_SIGMA);
    return found === null ? null : { medianMs: found.median, sigma: found.sigma };
  }
  const delay = delayOf(read, refuse);
  if (delay === null) return null;
  if (typeof delay === 'number') return { medianMs: delay, sigma: 0 };
  if (delay.distribution === 'lognormal') return { medianMs: delay.median };
  const [mean, deviation] =
    delay.distribution === 'exponential'
      ? [delay.mean, delay.mean]
      : [(delay.from + delay.to) / 2, (delay.to - delay.from) / Math.sqrt(12)];
  const sigma = Math.sqrt(Math.log(1 + (deviation / mean) ** 2));
  return { medianMs: mean * Math.exp(-(sigma ** 2) / 2), sigma };
}

/** Latencies are log-normal about their median with this deviation of the logarithm. */
export const LATENCY_SIGMA = 0.3;
