// The attempt that just ended and what to do now, as the API tells them.
import { z } from '@hono/zod-openapi';
import { AMOUNT_MINOR_MAX } from '../../domain/results/money.ts';
import { CEILING_IDS } from '../../domain/retries/ceiling-ids.ts';
import { TOLD_RESULTS } from '../../domain/retries/told-attempt.ts';
import { AmountInput, CountryText, CurrencyText, IdText, MethodText, MinorUnits, MomentOut } from './primitives.ts';
import { listOf, PROCESSORS_MAX } from './lists.ts';

const Id = z.string().min(1).max(128);
const Code = z.string().min(1).max(64);

export const NextBody = z
  .strictObject({
    processor_id: IdText,
    transaction_id: Id.openapi({ description: 'Your id of the attempt that ended' }),
    payment_id: Id.optional().openapi({
      description:
        'Of the payment that the attempt belongs to: with it attempts, changes of processor and approvals are counted for you',
    }),
    result: z.enum(TOLD_RESULTS, `must be one of ${TOLD_RESULTS.join(', ')}`).openapi({
      description:
        '`timeout`: sent, and nobody can say. `error`: it failed and nothing was charged for certain. `not_sent`: it never left the processor. `voided`: cancelled, and the cancel is confirmed. `refunded`: all of it was given back. Both end an alert of a double charge',
    }),
    decline_code: Code.optional().openapi({
      description: "The processor's word, or the network's code",
      example: '51',
    }),
    network_decline_code: Code.optional().openapi({ description: "The network's code beside the processor's word" }),
    advice_code: Code.optional().openapi({ description: 'Merchant advice code, e.g. Mastercard 03', example: '03' }),
    network: z.string().min(1).max(32).optional().openapi({
      example: 'visa',
      description: "Left out, a card is held to Visa's and Mastercard's rules at once",
    }),
    processor_family: z.string().min(1).max(32).optional().openapi({
      example: 'adyen',
      description: 'Whose words the codes are; left out: those of the only source registered for the processor, if any',
    }),
    issuer_country: CountryText.optional().openapi({
      description: "Of the card's issuer: some codes mean another thing in one region of the network",
    }),
    payment_method: MethodText,
    country: CountryText,
    amount: AmountInput.optional().openapi({ description: 'Major units, or send `amount_minor`', example: 150 }),
    amount_minor: MinorUnits.positive('must be above 0').max(AMOUNT_MINOR_MAX, 'is too large').optional(),
    currency: CurrencyText,
    timestamp: z.string('must be an RFC 3339 text').max(64).optional().openapi({
      format: 'date-time',
      description: 'When the attempt was made; left out: now',
    }),
    credential_fingerprint: Id.optional().openapi({
      description:
        'Stands for the card, the same at every processor; never its number. Without it no issuer decline of a card is retried',
    }),
    credential: z
      .strictObject({
        kind: z.enum(['card', 'network_token', 'device_token', 'processor_token', 'none']),
        cryptogram: z.enum(['fresh', 'used', 'not_needed']).default('used').openapi({
          description: 'Of a network or device token: whether another attempt has one of its own',
        }),
      })
      .default({ kind: 'card', cryptogram: 'used' })
      .openapi({ description: '`none`: not a card (PIX, OXXO, ...)' }),
    three_ds: z.boolean().optional(),
    auth: z
      .strictObject({
        portable: z.boolean().openapi({ description: 'Its result can be sent to another processor' }),
      })
      .optional()
      .openapi({ description: 'Of the 3-D Secure that was run for this payment; left out: none was' }),
    attempt: z.int().min(1).max(1_000).default(1).openapi({ description: 'Attempts made, this one included' }),
    hops: z.int().min(0).max(1_000).default(0).openapi({ description: 'Changes of processor so far' }),
    remedied: z
      .strictObject({ data: z.boolean().default(false), customer: z.boolean().default(false) })
      .default({ data: false, customer: false })
      .openapi({ description: 'Done since the attempt ended: data corrected, the customer has acted' }),
    next_transaction_id: Id.optional().openapi({
      description:
        'Your id of the attempt to come: its result takes the slot that is held for it. Left out, the next attempt of the `payment_id` at that processor takes it; without both the slot is held until it lapses or is released',
    }),
    eligible_processors: listOf(IdText, PROCESSORS_MAX).optional(),
    bin: z
      .string()
      .regex(/^\d{6,8}$/, 'must be 6 to 8 digits')
      .optional(),
    customer_ref: Id.optional(),
    force: z.boolean().default(false).openapi({
      description:
        'Insists on another attempt while the outcome is unknown: refused with 409 unless `override` says why',
    }),
    override: z
      .strictObject({ why: z.string().trim().min(1).max(500) })
      .optional()
      .openapi({
        description: 'For an unknown outcome alone; goes to the audit log, and the customer may be charged twice',
      }),
  })
  .refine(({ transaction_id: ended, next_transaction_id: next }) => ended !== next, {
    path: ['next_transaction_id'],
    message: 'must be another id than transaction_id: each attempt has an id of its own',
  })
  .refine((asked) => (asked.amount === undefined) !== (asked.amount_minor === undefined), {
    path: ['amount'],
    message: 'send exactly one of amount and amount_minor',
  })
  .openapi('NextQuestion', {
    example: {
      processor_id: 'processor_a',
      transaction_id: 'ord_1001-1',
      payment_id: 'ord_1001',
      result: 'error',
      payment_method: 'CARD',
      country: 'BR',
      amount: 150,
      currency: 'BRL',
      network: 'visa',
      credential_fingerprint: 'fp_7Jq2',
      next_transaction_id: 'ord_1001-2',
    },
  });
