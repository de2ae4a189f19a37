// Dead letters as the API tells them: what could not be understood, why, and what came of another try.
import { z } from '@hono/zod-openapi';
import type { ReplayedLetter } from '../../flows/replay-letter.ts';
import type { IntakeSummary, KeptWebhookLetter } from '../../ports/webhook-port.ts';
import { listOf } from './lists.ts';
import { IdText, MomentOut, momentOf, NextCursor, PageQuery } from './primitives.ts';

const LetterId = z
  .string()
  .regex(/^dlt_[1-9]\d{0,14}$/, 'must be the id of a dead letter')
  .openapi({ example: 'dlt_1' });
export const LetterParams = z.object({ id: LetterId.openapi({ param: { name: 'id', in: 'path' } }) });

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

const REPLAYED = ['recorded', 'duplicate', 'late', 'ignored', 'refused'] as const;
const IDS_MAX = 100;
export const LettersReplayBody = z
  .strictObject({
    ids: listOf(LetterId, IDS_MAX)
      .min(1)
      .optional()
      .openapi({ description: 'These; left out: all of one page of the list' }),
    source_id: IdText.optional().openapi({ description: 'The page is of the letters of this source' }),
    cursor: PageQuery.shape.cursor,
    limit: z.int().min(1).max(IDS_MAX).default(IDS_MAX),
  })
  .refine(({ ids, cursor }) => ids === undefined || cursor === undefined, {
    path: ['cursor'],
    message: 'goes with a page, and not with ids',
  })
  .refine(({ ids, source_id: sourceId }) => ids === undefined || sourceId === undefined, {
    path: ['source_id'],
    message: 'goes with a page, and not with ids',
  })
  .openapi('DeadLettersReplay', { example: { source_id: 'stripe' } });

export const ReplayAnswer = z
  .object({
    outcome: z.enum(REPLAYED),
    reason: z.string().nullable(),
    field: z.string().nullable(),
  })
  .openapi('DeadLetterReplay');
export const LettersReplayAnswer = z
  .object({
    outcomes: z.array(
      z.object({
        id: z.string(),
        outcome: z.enum([...REPLAYED, 'not_recorded', 'gone']),
        reason: z.string().nullable(),
        field: z.string().nullable(),
      }),
    ),
    next_cursor: NextCursor.openapi({ description: 'Of the page that was replayed' }),
  })
  .openapi('DeadLettersReplayOutcomes');

export const letterJson = (letter: KeptWebhookLetter): z.output<typeof LetterAnswer> => ({
  id: letter.id,
  source: letter.sourceId,
  reason: letter.reason,
  field: letter.field,
  at: momentOf(letter.atMs),
  item: letter.item,
});

export function outcomeJson({ id, replay }: ReplayedLetter): z.output<typeof LettersReplayAnswer>['outcomes'][number] {
  if (replay.outcome === 'unknown_source') return { id, outcome: 'refused', reason: 'unknown_source', field: null };
  const [reason, field] = replay.outcome === 'refused' ? [replay.reason, replay.field] : [null, null];
  return { id, outcome: replay.outcome, reason, field };
}

export function byReasonJson({ letters }: IntakeSummary): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { reason, count } of letters) counts.set(reason, (counts.get(reason) ?? 0) + count);
  return Object.fromEntries([...counts].sort(([one], [other]) => (one < other ? -1 : 1)));
}
