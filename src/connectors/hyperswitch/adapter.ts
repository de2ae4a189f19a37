// Hyperswitch's outgoing webhooks: one source for all the processors it calls, named by `connector`.
import { z } from 'zod';
import type { WebhookAdapter } from '../../ports/webhook-adapter.ts';
import { verifyBodySignature } from '../body-signature.ts';
import { secretFaults, shapeFaults } from '../settings-faults.ts';
import { jsonOf, unreadable } from '../wire.ts';
import { readEvent } from './attempt-events.ts';

const settingsSchema = z.strictObject({});

export const adapter: WebhookAdapter = {
  declaration: {
    id: 'hyperswitch',
    name: 'Hyperswitch',
    sources: [
      'docs.hyperswitch.io, Webhooks (juspay/hyperswitch-docs at 6d81693, 2026-08-20), read 2026-11-21',
      'Hyperswitch API reference v1: OutgoingWebhook, EventType, PaymentsResponse, RefundResponse, DisputeResponse, read 2026-11-21',
      'juspay/hyperswitch: outgoing webhooks time out after 5 s; a connector that does not answer is error code TIMEOUT; read 2026-11-21',
    ],
    signs: 'whole_body',
    signedFields: [],
    unsignedDetails: [],
    replayWindowMs: null,
    attemptKey: 'content.object.payment_id, with _<attempt_count> from the second attempt on',
    joinField: {
      name: 'content.object.metadata.signalbox_decision, content.object.metadata.signalbox_transaction',
      charactersMax: 500,
    },
    needsFetch: false,
    reportsFailures: true,
    // A payment that is processing takes no cancel.
    reliableCancel: false,
    answerWithinMs: 5_000,
  },
  settingsFaults: (own, secrets) => [...shapeFaults(settingsSchema, own), ...secretFaults(secrets)],
  verify: (delivery, settings) => verifyBodySignature(delivery, settings, 'x-webhook-signature-512', 'sha512'),
  read: ({ rawBody }, settings) => {
    const json = jsonOf(rawBody);
    return Promise.resolve(json.ok ? readEvent(json.value, settings) : unreadable('not_json', null, null));
  },
  acknowledge: () => ({ status: 200, body: '{"status":"ok"}', contentType: 'application/json' }),
};
