// Adyen: the standard webhook, a batch of items over the life of one payment; its pspReference is the attempt.
import { z } from 'zod';
import { EVENT_DETAILS } from '../../domain/results/event-details.ts';
import type { Reading, SourceSettings, WebhookAdapter } from '../../ports/webhook-adapter.ts';
import { secretFaults, shapeFaults } from '../settings-faults.ts';
import { jsonOf, misshapen, readingOf, unreadable } from '../wire.ts';
import { readItem, type ItemContext } from './item-events.ts';
import { isHmacKey, verifyItems } from './signature.ts';
import { ItemWrapper, Notification, NotificationItem, SIGNED_FIELDS } from './wire-schema.ts';

const settingsSchema = z.strictObject({
  /** `psp_reference`: the merchant's reference is an order's, over several attempts. */
  transaction_from: z.enum(['merchant_reference', 'psp_reference']).default('merchant_reference'),
});

export const adapter: WebhookAdapter = {
  declaration: {
    id: 'adyen',
    name: 'Adyen',
    sources: [
      'Adyen/adyen-openapi json/Webhooks-v1.json at aa014f0, 2026-07-01',
      'docs.adyen.com/development-resources/webhooks/secure-webhooks/verify-hmac-signatures, of 2026-05-23, read 2026-11',
      'docs.adyen.com/development-resources/webhooks/handle-webhook-events and /currency-codes, read 2026-11',
      'docs.adyen.com/online-payments/capture/failure-reasons (a rejected capture is captured again by Adyen), read 2026-11-21',
      'docs.adyen.com/online-payments/cancel and /classic-integrations/modify-payments/cancel (technical cancel after a timeout), read 2026-11-21',
    ],
    signs: 'fields',
    signedFields: SIGNED_FIELDS,
    unsignedDetails: EVENT_DETAILS,
    replayWindowMs: null,
    attemptKey:
      'pspReference of the authorisation: the item’s own for AUTHORISATION, PENDING and OFFER_CLOSED, originalReference for modifications and disputes.',
    joinField: { name: 'merchantReference', charactersMax: 80 },
    needsFetch: false,
    reportsFailures: true,
    // By the merchant's reference where a timeout left no pspReference; whether it took, TECHNICAL_CANCEL says. What was captured, at once even,
    // refuses it: then nothing is told voided, and the outcome stays unknown.
    reliableCancel: true,
    answerWithinMs: 10_000,
  },
  settingsFaults: (own, secrets) => [
    ...shapeFaults(settingsSchema, own),
    ...secretFaults(secrets, isHmacKey, 'must be the HMAC key as hex digits'),
  ],
  verify: verifyItems,
  read: ({ rawBody }, settings) => Promise.resolve(read(rawBody, settings)),
  acknowledge: () => ({ status: 200, body: '[accepted]', contentType: 'text/plain; charset=utf-8' }),
};

function read(rawBody: Uint8Array, settings: SourceSettings): Reading {
  const json = jsonOf(rawBody);
  if (!json.ok) return unreadable('not_json', null, null);
  const notification = Notification.safeParse(json.value);
  if (!notification.success) return misshapen(notification.error, json.value);
  const own = settingsSchema.safeParse(settings.own);
  const context: ItemContext = {
    segments: settings.segments,
    referenceIsTransaction: own.data?.transaction_from !== 'psp_reference',
  };
  return readingOf(
    notification.data.notificationItems.map((wrapped) => readWrapped(wrapped, notification.data, context)),
  );
}

/** What cannot be read is kept as a batch of its own, and its field named as it stands there. */
function readWrapped(wrapped: unknown, notification: Notification, context: ItemContext): Reading {
  const item = NotificationItem.safeParse(ItemWrapper.safeParse(wrapped).data?.NotificationRequestItem);
  const at = ['notificationItems', 0, 'NotificationRequestItem'];
  const reading = item.success ? readItem(item.data, context) : misshapen(item.error, wrapped, at);
  const ownBody = { ...notification, notificationItems: [wrapped] };
  return { ...reading, unreadable: reading.unreadable.map((each) => ({ ...each, ownBody })) };
}
