// How a scenario file may write a latency or a delay: a number, or a distribution by its usual names; all end as one of a few forms.
import { z } from 'zod';

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

/** Standard normal quantiles. */
const Z90 = 1.2815515655446004;
const Z95 = 1.6448536269514722;
const Z99 = 2.3263478740408408;

const NUMBERS = ['mean', 'median', 'p50', 'p90', 'p95', 'p99', 'sigma', 'from', 'to', 'min', 'max', 'value'] as const;
type Told = { readonly [Name in (typeof NUMBERS)[number]]?: number | undefined };
type Refuse = (field: string, message: string) => void;

const KINDS = ['constant', 'fixed', 'exponential', 'lognormal', 'log-normal', 'uniform'] as const;
const kind = z.enum(KINDS).optional();

function distribution(unit: string) {
  const number = z.number().min(0).optional();
  const numbers = Object.fromEntries(
    NUMBERS.flatMap((name) => [
      [name, number],
      [`${name}${unit}`, number],
    ]),
  );
  return z.strictObject({ ...numbers, distribution: kind, type: kind, kind });
}

interface Read {
  readonly kind: 'constant' | 'exponential' | 'lognormal' | 'uniform';
  readonly told: Told;
}

function readDistribution(given: Readonly<Record<string, unknown>>, unit: string): Read {
  const told = Object.fromEntries(NUMBERS.map((name) => [name, given[name] ?? given[`${name}${unit}`]])) as Told;
  const named = (given['distribution'] ?? given['type'] ?? given['kind']) as (typeof KINDS)[number] | undefined;
  if (named === 'log-normal' || named === 'lognormal') return { kind: 'lognormal', told };
  if (named === 'constant' || named === 'fixed') return { kind: 'constant', told };
  if (named !== undefined) return { kind: named, told };
  if (told.to !== undefined || told.max !== undefined) return { kind: 'uniform', told };
  if (told.value !== undefined) return { kind: 'constant', told };
  const isSpread = [told.p90, told.p95, told.p99, told.sigma].some((each) => each !== undefined);
  return { kind: isSpread || middleOf(told) !== undefined ? 'lognormal' : 'exponential', told };
}

const middleOf = ({ median, p50 }: Told): number | undefined => median ?? p50;

/** Without a spread of its own a lognormal's 99th percentile is ten times its median. */
const SIGMA_DEFAULT = Math.log(10) / Z99;

/** `null`: refused. */
function lognormalOf(
  told: Told,
  refuse: Refuse,
  sigmaDefault = SIGMA_DEFAULT,
): { median: number; sigma: number } | null {
  const upper = (
    [
      ['p99', Z99],
      ['p95', Z95],
      ['p90', Z90],
    ] as const
  ).find(([name]) => told[name] !== undefined);
  const middle = middleOf(told);
  if (upper !== undefined && middle !== undefined && told[upper[0]]! < middle) {
    refuse(upper[0], 'this percentile lies above the median');
    return null;
  }
  const sigma =
    told.sigma ??
    (upper !== undefined && middle !== undefined && middle > 0
      ? Math.log(told[upper[0]]! / middle) / upper[1]
      : sigmaDefault);
  const median = middle ?? (told.mean === undefined ? undefined : told.mean * Math.exp(-(sigma ** 2) / 2));
  if (median !== undefined) return { median, sigma };
  refuse('median', 'a number is wanted here: the median');
  return null;
}

function delayOf({ kind: shape, told }: Read, refuse: Refuse): ScenarioDelay | null {
  if (shape === 'constant') {
    const value = told.value ?? told.mean ?? middleOf(told);
    if (value === undefined) refuse('value', 'a number is wanted here');
    return value ?? null;
  }
  if (shape === 'exponential') {
    const middle = middleOf(told);
    const mean = told.mean ?? (middle === undefined ? undefined : middle / Math.LN2);
    if (mean !== undefined) return mean === 0 ? 0 : { distribution: 'exponential', mean };
    refuse('mean', 'a number is wanted here: the mean');
    return null;
  }
  if (shape === 'uniform') {
    const from = told.from ?? told.min ?? 0;
    const to = told.to ?? told.max;
    const field = told.max === undefined ? 'to' : 'max';
    if (to === undefined) refuse(field, 'a number is wanted here: the end of the range');
    else if (to <= from) refuse(field, 'the range is empty');
    return to === undefined || to <= from ? null : { distribution: 'uniform', from, to };
  }
  const read = lognormalOf(told, refuse);
  if (read === null) return null;
  const { median, sigma } = read;
  return median === 0 || sigma === 0
    ? median
    : { distribution: 'lognormal', median, p99: median * Math.exp(Z99 * sigma) };
}

export const delaySeconds = z.union([
  z.number().min(0),
  distribution('Seconds').transform((given, context): ScenarioDelay => {
    const refuse: Refuse = (field, message) => context.addIssue({ code: 'custom', path: [field], message });
    return delayOf(readDistribution(given, 'Seconds'), refuse) ?? z.NEVER;
  }),
]);

export const latencyMs = z.union([
  z
    .number()
    .min(0)
    .transform((medianMs): ScenarioLatency => ({ medianMs })),
  distribution('Ms').transform((given, context): ScenarioLatency => {
    const refuse: Refuse = (field, message) => context.addIssue({ code: 'custom', path: [field], message });
    const { kind: shape, told } = readDistribution(given, 'Ms');
    if (shape === 'uniform') {
      const delay = delayOf({ kind: shape, told }, refuse);
      // About a middle: a latency is log-normal here whatever its name.
      return delay === null || typeof delay === 'number' || delay.distribution !== 'uniform'
        ? z.NEVER
        : {
            medianMs: (delay.from + delay.to) / 2,
            sigma: Math.min(1, (delay.to - delay.from) / (delay.from + delay.to) / 2),
          };
    }
    if (shape === 'constant') {
      const value = delayOf({ kind: shape, told }, refuse);
      return typeof value === 'number' ? { medianMs: value, sigma: 0 } : z.NEVER;
    }
    const read = lognormalOf(
      shape === 'exponential' ? { ...told, median: middleOf(told) ?? told.mean } : told,
      refuse,
      LATENCY_SIGMA,
    );
    return read === null ? z.NEVER : { medianMs: read.median, sigma: read.sigma };
  }),
]);

/** Latencies are log-normal about their median with this deviation of the logarithm. */
export const LATENCY_SIGMA = 0.3;
