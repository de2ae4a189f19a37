// Paystack's webhooks: successes, refunds and disputes. It tells of no charge that failed, so this source teaches no approval.
import { z } from 'zod';
import type { WebhookAdapter } from '../../ports/webhook-adapter.ts';
import { verifyBodySignature } from '../body-signature.ts';
import { secretFaults, shapeFaults } from '../settings-faults.ts';
import { jsonOf, unreadable } from '../wire.ts';
import { readEvent } from './attempt-events.ts';

const settingsSchema = z.strictObject({});

/** Paystack signs with the account's secret key itself. */
const isSecretKey = (secret: string): boolean => /^sk_(?:live|test)_[A-Za-z0-9]{16,}$/.test(secret);

export const adapter: WebhookAdapter = {
  declaration: {
    id: 'paystack',
    name: 'Paystack',
    sources: [
      'paystack.com/docs/payments/webhooks and /refunds, /preauthorization, read 2026-11-21',
      'PaystackOSS/doc-code-snippets at 94af513, 2026-02-23: event samples of that documentation, read 2026-11-21',
    ],
    signs: 'whole_body',
    signedFields: [],
    unsignedDetails: [],
    replayWindowMs: null,
    attemptKey:
      'data.reference of charges and preauthorisations, transaction_reference of refunds, transaction.reference of disputes',
    // A reference takes no underscore, so no token; it carries the merchant's own id. No limit of a metadata value is published: 64 is what a token needs.
    joinField: { name: 'data.metadata.signalbox_decision', charactersMax: 64 },
    needsFetch: false,
    reportsFailures: false,
    reliableCancel: false,
    // None is published; what is not answered with 200 comes again after 3 minutes.
    answerWithinMs: 5_000,
  },
  settingsFaults: (own, secrets) => [
    ...shapeFaults(settingsSchema, own),
    ...secretFaults(secrets, isSecretKey, 'must be the secret key, sk_live_… or sk_test_…'),
  ],
  verify: (delivery, settings) => verifyBodySignature(delivery, settings, 'x-paystack-signature', 'sha512'),
  read: ({ rawBody }, settings) => {
    const json = jsonOf(rawBody);
    return Promise.resolve(json.ok ? readEvent(json.value, settings) : unreadable('not_json', null, null));
  },
  acknowledge: () => ({ status: 200, body: '{"status":"success"}', contentType: 'application/json' }),
};
