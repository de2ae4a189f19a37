// The retry policy as the API tells it: what an operator has said, and what holds, each figure with its bounds and source.
import { z } from '@hono/zod-openapi';
import { asProcessorId } from '../../domain/identity.ts';
import { CEILING_IDS, type CeilingId } from '../../domain/retries/ceiling-ids.ts';
import type { CeilingFigures, RetrySettings } from '../../domain/configuration/retry-settings.ts';
import { DEFAULT_RETRY_POLICY } from '../../domain/retries/retry-policy.ts';
import {
  effectiveCeilings,
  policySet,
  SETTABLE_FIGURES,
  WITHOUT_ADVICE_SOURCE,
} from '../../domain/retries/settable-figures.ts';
import { IdText } from './primitives.ts';
import { listOf, PROCESSORS_MAX } from './lists.ts';

const figure = (description: string) => z.int().nullable().default(null).openapi({ description });
const ceiling = z.int().nullable().default(null);
const Ceilings = z
  .strictObject({
    visa_reattempts_30d: ceiling.openapi({ description: 'Ours is 15, Visa allows 20' }),
    mastercard_declines_24h: ceiling.openapi({ description: 'Ours is 7, Mastercard allows 9' }),
    mastercard_same_amount_30d: ceiling.openapi({ description: 'Mastercard allows 34' }),
    other_reattempts_30d: ceiling.openapi({ description: 'At most 15' }),
  } satisfies Record<CeilingId, unknown>)
  .openapi('RetryCeilings');

export const RetryPolicyInput = z
  .strictObject({
    ceilings: Ceilings.prefault({}),
    acquirers: listOf(z.strictObject({ processor_id: IdText, ceilings: Ceilings }), PROCESSORS_MAX)
      .default([])
      .openapi({ description: 'What an acquirer charges for earlier; counts where it is less' }),
    hops_max: figure('Changes of processor within one payment'),
    technical_retries_max: figure('Technical failures of one payment that are answered by another attempt'),
    max_retry_attempts: z
      .int()
      .min(0)
      .max(10)
      .optional()
      .openapi({ description: "APOS's name for `technical_retries_max`, which must be left out then" }),
    retries_without_advice: z.boolean().nullable().default(null).openapi({
      description: 'Also retries an issuer decline that came without advice of network or processor',
    }),
    later_wait_seconds: figure('Of a soft decline that named no time of its own'),
    later_spread_seconds: figure('Added to waits by lot, so that a batch does not come back at once'),
    reconcile_wait_seconds: figure('How long the outcome of an attempt may take before it is asked for'),
    checkout_wait_max_seconds: figure('A wait up to it is answered with `retry_now`'),
  })
  .refine(({ technical_retries_max: ours, max_retry_attempts: theirs }) => ours === null || theirs === undefined, {
    path: ['max_retry_attempts'],
    message: 'must be left out where technical_retries_max is given',
  })
  .openapi('RetryPolicyInput', {
    example: { ceilings: { visa_reattempts_30d: 20 }, technical_retries_max: 1, retries_without_advice: true },
  });
type RetryPolicyInput = z.output<typeof RetryPolicyInput>;

const Source = z.string().openapi({ description: 'What the bound rests on' });
const isSet = z.boolean().openapi({ description: 'False: our own figure' });

export const RetryPolicyAnswer = z
  .object({
    settings: RetryPolicyInput.openapi({ description: 'What was said, as PUT takes it; `null`: not said' }),
    ceilings: z.array(
      z.object({
        rule_id: z.enum(CEILING_IDS),
        value: z.int(),
        is_set: isSet,
        default: z.int(),
        most: z.int(),
        window_seconds: z.int(),
        edition: z.string(),
        source: Source,
        acquirers: z.array(z.object({ processor_id: z.string(), value: z.int() })),
      }),
    ),
    figures: z.array(
      z.object({
        name: z.string().openapi({ example: 'hops_max' }),
        value: z.int(),
        is_set: isSet,
        default: z.int(),
        least: z.int(),
        most: z.int(),
        source: Source,
      }),
    ),
    retries_without_advice: z.object({ value: z.boolean(), is_set: isSet, default: z.boolean(), source: Source }),
  })
  .openapi('RetryPolicy');

export const RetryPolicyPut = RetryPolicyAnswer.extend({ dry_run: z.boolean() }).openapi('RetryPolicyPut');

const inMs = (seconds: number | null): number | null => (seconds === null ? null : seconds * 1_000);
const inSeconds = (ms: number | null): number | null => (ms === null ? null : ms / 1_000);

export function retrySettingsOf(input: RetryPolicyInput): RetrySettings {
  return {
    ceilings: input.ceilings,
    acquirers: input.acquirers.map(({ processor_id: id, ceilings }) => ({ processorId: asProcessorId(id), ceilings })),
    hopsMax: input.hops_max,
    technicalRetriesMax: input.max_retry_attempts ?? input.technical_retries_max,
    retriesWithoutAdvice: input.retries_without_advice,
    laterWaitMs: inMs(input.later_wait_seconds),
    laterSpreadMs: inMs(input.later_spread_seconds),
    reconcileWaitMs: inMs(input.reconcile_wait_seconds),
    checkoutWaitMaxMs: inMs(input.checkout_wait_max_seconds),
  };
}

const ceilingsJson = (figures: CeilingFigures): z.output<typeof Ceilings> => ({ ...figures });

export function retrySettingsJson(settings: RetrySettings): RetryPolicyInput {
  return {
    ceilings: ceilingsJson(settings.ceilings),
    acquirers: settings.acquirers.map(({ processorId, ceilings }) => ({
      processor_id: processorId,
      ceilings: ceilingsJson(ceilings),
    })),
    hops_max: settings.hopsMax,
    technical_retries_max: settings.technicalRetriesMax,
    retries_without_advice: settings.retriesWithoutAdvice,
    later_wait_seconds: inSeconds(settings.laterWaitMs),
    later_spread_seconds: inSeconds(settings.laterSpreadMs),
    reconcile_wait_seconds: inSeconds(settings.reconcileWaitMs),
    checkout_wait_max_seconds: inSeconds(settings.checkoutWaitMaxMs),
  };
}

/** Of this moment: an edition of a network's rules may change what holds. */
export function retryPolicyJson(settings: RetrySettings, now: number): z.output<typeof RetryPolicyAnswer> {
  const policy = policySet(settings);
  return {
    settings: retrySettingsJson(settings),
    ceilings: effectiveCeilings(settings, now).map(({ id, edition, windowMs, max, isSet: said, atAcquirers }) => ({
      rule_id: id,
      value: max,
      is_set: said,
      default: edition.defaultMax,
      most: edition.hardMax,
      window_seconds: windowMs / 1_000,
      edition: edition.edition,
      source: edition.source,
      acquirers: atAcquirers.map((each) => ({ processor_id: each.processorId, value: each.max })),
    })),
    figures: SETTABLE_FIGURES.map(({ key, name, unit, least, most, source }) => ({
      name,
      value: policy[key] / unit,
      is_set: settings[key] !== null,
      default: DEFAULT_RETRY_POLICY[key] / unit,
      least,
      most,
      source,
    })),
    retries_without_advice: {
      value: policy.retriesWithoutAdvice,
      is_set: settings.retriesWithoutAdvice !== null,
      default: DEFAULT_RETRY_POLICY.retriesWithoutAdvice,
      source: WITHOUT_ADVICE_SOURCE,
    },
  };
}
