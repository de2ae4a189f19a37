// What to do after an attempt of a payment has ended: again, where and when, or not.
import { actorOf, idempotencyKeyOf } from '../actor.ts';
import { adviceJson, askedFrom } from '../next-advice.ts';
import { adviseNextPayment } from '../../flows/advise-next-payment.ts';
import type { App } from '../context.ts';
import { NextAnswerBody, NextBody, ReleaseAnswer, ReleaseBody } from '../schemas/next-payment.ts';
import { releaseSlot } from '../../flows/release-slot.ts';
import { serve } from '../endpoint.ts';

export function mountPayments(app: App): void {
  mountNext(app);
  mountRelease(app);
}

function mountNext(app: App): void {
  serve(
    app,
    {
      method: 'post',
      path: '/api/v1/payments/next',
      scope: 'route',
      tag: 'Retries',
      summary: 'Ask what to do after an attempt has ended',
      description:
        'Send the attempt that just ended, and report it to `POST /api/v1/transactions`, too: of it the question notes only an unknown outcome, and what settles one. What the card and the payment went through before is known. Before `retry_now` or `retry_later` is answered a slot is held under every ceiling of the card networks, so callers that ask at once cannot break one together. With an `Idempotency-Key` a repeat is told the same; without, every call is a question of its own. While an outcome is unknown the answer is `reconcile`: only an audited `override` sends another attempt.',
      body: NextBody,
      answer: { status: 200, description: 'What to do now, by which rule', schema: NextAnswerBody },
    },
    async (call) => {
      const idempotency = idempotencyKeyOf(call.header('idempotency-key'));
      if ('refused' in idempotency) return idempotency;
      const read = askedFrom(call.body, idempotency.key);
      if ('refused' in read) return read;
      const advised = await adviseNextPayment(call.world, read.asked, actorOf(call));
      return 'refused' in advised ? advised : { body: adviceJson(advised.answer, call.hashedFields) };
    },
  );
}

function mountRelease(app: App): void {
  serve(
    app,
    {
      method: 'post',
      path: '/api/v1/payments/next/release',
      scope: 'route',
      tag: 'Retries',
      summary: 'Give back a slot that was not used',
      description:
        'For who was told `retry_now` or `retry_later` and sends nothing. Without it the slot lapses by itself a day after `use_by`. A slot that is gone already is no fault, and is told as `released: false`: it was released before, its attempt took it, it lapsed, or it is held for another credential or payment.',
      body: ReleaseBody,
      answer: { status: 200, description: 'Whether there was a slot to free', schema: ReleaseAnswer },
    },
    async ({ world, body }) => {
      const { reservation_id: id, credential_fingerprint: fingerprint = null, payment_id: paymentId = null } = body;
      const released = await releaseSlot(world, { fingerprint, paymentId }, id);
      return released === null ? { refused: { reason: 'ledger_unreachable' } } : { body: { released } };
    },
  );
}
