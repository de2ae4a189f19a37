// A processor as the API tells it, and the way to and from the domain's own form.
import { z } from '@hono/zod-openapi';
import { asProcessorId } from '../../domain/identity.ts';
import {
  BREAKER_DEFAULTS,
  type BreakerOptions,
  type Fees,
  type ProcessorConfig,
} from '../../domain/processor-config.ts';
import { CODES_MAX, CURRENCIES_MAX, listOf } from './lists.ts';
import { CountryText, CurrencyText, IdText, MethodText, MinorUnits } from './primitives.ts';

const d = BREAKER_DEFAULTS;
/** AegisPay's names, and its defaults. */
const Breaker = z
  .strictObject({
    failureThreshold: z.number().default(d.failureThreshold),
    failureRateThreshold: z.number().default(d.failureRateThreshold),
    minimumVolume: z.number().default(d.minimumVolume),
    successThreshold: z.number().default(d.successThreshold),
    openTimeout: z.number().default(d.openTimeout).openapi({ description: 'Milliseconds in OPEN before probes' }),
    openTimeoutMax: z
      .number()
      .optional()
      .openapi({ description: 'Upper bound of openTimeout after relapses', example: d.openTimeoutMax }),
    halfOpenTimeout: z.number().default(d.halfOpenTimeout),
    halfOpenMaxAttempts: z.number().default(d.halfOpenMaxAttempts).openapi({ description: 'Permits out at once' }),
    adaptiveThresholds: z
      .boolean()
      .default(d.adaptiveThresholds)
      .openapi({ description: 'Accepted; superseded by the change detector' }),
    minHealthScore: z.number().default(d.minHealthScore),
  })
  .openapi('BreakerOptions', { description: 'Durations in milliseconds, rates 0-1' });

const FeeFields = {
  fixed_minor: MinorUnits.default(0),
  bps: z.number().default(0),
  on: z
    .enum(['attempt', 'approval'])
    .default('attempt')
    .openapi({ description: 'Whether it is owed for every attempt or only for an approved one' }),
  decline_minor: MinorUnits.default(0).openapi({ description: 'What a decline costs beside it' }),
};
const SegmentFee = z.strictObject({
  payment_method: MethodText,
  country: CountryText.nullable().default(null).openapi({ description: '`null`: in every country' }),
  ...FeeFields,
});
const AmountLimit = z.strictObject({
  currency: CurrencyText,
  min_minor: MinorUnits.default(0),
  max_minor: MinorUnits.nullable().default(null),
});
const CREDENTIAL_KINDS_MAX = 32;
const BACKUPS_MAX = 16;
const Fee = z.strictObject({ ...FeeFields, by_segment: listOf(SegmentFee, CODES_MAX).default([]) });

const fields = {
  enabled: z.boolean().default(true),
  payment_methods: listOf(MethodText, CODES_MAX),
  countries: listOf(CountryText, CODES_MAX),
  currencies: listOf(CurrencyText, CURRENCIES_MAX).nullable().default(null).openapi({ description: '`null`: any' }),
  amount_limits: listOf(AmountLimit, CURRENCIES_MAX).default([]),
  credential_kinds: listOf(z.string().toLowerCase(), CREDENTIAL_KINDS_MAX)
    .nullable()
    .default(null)
    .openapi({ description: 'e.g. `pan`, `network_token`; `null`: any' }),
  fee: Fee.prefault({}).openapi({
    description:
      'What it takes: `fixed_minor` plus `bps` of the amount; `by_segment`: where that differs. All zero: nobody told. Told fees make `learned` rank by net value.',
  }),
  max_tps: z.number().nullable().default(null),
  max_share: z.number().nullable().default(null),
  min_share: z.number().nullable().default(null),
  priority: z.int().default(100).openapi({ description: 'Order under `priority`, lower first' }),
  weight: z.number().default(1).openapi({ description: 'Relative weight under `split`' }),
  backups: listOf(IdText, BACKUPS_MAX)
    .default([])
    .openapi({ description: 'Who takes its place while it is out, in this order; empty: whoever is best' }),
  breaker: Breaker.optional(),
};
const NameText = z.string().min(1).max(200).openapi({ example: 'GlobalPay_BR' });

