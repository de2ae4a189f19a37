// How a sender that nobody knows signs and speaks: header, algorithm, encoding, time, and where in its JSON each field of an attempt stands.
import { z } from 'zod';
import { ATTEMPT_EVENT_KINDS } from '../../domain/results/attempt-event.ts';
import { HMAC_ALGORITHMS } from '../hmac.ts';

const HeaderName = z.string().regex(/^[a-z0-9-]{1,64}$/, 'must be a header name in lower case');
const Key = z.string().min(1).max(64);

/** `data.attempt.id` or, where a key holds a dot, `['metadata', 'order.id']`; a number is a place in a list. */
const Path = z
  .union([z.string().min(1).max(256), z.array(Key).min(1).max(16)])
  .transform((path) => (typeof path === 'string' ? path.split('.') : path))
  .refine((keys) => keys.length <= 16 && keys.every((key) => key !== ''), 'must be keys with dots between them');

const Field = z.strictObject({ path: Path });
/** `values`: the sender's word, lower case, to ours. Words that are not in it are taken as they are. */
const Word = z.strictObject({ path: Path, values: z.record(z.string(), z.string().min(1).max(64)).default({}) });

const PLACEHOLDERS = ['{timestamp}', '{body}'];

const Timestamp = z.strictObject({
  header: HeaderName,
  unit: z.enum(['s', 'ms']).default('s'),
  /** What is signed, e.g. `{timestamp}.{body}`. */
  join: z
    .string()
    .max(64)
    .refine(
      (text) => PLACEHOLDERS.every((placeholder) => text.split(placeholder).length === 2),
      'must hold {timestamp} and {body} once each',
    )
    .default('{timestamp}.{body}'),
  window_seconds: z.int().min(1).max(3600).default(300),
});

const Signature = z.strictObject({
  header: HeaderName,
  algorithm: z.enum(HMAC_ALGORITHMS).default('sha256'),
  encoding: z.enum(['hex', 'base64']).default('hex'),
  /** Before the signature in its header, e.g. `sha256=`. */
  prefix: z.string().max(32).default(''),
  /** How the secret is written. */
  secret_encoding: z.enum(['text', 'hex', 'base64']).default('text'),
  /** `null`: the sender signs no time. */
  timestamp: Timestamp.nullable().default(null),
});

const Fields = z.strictObject({
  kind: z.strictObject({ path: Path, values: z.record(z.string(), z.enum(ATTEMPT_EVENT_KINDS)) }),
  attempt_key: Field,
  event_id: Field.optional(),
  event_type: Field.optional(),
  transaction_id: Field.optional(),
  decision_id: Field.optional(),
  processor: Word.optional(),
  payment_method: Word.optional(),
  country: Word.optional(),
  amount: z.strictObject({ path: Path, unit: z.enum(['minor', 'major']).default('minor') }).optional(),
  currency: Word.optional(),
  decline_code: Word.optional(),
  network_decline_code: Word.optional(),
  advice_code: Word.optional(),
  network: Word.optional(),
  event_time: z.strictObject({ path: Path, format: z.enum(['rfc3339', 's', 'ms']).default('rfc3339') }).optional(),
  latency_ms: Field.optional(),
  fee: z.strictObject({ path: Path, unit: z.enum(['minor', 'major']).default('minor') }).optional(),
  credential_fingerprint: Field.optional(),
});

export const customSettings = z.strictObject({
  signature: Signature,
  /** Where the list of events stands, in a body of several; without it the body is one event. */
  items: Path.optional(),
  fields: Fields,
});
export type CustomSettings = z.output<typeof customSettings>;
export type SignatureSettings = CustomSettings['signature'];
export type FieldSettings = CustomSettings['fields'];
