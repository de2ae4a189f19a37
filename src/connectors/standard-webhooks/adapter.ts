// Standard Webhooks: for senders of the merchant's own, in our words, signed as standardwebhooks.com specifies.
import { z } from 'zod';
import type { AttemptEventKind } from '../../domain/results/attempt-event.ts';
import type { Delivery, Reading, SourceSettings, WebhookAdapter } from '../../ports/webhook-adapter.ts';
import { secretFaults, shapeFaults } from '../settings-faults.ts';
import { attemptEvent, methodOf, moneyOf } from '../told-event.ts';
import { ignored, jsonOf, misshapen, NOTHING, unreadable } from '../wire.ts';
import { isSecret, REPLAY_WINDOW_MS, verifySignature } from './signature.ts';
import { AttemptMessage, EventEnvelope, kindOf } from './wire-schema.ts';

const settingsSchema = z.strictObject({});

export const adapter: WebhookAdapter = {
  declaration: {
    id: 'standard-webhooks',
    name: 'Standard Webhooks',
    sources: ['standard-webhooks/standard-webhooks spec and JavaScript library 1.1.1, read 2026-11'],
    signs: 'whole_body',
    signedFields: ['webhook-id', 'webhook-timestamp', 'body'],
    unsignedDetails: [],
    replayWindowMs: REPLAY_WINDOW_MS,
    attemptKey: 'data.attempt_id',
    joinField: { name: 'data.decision_id, data.transaction_id', charactersMax: 128 },
    needsFetch: false,
    reportsFailures: true,
    reliableCancel: false,
    answerWithinMs: 15_000,
  },
  settingsFaults: (own, secrets) => [
    ...shapeFaults(settingsSchema, own),
    ...secretFaults(secrets, isSecret, 'must be whsec_ and base64 of 24 to 64 bytes'),
  ],
  verify: (delivery, settings) => Promise.resolve(verifySignature(delivery, settings)),
  read: (delivery, settings) => Promise.resolve(read(delivery, settings)),
  acknowledge: () => ({ status: 204, body: '', contentType: 'text/plain; charset=utf-8' }),
};

function read(delivery: Delivery, settings: SourceSettings): Reading {
  const json = jsonOf(delivery.rawBody);
  if (!json.ok) return unreadable('not_json', null, null);
  const envelope = EventEnvelope.safeParse(json.value);
  if (!envelope.success) return misshapen(envelope.error, json.value);
  const { type } = envelope.data;
  const kind = kindOf(type);
  if (kind === null) return ignored(type);
  const parsed = AttemptMessage.safeParse(json.value);
  if (!parsed.success) return misshapen(parsed.error, json.value);
  return readAttempt({ type, kind }, parsed.data, { delivery, settings });
}

interface Context {
  readonly delivery: Delivery;
  readonly settings: SourceSettings;
}

function readAttempt(
  { type, kind }: { readonly type: string; readonly kind: AttemptEventKind },
  message: AttemptMessage,
  { delivery, settings }: Context,
): Reading {
  const { data } = message;
  const event = attemptEvent(
    { eventType: type, kind, attemptKey: data.attempt_id },
    {
      ...moneyOf(data.amount_minor, data.currency, {}),
      eventId: delivery.headers.get('webhook-id') ?? null,
      eventTimeMs: message.timestamp,
      transactionId: data.transaction_id,
      decisionToken: data.decision_id,
      connectorName: data.processor,
      paymentMethod: methodOf(data.payment_method, settings.segments, {}),
      country: data.country ?? settings.segments.countryDefault,
      declineCode: data.decline_code,
      networkDeclineCode: data.network_decline_code,
      adviceCode: data.advice_code,
      network: data.network?.toLowerCase() ?? null,
      latencyMs: data.latency_ms,
      feeMinor: data.fee_minor,
      credentialFingerprint: data.credential_fingerprint,
    },
  );
  return { ...NOTHING, events: [event] };
}