export type NextBody = z.output<typeof NextBody>;

export const ReleaseBody = z
  .strictObject({
    reservation_id: z.string().min(1).max(1_024).openapi({ description: 'As it was answered' }),
    credential_fingerprint: Id.optional().openapi({ description: 'As it was asked with' }),
    payment_id: Id.optional().openapi({ description: 'As it was asked with' }),
  })
  .refine(
    ({ credential_fingerprint: fingerprint, payment_id: paymentId }) =>
      fingerprint !== undefined || paymentId !== undefined,
    { path: ['credential_fingerprint'], message: 'send credential_fingerprint, or payment_id where there is none' },
  )
  .openapi('SlotRelease', {
    example: { reservation_id: 'ask_9f2c:processor_a:ord_1001-1', credential_fingerprint: 'fp_7Jq2' },
  });

export const ReleaseAnswer = z
  .object({ released: z.boolean().openapi({ description: '`false`: no such slot was held any more' }) })
  .openapi('SlotReleased');

export const NextAnswerBody = z
  .object({
    action: z
      .enum(['retry_now', 'retry_later', 'reconcile', 'void_then_retry', 'fix_data', 'customer_action', 'stop'])
      .openapi({
        description:
          '`retry_later`: ask again under the same Idempotency-Key when `not_before` has come. `reconcile`: find out what became of the attempt before anything is sent',
      }),
    processor: z.string().nullable().openapi({ description: 'Where the next attempt goes, or whom to ask' }),
    transaction_id: z.string().nullable().openapi({
      description:
        'With `reconcile` and `void_then_retry`: the attempt to ask about or to cancel, which may be another one of the payment than that told',
    }),
    alternatives: z.array(z.string()),
    not_before: MomentOut.nullable(),
    use_by: MomentOut.nullable().openapi({
      description: 'An attempt that has not begun by then must be asked for again',
    }),
    rule_id: z.string(),
    ceiling: z
      .object({
        rule_id: z.enum(CEILING_IDS),
        edition: z.string(),
        window_seconds: z.int(),
        max: z.int(),
        used: z.int(),
        left: z.int(),
      })
      .nullable()
      .openapi({
        description:
          'The network ceiling that leaves the least room, before the next attempt; `null`: none holds, or no credential was told',
      }),
    hops: z.object({ made: z.int(), max: z.int() }),
    double_charge_risk: z.boolean(),
    explanation: z.string(),
    decision_id: z.string().nullable().openapi({ description: 'Send it back with the result of the next attempt' }),
    reservation_id: z.string().nullable().openapi({ description: 'The slot that is held for the next attempt' }),
    repeated: z.boolean().openapi({
      description: 'The same question was told this before: whoever asked then may have sent the attempt already',
    }),
    processors_excluded: z.array(z.object({ processor_id: z.string(), rule_id: z.string() })),
    warnings: z
      .array(
        z.enum([
          'ledger_unreachable',
          'unknown_not_recorded',
          'attempt_not_watched',
          'payment_not_remembered',
          'card_number_hashed',
        ]),
      )
      .openapi({
        description:
          '`unknown_not_recorded`: the attempt is unknown and its processor could not be told: report it with POST /api/v1/transactions. `attempt_not_watched`: its processor could not be asked whether it was approved after all, and will not tell of it later; or the same of the attempt that was promised. `payment_not_remembered`: neither `payment_id` nor `credential_fingerprint` is known, so nothing keeps it from being charged twice',
      }),
  })
  .openapi('NextAnswer');
