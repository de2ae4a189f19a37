// Attempts of unknown outcome as the API lists them.
import { z } from '@hono/zod-openapi';
import { IdText, limitText, MomentOut, momentOf, NextCursor, wholeInTextOr } from './primitives.ts';
import type { ListedUnknowns } from '../../flows/list-unknowns.ts';
import { OVERDUE_MS } from '../../domain/unknowns/overdue.ts';
import { segmentParts } from '../../domain/segment.ts';
import type { UnknownCursor } from '../../domain/unknowns/unknown-page.ts';

export const UnknownsQuery = z.object({
  processor_id: IdText.optional().openapi({ description: 'Left out: all processors' }),
  older_than_seconds: wholeInTextOr(0, 0, 31_536_000, 'Only those that have been unknown for at least so long'),
  cursor: z
    .string()
    .max(600)
    .regex(/^[A-Za-z0-9_-]+$/, 'must be a `next_cursor` that was given out')
    .optional()
    .openapi({ description: '`next_cursor` of the page before' }),
  limit: limitText(100, 50),
});

export const UnknownList = z
  .object({
    unknowns: z.array(
      z
        .object({
          processor_id: z.string(),
          transaction_id: z.string(),
          payment_id: z.string().nullable(),
          payment_method: z.string(),
          country: z.string(),
          amount_minor: z.int(),
          currency: z.string(),
          since: MomentOut.openapi({ description: 'When Signalbox first heard of it' }),
          age_seconds: z.int(),
          overdue: z.boolean().openapi({ description: 'Unknown for more than 24 hours' }),
        })
        .openapi('UnknownAttempt'),
    ),
    total: z.int().openapi({ description: 'On all pages, of the processors that could be asked' }),
    forgotten: z.int().openapi({
      description: 'Made room for younger ones, beyond 200,000 at one processor: still unknown, and no longer listed',
    }),
    unreachable: z.array(z.string()).openapi({ description: 'Processors that could not be asked just now' }),
    next_cursor: NextCursor,
  })
  .openapi('UnknownList');

export function unknownsJson(listed: ListedUnknowns, now: number): z.output<typeof UnknownList> {
  return {
    unknowns: listed.unknowns.map(({ processorId, unknown }) => {
      const { paymentMethod, country } = segmentParts(unknown.segment);
      const ageMs = Math.max(0, now - unknown.sinceMs);
      return {
        processor_id: processorId,
        transaction_id: unknown.transactionId,
        payment_id: unknown.paymentId,
        payment_method: paymentMethod,
        country,
        amount_minor: unknown.amountMinor,
        currency: unknown.currency,
        since: momentOf(unknown.sinceMs),
        age_seconds: Math.floor(ageMs / 1_000),
        overdue: ageMs > OVERDUE_MS,
      };
    }),
    total: listed.total,
    forgotten: listed.forgotten,
    unreachable: [...listed.unreachable],
    next_cursor: listed.next === null ? null : cursorText(listed.next),
  };
}

/** Letters rather than digits in a row: a plain id and moment might look like a card number. */
function cursorText({ sinceMs, processorId, transactionId }: UnknownCursor): string {
  const bytes = new TextEncoder().encode(JSON.stringify([sinceMs.toString(36), processorId, transactionId]));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

const CursorParts = z.tuple([z.string().regex(/^[0-9a-z]{1,9}$/), z.string(), z.string()]);

/** `null`: it was never given out. */
export function cursorFrom(text: string): UnknownCursor | null {
  try {
    const bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (one) => one.charCodeAt(0));
    const [since, processorId, transactionId] = CursorParts.parse(
      JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)),
    );
    return { sinceMs: Number.parseInt(since, 36), processorId, transactionId };
  } catch {
    return null;
  }
}