export const ProcessorInput = z
  .strictObject({ id: IdText.optional(), processor_id: IdText.optional(), name: NameText.optional(), ...fields })
  .openapi('ProcessorInput', {
    example: {
      id: 'processor_a',
      name: 'GlobalPay_BR',
      payment_methods: ['PIX', 'CARD'],
      countries: ['BR'],
      fee: { fixed_minor: 10, bps: 199 },
    },
  });
export type ProcessorInput = z.output<typeof ProcessorInput>;

export const ProcessorAnswer = z
  .object({ id: z.string(), processor_id: z.string(), name: z.string(), ...fields, breaker: Breaker })
  .openapi('Processor');
export const ProcessorList = z
  .object({ processors: z.array(ProcessorAnswer), count: z.int() })
  .openapi('ProcessorList');

export function processorOf(id: string, input: ProcessorInput): ProcessorConfig {
  return {
    id: asProcessorId(id),
    name: input.name ?? id,
    enabled: input.enabled,
    paymentMethods: input.payment_methods,
    countries: input.countries,
    currencies: input.currencies,
    amountLimits: input.amount_limits.map((limit) => ({
      currency: limit.currency,
      minMinor: limit.min_minor,
      maxMinor: limit.max_minor,
    })),
    credentialKinds: input.credential_kinds,
    ...feesOf(input.fee),
    segmentFees: input.fee.by_segment.map((fee) => ({
      paymentMethod: fee.payment_method,
      country: fee.country,
      ...feesOf(fee),
    })),
    maxTps: input.max_tps,
    maxShare: input.max_share,
    minShare: input.min_share,
    priority: input.priority,
    weight: input.weight,
    ...(input.backups.length > 0 && { backups: input.backups.map(asProcessorId) }),
    breaker: breakerOf(input.breaker),
  };
}

type FeeJson = Omit<z.output<typeof Fee>, 'by_segment'>;

const feesOf = (fee: FeeJson): Required<Fees> => ({
  feeFixedMinor: fee.fixed_minor,
  feeBps: fee.bps,
  feeOn: fee.on,
  declineFeeMinor: fee.decline_minor,
});

const feeJson = ({ feeFixedMinor, feeBps, feeOn = 'attempt', declineFeeMinor = 0 }: Fees): FeeJson => ({
  fixed_minor: feeFixedMinor,
  bps: feeBps,
  on: feeOn,
  decline_minor: declineFeeMinor,
});

/** A long open time alone must not contradict the default of its own upper bound. */
function breakerOf(input: z.output<typeof Breaker> | undefined): BreakerOptions {
  if (input === undefined) return BREAKER_DEFAULTS;
  return { ...input, openTimeoutMax: input.openTimeoutMax ?? Math.max(d.openTimeoutMax, input.openTimeout) };
}

export function processorJson(processor: ProcessorConfig): z.output<typeof ProcessorAnswer> {
  return {
    id: processor.id,
    processor_id: processor.id,
    name: processor.name,
    enabled: processor.enabled,
    payment_methods: [...processor.paymentMethods],
    countries: [...processor.countries],
    currencies: processor.currencies && [...processor.currencies],
    amount_limits: processor.amountLimits.map((limit) => ({
      currency: limit.currency,
      min_minor: limit.minMinor,
      max_minor: limit.maxMinor,
    })),
    credential_kinds: processor.credentialKinds && [...processor.credentialKinds],
    fee: {
      ...feeJson(processor),
      by_segment: (processor.segmentFees ?? []).map((fees) => ({
        payment_method: fees.paymentMethod,
        country: fees.country,
        ...feeJson(fees),
      })),
    },
    max_tps: processor.maxTps,
    max_share: processor.maxShare,
    min_share: processor.minShare,
    priority: processor.priority,
    weight: processor.weight,
    backups: [...(processor.backups ?? [])],
    breaker: { ...processor.breaker },
  };
}
