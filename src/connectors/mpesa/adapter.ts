// M-Pesa by Safaricom's Daraja: unsigned callbacks of STK pushes, C2B payments and other commands, told apart from forgeries by path secret and address.
import type { WebhookAdapter } from '../../ports/webhook-adapter.ts';
import { secretFaults, shapeFaults } from '../settings-faults.ts';
import { readCallback } from './attempt-events.ts';
import { isPathSecret, settingsSchema, verifySender } from './sender-check.ts';

export const adapter: WebhookAdapter = {
  declaration: {
    id: 'mpesa',
    name: 'M-Pesa (Daraja)',
    sources: [
      'developer.safaricom.co.ke/APIs: M-Pesa Express and C2B callbacks, as api-evangelist/mpesa asyncapi at 675272e (2026-08-22) records them, read 2026-11-21',
      'Results of TransactionStatus, Reversal, AccountBalance, B2C and queue timeouts: developer.safaricom.co.ke/apis as JacksCodeVault/mpesa-daraja-mcp daraja_docs_v3 at e875f3b (2025-12-28) and api-evangelist/mpesa asyncapi (2026-07-17) record them, read 2026-11-21',
      'Result codes: api-evangelist/mpesa errors/mpesa-result-codes.yml (2026-07-17) and kenzobe.com/blog/mpesa-daraja-api-errors, read 2026-11-21',
    ],
    signs: 'nothing',
    signedFields: [],
    unsignedDetails: [],
    replayWindowMs: null,
    attemptKey:
      'Body.stkCallback.CheckoutRequestID; TransID of a C2B payment; of other results the reference in the path',
    // AccountReference takes 12 characters, too few for a token, and an STK result does not give it back.
    joinField: { name: 'CallBackURL, behind the path secret', charactersMax: 128 },
    needsFetch: false,
    reportsFailures: true,
    reliableCancel: false,
    // None is published for results.
    answerWithinMs: 5_000,
  },
  settingsFaults: (own, secrets) => [
    ...shapeFaults(settingsSchema, own),
    ...secretFaults(
      secrets,
      isPathSecret,
      'must be 32 to 128 of A-Z a-z 0-9 _ -, without the words mpesa and safaricom',
    ),
  ],
  verify: verifySender,
  read: (delivery, settings) => Promise.resolve(readCallback(delivery, settings)),
  acknowledge: () => ({
    status: 200,
    body: '{"ResultCode":0,"ResultDesc":"Accepted"}',
    contentType: 'application/json',
  }),
};
