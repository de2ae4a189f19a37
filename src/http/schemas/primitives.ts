// The words every endpoint uses: ids, codes, moments, pages. Their meaning is checked by the domain, their form here.
import { z } from '@hono/zod-openapi';

export const DryRunQuery = z.object({
  dry_run: z.enum(['true', 'false']).default('false').openapi({ description: '`true`: only say what would change' }),
});

export const IdText = z.string().regex(/^[a-z0-9_-]{1,64}$/, 'must be 1-64 characters of a-z, 0-9, _ and -');
/** Codes are taken in any case and kept in upper case; judged as sent, so that what the reference says of them is all of it. */
export const MethodText = z
  .string()
  .regex(/^[A-Za-z0-9_]{1,32}$/, 'must be 1-32 characters of A-Z, 0-9 and _')
  .toUpperCase()
  .openapi({ example: 'PIX' });
export const CountryText = z
  .string()
  .regex(/^[A-Za-z]{2}$/, 'must be an ISO 3166-1 alpha-2 code')
  .toUpperCase()
  .openapi({ example: 'BR' });
export const CurrencyText = z
  .string()
  .regex(/^[A-Za-z]{3}$/, 'must be an ISO 4217 code')
  .toUpperCase()
  .openapi({ example: 'BRL' });
export const SegmentText = z
  .string()
  .regex(/^[A-Za-z0-9_]{1,32}\|[A-Za-z]{2}$/, 'must be METHOD|COUNTRY, e.g. PIX|BR')
  .toUpperCase()
  .openapi({ example: 'PIX|BR' });

/** Major units. A number is read by its shortest decimal text, so that 150.1 stays 150.1. */
export const AmountInput = z
  .union([z.number(), z.string().max(40)], 'must be a finite number or a decimal text')
  .openapi({
    description: 'Major units of the currency, as a number or as decimal text',
    example: 150,
  });
export const MinorUnits = z.int('must be a whole number of minor units');

export const Moment = z
  .string()
  .regex(
    /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$/,
    'must be RFC 3339 with a zone, e.g. 2026-11-20T12:00:00Z',
  )
  .refine((text) => !Number.isNaN(Date.parse(text)), 'is not a moment that exists')
  .openapi({ format: 'date-time', example: '2026-11-20T12:00:00Z' });
export const MomentOut = z.string().openapi({ format: 'date-time', example: '2026-11-20T12:00:00.000Z' });
export { momentOf, momentOrNull } from '../moments.ts';

export const StatusText = z.enum(['HEALTHY', 'DEGRADED', 'DOWN']);
export const BreakerText = z.enum(['CLOSED', 'OPEN', 'HALF_OPEN']);
/** With what an operator made of it. */
export const ToldBreakerText = z.enum([...BreakerText.options, 'FORCED_OPEN', 'DISABLED', 'METRICS_ONLY']);
export const ConfidenceText = z.enum(['none', 'low', 'medium', 'high']);
export const Rate = z.number().openapi({ description: '0-1' });

const IdParam = IdText.openapi({ param: { name: 'id', in: 'path' } });
export const IdParams = z.object({ id: IdParam });

/** A whole number in a query or a path, in digits alone: `Number` would take nothing at all for 0, and `0x10` for 16. */
export function wholeInText(least: number, most: number) {
  return z
    .string()
    .refine((text) => /^-?\d{1,16}$/.test(text), 'must be a whole number')
    .transform(Number)
    .pipe(z.int().min(least).max(most))
    .openapi({ type: 'integer', minimum: least, maximum: most });
}

/** The default is told twice: behind a transform the reference would leave it out. */
export const wholeInTextOr = (usual: number, least: number, most: number, description: string) =>
  wholeInText(least, most).default(usual).openapi({ default: usual, description });

export const limitText = (most: number, usual: number, what = 'Entries') =>
  wholeInTextOr(usual, 1, most, `${what} on the page, at most ${most}`);

export const PageQuery = z.object({
  // As the Registry numbers what it lists: anything else was never given out.
  cursor: z
    .string()
    .regex(/^[1-9]\d{0,14}$/, 'must be a `next_cursor` that was given out')
    .optional()
    .openapi({ description: '`next_cursor` of the page before' }),
  limit: limitText(100, 50),
});
export const NextCursor = z.string().nullable().openapi({ description: '`null`: this was the last page' });
