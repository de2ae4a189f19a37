// Reads what senders send: bytes to text to JSON to fields, strict where a field decides something and tolerant everywhere else.
import { z } from 'zod';
import type { Reading, Unreadable } from '../ports/webhook-adapter.ts';

/** `null` for bytes that are not UTF-8. A byte order mark stays: what is verified is what was sent. */
export function textOf(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

export type JsonReading = { readonly ok: true; readonly value: unknown } | { readonly ok: false };

export function jsonOf(bytes: Uint8Array): JsonReading {
  const text = textOf(bytes);
  if (text === null) return { ok: false };
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch (error) {
    if (error instanceof SyntaxError) return { ok: false };
    throw error;
  }
}

/** Names one attempt: at most 128 characters, as our transaction ids. */
export const AttemptId = z.string().min(1).max(128);
/** Tells something but decides nothing: what is no such text is taken as not told. */
export const ToldText = told(z.string().min(1).max(128));
export const ToldInteger = told(z.int());
const CountryCode = /^[A-Za-z]{2}$/;
export const ToldCountry = told(
  z
    .string()
    .regex(CountryCode)
    .transform((text) => text.toUpperCase()),
);

function told<T>(schema: z.ZodType<T>): z.ZodCatch<z.ZodNullable<z.ZodType<T>>> {
  return schema.nullable().catch(null);
}

/** Objects that may be missing or of another form; their fields are then not told. */
export function toldObject<Shape extends z.ZodRawShape>(
  shape: Shape,
): z.ZodCatch<z.ZodNullable<z.ZodObject<Shape, z.core.$loose>>> {
  return z.looseObject(shape).nullable().catch(null);
}

export const NOTHING: Reading = { events: [], ignored: [], unreadable: [] };

export function readingOf(readings: readonly Reading[]): Reading {
  return {
    events: readings.flatMap(({ events }) => events),
    ignored: readings.flatMap(({ ignored }) => ignored),
    unreadable: readings.flatMap(({ unreadable }) => unreadable),
  };
}

export function unreadable(reason: string, field: string | null, item: unknown): Reading {
  const entry: Unreadable = { reason, field, item };
  return { ...NOTHING, unreadable: [entry] };
}

/** The first field at fault, as in problem+json: `data.object.status`. */
export function misshapen(error: z.ZodError, item: unknown, at: readonly PropertyKey[] = []): Reading {
  const [issue] = error.issues;
  return unreadable('unexpected_shape', [...at, ...(issue?.path ?? [])].map(String).join('.') || null, item);
}

/** Names are the sender's, and counters live long. */
export function ignored(name: string): Reading {
  return { ...NOTHING, ignored: [/^[\w.:() -]{1,80}$/.test(name) ? name : 'unnamed'] };
}
