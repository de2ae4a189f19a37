// Webhook sources and adapters as the API tells them: secrets go in and never come out.
import { z } from '@hono/zod-openapi';
import { asProcessorId } from '../../domain/identity.ts';
import type { AdapterDeclaration } from '../../ports/webhook-adapter.ts';
import type { SourceInput } from '../../flows/manage-sources.ts';
import { isStream } from '../../domain/configuration/stream-source.ts';
import type { WebhookSource } from '../../domain/configuration/webhook-source.ts';
import { listOf } from './lists.ts';
import { CountryText, IdText, MethodText, MomentOut, momentOf, momentOrNull } from './primitives.ts';

const SECRETS_MAX = 2;
const SecretText = z.string().min(1).max(512);
const Word = z.string().min(1).max(128);

export const SourceBody = z
  .strictObject({
    name: z.string().trim().min(1).max(200),
    adapter: IdText.openapi({ description: 'Id of an adapter of GET /api/v1/adapters', example: 'stripe' }),
    enabled: z.boolean().default(true),
    processor_id: IdText.nullable()
      .default(null)
      .openapi({ description: 'Whose results they are where the vendor names nobody' }),
    connectors: z
      .record(Word, IdText)
      .default({})
      .openapi({ description: "The vendor's names of processors, to ours", example: { adyen: 'processor_b' } }),
    segments: z
      .strictObject({
        payment_methods: z.record(Word, MethodText).default({}),
        payment_method_default: MethodText.nullable().default(null),
        country_default: CountryText.nullable().default(null),
      })
      .prefault({}),
    own: z
      .record(z.string(), z.unknown())
      .default({})
      .openapi({ description: "The adapter's own settings; a secret one that is left out stays as it is" }),
    secrets: listOf(SecretText, SECRETS_MAX)
      .optional()
      .openapi({ description: 'Newest first; left out: those it has stay. Never shown again' }),
  })
  .openapi('SourceInput', {
    example: { name: 'Stripe, live', adapter: 'stripe', processor_id: 'processor_a', secrets: ['whsec_...'] },
  });

export const SourceRotation = z
  .strictObject({
    secret: SecretText,
    overlap_seconds: z
      .number()
      .min(0)
      .max(2_592_000)
      .default(86_400)
      .openapi({ description: 'How long the one before it verifies beside it' }),
  })
  .openapi('SourceRotation', { example: { secret: 'whsec_...', overlap_seconds: 86_400 } });

export const SourceAnswer = z
  .object({
    id: z.string(),
    name: z.string(),
    adapter: z.string(),
    enabled: z.boolean(),
    processor_id: z.string().nullable(),
    connectors: z.record(z.string(), z.string()),
    segments: z.object({
      payment_methods: z.record(z.string(), z.string()),
      payment_method_default: z.string().nullable(),
      country_default: z.string().nullable(),
    }),
    own: z.record(z.string(), z.unknown()),
    secret_settings: z.array(z.string()).openapi({ description: 'Which of its own settings are kept sealed' }),
    secrets: z.array(z.object({ id: z.string(), created_at: MomentOut, expires_at: MomentOut.nullable() })),
    path: z.string().nullable().openapi({
      description: 'Where the sender sends to; `null`: it is read, and nothing is sent',
      example: '/webhooks/stripe',
    }),
    revision: z.int(),
    created_at: MomentOut,
    updated_at: MomentOut,
  })
  .openapi('Source');
export const SourceList = z.object({ sources: z.array(SourceAnswer), count: z.int() }).openapi('SourceList');

export const AdapterAnswer = z
  .object({
    id: z.string(),
    name: z.string(),
    signs: z.enum(['whole_body', 'fields', 'nothing']),
    signed_fields: z.array(z.string()),
    replay_window_seconds: z.number().nullable(),
    attempt_key: z.string(),
    join_field: z.object({ name: z.string(), characters_max: z.int() }).nullable(),
    needs_fetch: z.boolean(),
    reports_failures: z.boolean(),
    reliable_cancel: z.boolean(),
    answer_within_ms: z.int(),
    sources: z.array(z.string()).openapi({ description: 'What it was written from' }),
  })
  .openapi('Adapter');
export const AdapterList = z.object({ adapters: z.array(AdapterAnswer), count: z.int() }).openapi('AdapterList');

const lowerKeys = <Value>(record: Readonly<Record<string, Value>>): Record<string, Value> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name.toLowerCase(), value]));

export const sourceInputOf = (id: string, body: z.output<typeof SourceBody>): SourceInput => ({
  id,
  name: body.name,
  adapter: body.adapter,
  enabled: body.enabled,
  processorId: body.processor_id === null ? null : asProcessorId(body.processor_id),
  connectors: Object.fromEntries(
    Object.entries(lowerKeys(body.connectors)).map(([name, processor]) => [name, asProcessorId(processor)]),
  ),
  segments: {
    paymentMethods: lowerKeys(body.segments.payment_methods),
    paymentMethodDefault: body.segments.payment_method_default,
    countryDefault: body.segments.country_default,
  },
  own: body.own,
  secrets: body.secrets ?? null,
});

export const sourceJson = (source: WebhookSource): z.output<typeof SourceAnswer> => ({
  id: source.id,
  name: source.name,
  adapter: source.adapter,
  enabled: source.enabled,
  processor_id: source.processorId,
  connectors: { ...source.connectors },
  segments: {
    payment_methods: { ...source.segments.paymentMethods },
    payment_method_default: source.segments.paymentMethodDefault,
    country_default: source.segments.countryDefault,
  },
  own: { ...source.own },
  secret_settings: Object.keys(source.sealedOwn),
  secrets: source.secrets.map(({ id, createdAtMs, expiresAtMs }) => ({
    id,
    created_at: momentOf(createdAtMs),
    expires_at: momentOrNull(expiresAtMs),
  })),
  path: isStream(source) ? null : `/webhooks/${source.id}`,
  revision: source.revision,
  created_at: momentOf(source.createdAtMs),
  updated_at: momentOf(source.updatedAtMs),
});

export const adapterJson = (declaration: AdapterDeclaration): z.output<typeof AdapterAnswer> => ({
  id: declaration.id,
  name: declaration.name,
  signs: declaration.signs,
  signed_fields: [...declaration.signedFields],
  replay_window_seconds: declaration.replayWindowMs === null ? null : declaration.replayWindowMs / 1_000,
  attempt_key: declaration.attemptKey,
  join_field:
    declaration.joinField === null
      ? null
      : { name: declaration.joinField.name, characters_max: declaration.joinField.charactersMax },
  needs_fetch: declaration.needsFetch,
  reports_failures: declaration.reportsFailures,
  reliable_cancel: declaration.reliableCancel,
  answer_within_ms: declaration.answerWithinMs,
  sources: [...declaration.sources],
});
