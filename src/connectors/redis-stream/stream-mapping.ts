// The operator's word on how a stream's entries are to be read: which field means what, and which of the producer's words mean which event.
import { z } from 'zod';
import { ATTEMPT_EVENT_KINDS } from '../../domain/results/attempt-event.ts';

/** What an event is made of; each may be looked for in several places. */
export const MAPPED_FIELDS = [
  'eventId',
  'eventType',
  'kind',
  'attemptKey',
  'transactionId',
  'decisionToken',
  'connectorName',
  'paymentMethod',
  'country',
  'amount',
  'currency',
  'declineCode',
  'networkDeclineCode',
  'adviceCode',
  'network',
  'eventTime',
  'latencyMs',
  'fee',
  'credentialFingerprint',
  'issuerCountry',
] as const;
export type MappedField = (typeof MAPPED_FIELDS)[number];

/** Keys with dots between them, e.g. `metadata.order.id`; a text on the way that holds JSON is looked into. */
const Path = z.string().min(1).max(200);
const Word = z.string().min(1).max(100);
const lowerCased = <Value>(words: Readonly<Record<string, Value>>): Record<string, Value> =>
  Object.fromEntries(Object.entries(words).map(([word, value]) => [word.toLowerCase(), value]));

export const StreamMappingSchema = z.strictObject({
  /** Fields of the entry that may hold the whole event as JSON; the first that does is read, else the entry's own fields are the event. */
  payloadFields: z.array(Path).max(10).default([]),
  /** The first place that holds something is taken. */
  fields: z.partialRecord(z.enum(MAPPED_FIELDS), z.array(Path).min(1).max(10)),
  /** Left off the attempt key where it ends so: a source may name a payment's first attempt by one, and its refunds by the payment alone. */
  attemptKeyEnding: z.string().min(1).max(20).nullable().default(null),
  /** The producer's word for what happened, in any case, to ours; `ignored`: says nothing about an attempt. */
  kinds: z.record(Word, z.enum([...ATTEMPT_EVENT_KINDS, 'ignored'])).transform(lowerCased),
  /** Decline codes, in any case, of failures that are nobody's no: what happened then. */
  failureKinds: z.record(Word, z.enum(ATTEMPT_EVENT_KINDS)).transform(lowerCased).default({}),
  /** An entry where such a field holds such a text is ignored. */
  ignoredWhere: z.record(Path, z.string().max(100)).default({}),
  amountUnit: z.enum(['minor', 'major']),
  timeUnit: z.enum(['rfc3339', 's', 'ms', 'us', 'ns']),
  /** The producer's word for a payment method, in any case, to ours; others are taken as they are, in upper case. */
  paymentMethods: z.record(Word, Word).transform(lowerCased).default({}),
  paymentMethodDefault: Word.nullable().default(null),
  countryDefault: z
    .string()
    .regex(/^[A-Za-z]{2}$/)
    .nullable()
    .default(null),
});

export type StreamMapping = z.output<typeof StreamMappingSchema>;
