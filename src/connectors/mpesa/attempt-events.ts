// What Daraja's callbacks say of an attempt: the result of an STK push with its code, and payments that customers started.
import type { AttemptEventKind } from '../../domain/results/attempt-event.ts';
import type { Delivery, Reading, SourceSettings } from '../../ports/webhook-adapter.ts';
import { attemptEvent, decisionTokenIn, methodOf } from '../told-event.ts';
import { majorMoneyOf } from '../told-values.ts';
import { ignored, jsonOf, misshapen, NOTHING, unreadable } from '../wire.ts';
import { settingsSchema } from './sender-check.ts';
import { C2bPayment, StkResult } from './wire-schema.ts';

/**
 * A result is final, and everything but 0 means that nothing was paid. 1032: the customer pressed cancel; 1019: waited too long. 17, 26,
 * 1025, 9999: Safaricom could not process it or send the prompt. The others are somebody's no, and say whose by their code.
 */
const RESULT_KINDS: ReadonlyMap<string, AttemptEventKind> = new Map([
  ['0', 'authorised'],
  ['1019', 'abandoned'],
  ['1032', 'abandoned'],
  ['17', 'error'],
  ['26', 'error'],
  ['1025', 'error'],
  ['9999', 'error'],
]);

const METHODS: Readonly<Record<string, string>> = { mpesa: 'MOBILE_MONEY' };
const CURRENCY = 'KES';
const COUNTRY = 'KE';

/**
 * Behind the secret: nothing or the reference of one attempt (an STK push names its callback URL, and gives no other reference back);
 * `c2b/confirmation`; `c2b/validation`, whose body is the same and says nothing yet.
 */
export function readCallback(delivery: Delivery, settings: SourceSettings): Reading {
  const json = jsonOf(delivery.rawBody);
  if (!json.ok) return unreadable('not_json', null, null);
  const rest = delivery.pathRest.split('/').slice(1).join('/');
  if (rest === 'c2b/validation') return ignored('c2b_validation');
  if (rest === 'c2b/confirmation') return readC2b(json.value, settings);
  return readStkResult(json.value, rest, settings);
}

function readStkResult(body: unknown, reference: string, { segments }: SourceSettings): Reading {
  const reading = StkResult.safeParse(body);
  if (!reading.success) return misshapen(reading.error, body);
  if (!/^[A-Za-z0-9._~-]{0,128}$/.test(reference)) return unreadable('unexpected_reference', 'path', body);
  const { CheckoutRequestID: attemptKey, ResultCode: code, CallbackMetadata: told } = reading.data.Body.stkCallback;
  const kind = RESULT_KINDS.get(code) ?? 'declined';
  const decisionToken = decisionTokenIn(reference);
  const event = attemptEvent(
    { eventType: `stk_result_${code}`, kind, attemptKey },
    {
      ...majorMoneyOf(told?.amount ?? null, CURRENCY),
      transactionId: decisionToken === null && reference !== '' ? reference : null,
      decisionToken,
      paymentMethod: methodOf('mpesa', segments, METHODS),
      country: COUNTRY,
      declineCode: kind === 'authorised' ? null : code,
      eventTimeMs: told?.eventTimeMs ?? null,
    },
  );
  return { ...NOTHING, events: [event] };
}

function readC2b(body: unknown, settings: SourceSettings): Reading {
  const own = settingsSchema.safeParse(settings.own);
  if (!own.success || own.data.c2b === 'ignored') return ignored('c2b_confirmation');
  const reading = C2bPayment.safeParse(body);
  if (!reading.success) return misshapen(reading.error, body);
  const { TransID: attemptKey, TransTime: eventTimeMs, TransAmount: amount, BillRefNumber: account } = reading.data;
  const event = attemptEvent(
    { eventType: 'c2b_confirmation', kind: 'authorised', attemptKey },
    {
      ...majorMoneyOf(amount, CURRENCY),
      transactionId: own.data.c2b === 'bill_ref' ? account : null,
      paymentMethod: methodOf('mpesa', settings.segments, METHODS),
      country: COUNTRY,
      eventTimeMs,
    },
  );
  return { ...NOTHING, events: [event] };
}
