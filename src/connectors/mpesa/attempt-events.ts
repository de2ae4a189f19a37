// What Daraja's callbacks say of an attempt: the result of an STK push with its code, payments that customers started, and what its other commands found.
import type { AttemptEventKind } from '../../domain/results/attempt-event.ts';
import type { Delivery, Reading, SourceSettings } from '../../ports/webhook-adapter.ts';
import { attemptEvent, decisionTokenIn, methodOf } from '../told-event.ts';
import { majorMoneyOf } from '../told-values.ts';
import { ignored, jsonOf, misshapen, NOTHING, unreadable } from '../wire.ts';
import { settingsSchema } from './sender-check.ts';
import { C2bPayment, CommandResult, isCommandResult, StkResult } from './wire-schema.ts';

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

/** A transaction's final states; of what is still on its way (`Initiated`, `Authorized`, `Pending Authorized`), and of new words, nothing is known. */
const STATUS_KINDS: ReadonlyMap<string, 'authorised' | 'declined'> = new Map([
  ['Completed', 'authorised'],
  ['Cancelled', 'declined'],
  ['Declined', 'declined'],
  ['Expired', 'declined'],
]);

/** Whether a reference has the form of one. An STK push with none goes by its own id. */
const isReference = (text: string): boolean => /^[A-Za-z0-9._~-]{0,128}$/.test(text);

const METHODS: Readonly<Record<string, string>> = { mpesa: 'MOBILE_MONEY' };
const CURRENCY = 'KES';
const COUNTRY = 'KE';

/**
 * Behind the secret: nothing or the reference of one attempt (an STK push names its callback URL, and gives no other reference back);
 * `c2b/confirmation`; `c2b/validation`, whose body is the same and says nothing yet; `queue/timeout`: a command that was not carried out in
 * time, of which nothing is known.
 */
export function readCallback(delivery: Delivery, settings: SourceSettings): Reading {
  const json = jsonOf(delivery.rawBody);
  if (!json.ok) return unreadable('not_json', null, null);
  const rest = delivery.pathRest.split('/').slice(1).join('/');
  if (rest === 'c2b/validation') return ignored('c2b_validation');
  if (rest === 'c2b/confirmation') return readC2b(json.value, settings);
  if (rest === 'queue/timeout') return ignored('queue_timeout');
  if (isCommandResult(json.value)) return readCommandResult(json.value, rest, settings);
  return readStkResult(json.value, rest, settings);
}

function readStkResult(body: unknown, reference: string, { segments }: SourceSettings): Reading {
  const reading = StkResult.safeParse(body);
  if (!reading.success) return misshapen(reading.error, body);
  if (!isReference(reference)) return unreadable('unexpected_reference', 'path', body);
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

/** A result has the same shape for every command, and only its parameters tell which: those of a command that failed are not there. */
function readCommandResult(body: unknown, reference: string, settings: SourceSettings): Reading {
  const reading = CommandResult.safeParse(body);
  if (!reading.success) return misshapen(reading.error, body);
  const { ResultCode: code, ResultParameters: told } = reading.data.Result;
  if (code !== '0') return ignored(`result_${code}`);
  if (told.status !== null) {
    const kind = STATUS_KINDS.get(told.status);
    if (kind === undefined) return ignored('transaction_status');
    const found = { eventType: 'transaction_status', kind, atMs: told.finalisedMs, code: told.status } as const;
    return readFinding(body, found, { reference, settings, amount: told.amount });
  }
  if (told.isReversal) {
    const found = { eventType: 'reversal', kind: 'refunded', atMs: told.reversedMs, code: null } as const;
    return readFinding(body, found, { reference, settings, amount: told.amount });
  }
  return ignored(told.isBalance ? 'account_balance' : told.isPayout ? 'b2c_result' : 'result_0');
}

interface Finding {
  readonly eventType: 'transaction_status' | 'reversal';
  readonly kind: 'authorised' | 'declined' | 'refunded';
  readonly atMs: number | null;
  readonly code: string | null;
}

interface Found {
  readonly reference: string;
  readonly settings: SourceSettings;
  readonly amount: number | string | null;
}

/** The body names a receipt and no attempt. A decision token does not name one either: an STK result that bears it goes by its `CheckoutRequestID`. */
function readFinding(body: unknown, { eventType, kind, atMs, code }: Finding, found: Found): Reading {
  const { reference: attemptKey, settings, amount } = found;
  if (attemptKey === '' || decisionTokenIn(attemptKey) !== null) return ignored(eventType);
  if (!isReference(attemptKey)) return unreadable('unexpected_reference', 'path', body);
  const event = attemptEvent(
    { eventType, kind, attemptKey },
    {
      ...majorMoneyOf(amount, CURRENCY),
      transactionId: attemptKey,
      paymentMethod: methodOf('mpesa', settings.segments, METHODS),
      country: COUNTRY,
      declineCode: kind === 'declined' ? code : null,
      eventTimeMs: atMs,
    },
  );
  return { ...NOTHING, events: [event] };
}
