// Whether a processor may be registered as it is described; where it is used and what it costs is the merchant's business.
import type { AmountLimit, BreakerOptions, ProcessorConfig, SegmentFees } from '../processor-config.ts';
import type { Issue } from './configuration-change.ts';
import { checkCode, checkCodes, checkName, CODES, type FieldCheck, issuesOf, isWithin } from './field-check.ts';

/** One breaker, window and posterior each: what an object keeps in memory for a processor stays bounded. */
const SEGMENTS_MAX = 256;
const DAY_MS = 86_400_000;
const AMOUNT = 'must be a whole number of minor units, 0 or more';

/** `path` is empty or ends with a dot. */
export function checkProcessor(processor: ProcessorConfig, path: string): Issue[] {
  const { paymentMethods, countries, currencies, credentialKinds } = processor;
  return issuesOf([
    checkCode(processor.id, CODES.id, `${path}id`),
    checkName(processor.name, `${path}name`),
    ...checkCodes(paymentMethods, CODES.paymentMethod, { min: 1, max: SEGMENTS_MAX }, `${path}payment_methods`),
    ...checkCodes(countries, CODES.country, { min: 1, max: SEGMENTS_MAX }, `${path}countries`),
    [
      paymentMethods.length * countries.length <= SEGMENTS_MAX,
      `${path}payment_methods`,
      `payment methods x countries must be at most ${SEGMENTS_MAX}, is ${paymentMethods.length * countries.length}`,
    ],
    ...(currencies ? checkCodes(currencies, CODES.currency, { min: 1, max: 200 }, `${path}currencies`) : []),
    ...(credentialKinds
      ? checkCodes(credentialKinds, CODES.credentialKind, { min: 1, max: 32 }, `${path}credential_kinds`)
      : []),
    ...checkAmountLimits(processor.amountLimits, `${path}amount_limits`),
    ...checkShares(processor, path),
    [isMinor(processor.feeFixedMinor), `${path}fee_fixed_minor`, AMOUNT],
    [isWithin(processor.feeBps, 0, 10_000), `${path}fee_bps`, 'must be 0-10000'],
    [isMinor(processor.declineFeeMinor ?? 0), `${path}fee.decline_minor`, AMOUNT],
    ...checkSegmentFees(processor.segmentFees ?? [], `${path}fee.by_segment`),
    [Number.isSafeInteger(processor.priority), `${path}priority`, 'must be a whole number'],
    [isWithin(processor.weight, 0, 1_000_000), `${path}weight`, 'must be 0-1000000'],
    ...checkBreaker(processor.breaker, `${path}breaker.`),
  ]);
}

const isMinor = (amount: number): boolean => Number.isSafeInteger(amount) && amount >= 0;
const isCount = (value: number, max: number): boolean => Number.isSafeInteger(value) && isWithin(value, 1, max);

function checkAmountLimits(limits: readonly AmountLimit[], field: string): FieldCheck[] {
  if (limits.length > 200) return [[false, field, 'must have 0-200 entries']];
  return limits.flatMap(({ currency, minMinor, maxMinor }, index): FieldCheck[] => [
    checkCode(currency, CODES.currency, `${field}[${index}].currency`),
    [
      limits.findIndex((limit) => limit.currency === currency) === index,
      `${field}[${index}].currency`,
      'is named twice',
    ],
    [isMinor(minMinor), `${field}[${index}].min_minor`, AMOUNT],
    [maxMinor === null || isMinor(maxMinor), `${field}[${index}].max_minor`, AMOUNT],
    [maxMinor === null || !(maxMinor < minMinor), `${field}[${index}].max_minor`, 'must not be below min_minor'],
  ]);
}

function checkSegmentFees(all: readonly SegmentFees[], field: string): FieldCheck[] {
  if (all.length > SEGMENTS_MAX) return [[false, field, `must have 0-${SEGMENTS_MAX} entries`]];
  const nameOf = ({ paymentMethod, country }: SegmentFees): string => `${paymentMethod}|${country ?? ''}`;
  return all.flatMap((fees, index): FieldCheck[] => [
    checkCode(fees.paymentMethod, CODES.paymentMethod, `${field}[${index}].payment_method`),
    ...(fees.country === null ? [] : [checkCode(fees.country, CODES.country, `${field}[${index}].country`)]),
    [all.findIndex((other) => nameOf(other) === nameOf(fees)) === index, `${field}[${index}]`, 'is named twice'],
    [isMinor(fees.feeFixedMinor), `${field}[${index}].fixed_minor`, AMOUNT],
    [isWithin(fees.feeBps, 0, 10_000), `${field}[${index}].bps`, 'must be 0-10000'],
    [isMinor(fees.declineFeeMinor ?? 0), `${field}[${index}].decline_minor`, AMOUNT],
  ]);
}

function checkShares({ maxTps, maxShare, minShare }: ProcessorConfig, path: string): FieldCheck[] {
  return [
    [maxTps === null || (maxTps > 0 && maxTps <= 1_000_000), `${path}max_tps`, 'must be above 0 and at most 1000000'],
    // A share of 0 would be a second way to say `enabled: false`.
    [maxShare === null || (maxShare > 0 && maxShare <= 1), `${path}max_share`, 'must be above 0 and at most 1'],
    [minShare === null || isWithin(minShare, 0, 1), `${path}min_share`, 'must be 0-1'],
    [
      maxShare === null || minShare === null || !(minShare > maxShare),
      `${path}min_share`,
      'must not be above max_share',
    ],
  ];
}

function checkBreaker(breaker: BreakerOptions, path: string): FieldCheck[] {
  const duration = (name: 'openTimeout' | 'openTimeoutMax' | 'halfOpenTimeout'): FieldCheck => [
    isWithin(breaker[name], 100, DAY_MS),
    `${path}${name}`,
    'must be 100-86400000 ms',
  ];
  const count = (name: 'failureThreshold' | 'minimumVolume' | 'successThreshold'): FieldCheck => [
    isCount(breaker[name], 10_000),
    `${path}${name}`,
    'must be a whole number, 1-10000',
  ];
  return [
    count('failureThreshold'),
    count('minimumVolume'),
    count('successThreshold'),
    [isCount(breaker.halfOpenMaxAttempts, 1_000), `${path}halfOpenMaxAttempts`, 'must be a whole number, 1-1000'],
    [
      breaker.failureRateThreshold > 0 && breaker.failureRateThreshold <= 1,
      `${path}failureRateThreshold`,
      'must be above 0 and at most 1',
    ],
    duration('openTimeout'),
    duration('openTimeoutMax'),
    duration('halfOpenTimeout'),
    [!(breaker.openTimeoutMax < breaker.openTimeout), `${path}openTimeoutMax`, 'must not be below openTimeout'],
    [isWithin(breaker.minHealthScore, 0, 1), `${path}minHealthScore`, 'must be 0-1'],
  ];
}
