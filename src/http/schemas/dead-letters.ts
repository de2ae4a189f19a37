// Dead letters as the API tells them: what could not be understood, why, and what came of another try.
import { z } from '@hono/zod-openapi';
import type { IntakeSummary, KeptWebhookLetter } from '../../ports/webhook-port.ts';
import { IdText, MomentOut, momentOf, NextCursor, PageQuery } from './primitives.ts';

export const LetterParams = z.object({
  id: z
    .string()
    .regex(/^dlt_[1-9]\d{0,14}$/, 'must be the id of a dead letter')
    .openapi({ param: { name: 'id', in: 'path' }, example: 'dlt_1' }),
});

export const LetterQuery = PageQuery.extend({
  source_id: IdText.optional().openapi({ description: 'Those of one source' }),
});

export const LetterAnswer = z
  .object({
    id: z.string(),
    source: z.string(),
    reason: z.string().openapi({ example: 'no_segment' }),
    field: z.string().nullable(),
    at: MomentOut,
    item: z.unknown().openapi({ description: 'The event, or the delivery as it came; card numbers are masked' }),
  })
  .openapi('DeadLetter');
export const LetterList = z
  .object({
    dead_letters: z.array(LetterAnswer),
    by_reason: z.record(z.string(), z.int()).openapi({ description: 'Of all that are kept' }),
    count: z.int(),
    next_cursor: NextCursor,
  })
  .openapi('DeadLetterList');
export const ReplayAnswer = z
  .object({
    outcome: z.enum(['recorded', 'duplicate', 'late', 'ignored', 'refused']),
    reason: z.string().nullable(),
    field: z.string().nullable(),
  })
  .openapi('DeadLetterReplay');

export const letterJson = (letter: KeptWebhookLetter): z.output<typeof LetterAnswer> => ({
  id: letter.id,
  source: letter.sourceId,
  reason: letter.reason,
  field: letter.field,
  at: momentOf(letter.atMs),
  item: letter.item,
});

export function byReasonJson({ letters }: IntakeSummary): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { reason, count } of letters) counts.set(reason, (counts.get(reason) ?? 0) + count);
  return Object.fromEntries([...counts].sort(([one], [other]) => (one < other ? -1 : 1)));
}
