// Results as callers report them, and what becomes of each; every item is read on its own, so that a bad one harms no other.
import { z } from '@hono/zod-openapi';
import { API_RESULTS } from '../../domain/results/canonical-result.ts';
import { AMOUNT_MINOR_MAX } from '../../domain/results/money.ts';
import { ITEMS_MAX, LATENCY_MS_MAX } from '../input-bounds.ts';
import { AmountInput, CountryText, CurrencyText, MethodText, MinorUnits } from './primitives.ts';
import { healthFields } from './health.ts';

const Id = z.string().min(1).max(128);
const HISTORY = { description: 'For the history alone' };

export const TransactionInput = z
  .object({
    processor_id: z.string().min(1).max(64),
    result: z
      .enum(API_RESULTS, `must be one of ${API_RESULTS.join(', ')}`)
      .openapi({ description: '`timeout` means unknown, never failed' }),
    payment_method: MethodText,
    country: CountryText,
    amount: AmountInput.optional().openapi({ description: 'Major units, or send `amount_minor`', example: 150 }),
    amount_minor: MinorUnits.positive('must be above 0').max(AMOUNT_MINOR_MAX, 'is too large').optional(),
    currency: CurrencyText,
    transaction_id: Id.optional().openapi({ description: 'Your id of this attempt; makes a repeat harmless' }),
    decision_id: z
      .string()
      .optional()
      .openapi({ description: 'From the recommendation; a bad one never refuses the result' }),
    decline_code: z.string().max(64).optional(),
    latency_ms: z.number().min(0).max(LATENCY_MS_MAX).optional(),
    fee: AmountInput.optional().openapi({ description: 'What the attempt cost, in major units' }),
    timestamp: z
      .string('must be an RFC 3339 text')
      .max(64)
      .optional()
      .openapi({ format: 'date-time', description: 'RFC 3339 with a zone, at most 5 minutes ahead' }),
    attempt: z.int().min(1).max(1_000).default(1).openapi({ description: '1 for the first attempt of a payment' }),
    network: z.string().max(32).optional().openapi({ description: 'Card network; tells what its decline codes mean' }),
    network_decline_code: z.string().max(64).optional().openapi({
      description: "The network's code beside the processor's word",
    }),
    advice_code: z.string().max(64).optional().openapi({ description: 'Merchant advice code, e.g. Mastercard 03' }),
    processor_family: z.string().max(32).optional().openapi({
      description: 'Whose words the codes are, e.g. `adyen`',
    }),
    payment_id: Id.optional().openapi({
      description: 'With a fingerprint: which payment the attempt belongs to, for retry advice',
    }),
    bin: z
      .string()
      .regex(/^\d{6,8}$/, 'must be 6 to 8 digits')
      .optional()
      .openapi(HISTORY),
    issuer_country: CountryText.optional().openapi({
      description: "Of the card's issuer: some codes mean another thing in one region of the network",
    }),
    initiator: z.enum(['customer', 'merchant']).optional().openapi(HISTORY),
    three_ds: z.boolean().optional().openapi(HISTORY),
    credential_fingerprint: Id.optional().openapi({
      description: 'Stands for the card: its attempts count under the network ceilings of retry advice',
    }),
    customer_ref: Id.optional().openapi({ description: 'For the history alone, as a keyed hash' }),
  })
  .refine((item) => (item.amount === undefined) !== (item.amount_minor === undefined), {
    path: ['amount'],
    message: 'send exactly one of amount and amount_minor',
  })
  .openapi('Transaction', {
    example: {
      processor_id: 'processor_a',
      result: 'approved',
      payment_method: 'PIX',
      country: 'BR',
      amount: 150,
      currency: 'BRL',
      transaction_id: 'ord_1001-1',
    },
  });
export type TransactionInput = z.output<typeof TransactionInput>;

export const BatchInput = z
  .object({ transactions: z.array(TransactionInput).min(1).max(ITEMS_MAX) })
  .openapi('TransactionBatch');

const Warnings = z.array(
  z.enum(['decision_id_invalid', 'decision_id_expired', 'off_recommendation', 'card_number_hashed']),
);

export const TransactionAnswer = z
  .object({
    outcome: z.enum(['recorded', 'duplicate']),
    transaction_id: z.string(),
    warnings: Warnings,
    ...healthFields,
  })
  .openapi('TransactionAnswer', { description: "The processor's health after it, as in the seed" });

export const BatchAnswer = z
  .object({
    results: z.array(
      z
        .object({
          index: z.int(),
          outcome: z.enum(['recorded', 'duplicate', 'refused', 'not_recorded']),
          transaction_id: z.string().optional(),
          code: z.string().optional(),
          field: z.string().optional(),
          detail: z.string().optional(),
          warnings: Warnings.optional(),
        })
        .openapi('TransactionOutcome'),
    ),
    counts: z.object({ recorded: z.int(), duplicate: z.int(), refused: z.int(), not_recorded: z.int() }),
  })
  .openapi('BatchAnswer');

/** Documented as what it is, validated item by item: one bad result must not refuse the others of its batch. */
export const TransactionsInput = z.record(z.string(), z.unknown()).openapi('TransactionsInput', {
  oneOf: [{ $ref: '#/components/schemas/Transaction' }, { $ref: '#/components/schemas/TransactionBatch' }],
});
export const TransactionsAnswer = z.union([TransactionAnswer, BatchAnswer]).openapi('TransactionsAnswer');
