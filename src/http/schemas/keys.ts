// API keys as the API tells them: everything but the key itself, which is shown once.
import { z } from '@hono/zod-openapi';
import { type ApiKeyRecord, SCOPES } from '../../domain/configuration/configuration.ts';
import { listOf, WORDS_MAX } from './lists.ts';
import { MomentOut, momentOf, momentOrNull } from './primitives.ts';

const ScopeText = z.enum(SCOPES).openapi('Scope', { description: '`admin` implies all, `operate` implies `read`' });

export const KeyInput = z
  .strictObject({ name: z.string().trim().min(1).max(200), scopes: listOf(ScopeText, WORDS_MAX).min(1) })
  .openapi('KeyInput', { example: { name: 'checkout', scopes: ['route', 'ingest'] } });
export const RotateInput = z
  .strictObject({
    overlap_seconds: z
      .number()
      .min(0)
      .max(604_800)
      .default(300)
      .openapi({ description: 'How long the old key works beside the new one' }),
  })
  .openapi('KeyRotation');

export const KeyAnswer = z
  .object({
    id: z.string(),
    name: z.string(),
    scopes: z.array(ScopeText),
    created_at: MomentOut,
    expires_at: MomentOut.nullable(),
  })
  .openapi('Key');
export const KeyList = z.object({ keys: z.array(KeyAnswer), count: z.int() }).openapi('KeyList');
export const NewKey = z
  .object({
    key: KeyAnswer,
    secret: z.string().openapi({ description: 'The whole key, shown this once', example: 'sbx_...' }),
  })
  .openapi('NewKey');

export const keyJson = (key: ApiKeyRecord): z.output<typeof KeyAnswer> => ({
  id: key.id,
  name: key.name,
  scopes: [...key.scopes],
  created_at: momentOf(key.createdAtMs),
  expires_at: momentOrNull(key.expiresAtMs),
});
