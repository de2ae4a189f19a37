// The events a sender of our own making writes: `{ type: 'attempt.declined', timestamp, data: {...} }`. Words are those of the transactions API.
import { z } from 'zod';
import { ATTEMPT_EVENT_KINDS, type AttemptEventKind } from '../../domain/results/attempt-event.ts';
import { ToldTime } from '../told-values.ts';
import { AttemptId, ToldCountry, ToldText } from '../wire.ts';

const PREFIX = 'attempt.';

/** `attempt.authorised` and so on; `null`: a type that says nothing about an attempt. */
export function kindOf(type: string): AttemptEventKind | null {
  return ATTEMPT_EVENT_KINDS.find((kind) => type === PREFIX + kind) ?? null;
}

const MinorUnits = z.int().min(0).nullable().default(null);

export const EventEnvelope = z.looseObject({ type: z.string().min(1).max(128) });

/** What is ours to define is held to: a misspelt amount is a dead letter, not an amount that nobody told. */
export const AttemptMessage = z.looseObject({
  /** RFC 3339 with a zone: when it happened. */
  timestamp: ToldTime.refine((time) => time !== null, 'must be RFC 3339 with a zone'),
  data: z.looseObject({
    /** One text for all events of one attempt. */
    attempt_id: AttemptId,
    transaction_id: AttemptId.nullable().default(null),
    decision_id: z
      .string()
      .regex(/^dec_[A-Za-z0-9_-]{60}$/)
      .nullable()
      .default(null),
    /** Which processor, where the source reports for several. */
    processor: ToldText,
    payment_method: z
      .string()
      .regex(/^[A-Za-z0-9_]{1,32}$/)
      .nullable()
      .default(null),
    country: ToldCountry,
    amount_minor: MinorUnits,
    currency: ToldText,
    decline_code: ToldText,
    network_decline_code: ToldText,
    advice_code: ToldText,
    network: ToldText,
    latency_ms: z.number().min(0).nullable().default(null),
    fee_minor: MinorUnits,
    credential_fingerprint: ToldText,
  }),
});
export type AttemptMessage = z.output<typeof AttemptMessage>;
