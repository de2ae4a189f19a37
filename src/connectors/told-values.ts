// Values as vendors write them beside JSON's own: whole numbers in text, amounts in major units, times.
import { z } from 'zod';
import { readTimestamp } from '../domain/results/event-time.ts';
import { decimalTextOf, isKnownCurrency, toMinor } from '../domain/results/money.ts';
import type { Money } from './told-event.ts';

const WholeText = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number);

/** `5000` or `"5000"`. */
export const ToldWhole = z.union([z.int(), WholeText]).nullable().catch(null);
/** `50.5` or `"50.50"`, in major units. */
export const ToldDecimal = z
  .union([z.number(), z.string().max(32)])
  .nullable()
  .catch(null);

/** RFC 3339 with a zone, to milliseconds. How far it may be ahead of our clock is for the one who records it. */
export const ToldTime = z.string().transform(timeOf).nullable().catch(null);

function timeOf(text: string): number | null {
  const reading = readTimestamp(text, Number.POSITIVE_INFINITY);
  return reading.ok ? reading.eventTimeMs : null;
}

/** An amount that our money cannot say exactly is not told. */
export function majorMoneyOf(amount: number | string | null, currency: string | null): Money {
  const code = currency?.toUpperCase() ?? null;
  if (code === null || !isKnownCurrency(code)) return { amountMinor: null, currency: null };
  const text = typeof amount === 'number' ? decimalTextOf(amount) : amount === null ? null : { ok: true, text: amount };
  if (text === null || !('text' in text)) return { amountMinor: null, currency: code };
  const reading = toMinor(text.text, code);
  if (reading.ok) return { amountMinor: reading.minor, currency: code };
  return { amountMinor: reading.reason === 'zero' ? 0 : null, currency: code };
}
