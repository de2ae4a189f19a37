// Streams as the API tells them: how each is being read, and the entries that nobody could record.
import { z } from '@hono/zod-openapi';
import type { KeptLetter } from '../../ports/stream-port.ts';
import type { ReplayOutcome } from '../../flows/replay-dead-letters.ts';
import type { WatchedStream } from '../../flows/watch-streams.ts';
import { listOf } from './lists.ts';
import { IdText, limitText, MomentOut, momentOf } from './primitives.ts';

const IDS_MAX = 100;
const ENTRY_ID = /^\d{1,20}-\d{1,20}$/;
const LetterId = z.string().regex(ENTRY_ID, 'must be the id of a dead letter').openapi({ example: '1795255200000-0' });
const Cursor = z
  .string()
  .regex(ENTRY_ID, 'must be a `next_cursor` that was given out')
  .openapi({ description: '`next_cursor` of the page before' });

export const StreamLetterParams = z.object({
  id: IdText.openapi({ param: { name: 'id', in: 'path' } }),
  letter_id: LetterId.openapi({ param: { name: 'letter_id', in: 'path' } }),
});

export const StreamPageQuery = z.object({
  cursor: Cursor.optional(),
  limit: limitText(100, 50),
});

export const StreamReplayBody = z
  .strictObject({
    ids: listOf(LetterId, IDS_MAX)
      .min(1)
      .optional()
      .openapi({ description: 'These; left out: all of one page of the list' }),
    cursor: Cursor.optional(),
    limit: z.int().min(1).max(IDS_MAX).default(IDS_MAX),
  })
  .refine(({ ids, cursor }) => ids === undefined || cursor === undefined, {
    path: ['cursor'],
    message: 'goes with a page, and not with ids',
  })
  .openapi('StreamReplay', { example: { limit: 100 } });

export const StreamAnswer = z
  .object({
    source: z.string(),
    enabled: z.boolean(),
    stream: z.string().nullable(),
    group: z.string().nullable(),
    missing: z
      .array(z.string())
      .openapi({ description: 'Variables that are not set and that nothing can be read without' }),
    last_step: z
      .object({
        at: MomentOut,
        end: z.enum(['drained', 'time', 'held_up', 'fault', 'not_connected', 'crashed']).openapi({
          description:
            '`drained`: nothing waits; `time`: there is more; `held_up`: our own side could not record; `fault`: see `last_fault`',
        }),
      })
      .nullable()
      .openapi({ description: '`null`: none since it was switched on, or the reader is out of reach' }),
    last_fault: z.object({ at: MomentOut, reason: z.string(), code: z.string().nullable() }).nullable(),
    failures: z.int().nullable().openapi({ description: 'Steps in a row that got nowhere; `null`: out of reach' }),
    counts: z
      .object({
        recorded: z.int(),
        duplicate: z.int(),
        late: z.int().openapi({ description: 'Older than 24 hours: heard, and not counted among the results' }),
        ignored: z.int(),
        dead_letters: z.int(),
        given_back: z.int().openapi({ description: 'Left with the group for want of a place to record them' }),
        gone: z.int().openapi({
          description:
            'Handed to the reader and trimmed away before they were recorded; what was trimmed before that, nobody counts',
        }),
      })
      .nullable()
      .openapi({ description: 'Since it was first read; a step that a crash cut short is not counted' }),
    dead_letters_last_hour: z.int().nullable(),
    pending: z.int().nullable().openapi({ description: 'Handed to the reader and not acknowledged' }),
    waiting: z.int().nullable().openapi({ description: 'Not handed out yet, where Redis can say' }),
  })
  .openapi('Stream');
export const StreamList = z.object({ streams: z.array(StreamAnswer), count: z.int() }).openapi('StreamList');

export const StreamLetterAnswer = z
  .object({
    id: z.string(),
    entry_id: z.string(),
    reason: z.string().openapi({ example: 'too_many_deliveries' }),
    field: z.string().nullable(),
    deliveries: z.int(),
    at: MomentOut,
    fields: z
      .array(z.tuple([z.string(), z.string()]))
      .openapi({ description: 'As the entry had them; card numbers are masked' }),
    cut: z.boolean().openapi({
      description:
        'The fields were longer than 65,536 characters: the rest is in the stream alone, and no replay reads it',
    }),
  })
  .openapi('StreamDeadLetter');
export const StreamLetterList = z
  .object({
    dead_letters: z.array(StreamLetterAnswer),
    count: z.int(),
    next_cursor: z.string().nullable().openapi({ description: '`null`: this was the last page' }),
  })
  .openapi('StreamDeadLetterList');
export const StreamReplayAnswer = z
  .object({
    outcomes: z.array(
      z.object({
        id: z.string(),
        outcome: z.enum(['recorded', 'duplicate', 'late', 'ignored', 'refused', 'unreadable', 'not_recorded', 'gone']),
        reason: z.string().nullable(),
        field: z.string().nullable(),
      }),
    ),
    next_cursor: z.string().nullable().openapi({ description: 'Of the page that was replayed' }),
  })
  .openapi('StreamReplayOutcomes');

export function streamJson({ source, place, missing, state, backlog }: WatchedStream): z.output<typeof StreamAnswer> {
  return {
    source: source.id,
    enabled: source.enabled,
    stream: place?.stream ?? null,
    group: place?.group ?? null,
    missing: [...missing],
    last_step: state?.lastStep ? { at: momentOf(state.lastStep.atMs), end: state.lastStep.end } : null,
    last_fault: state?.lastFault
      ? { at: momentOf(state.lastFault.atMs), reason: state.lastFault.reason, code: state.lastFault.code }
      : null,
    failures: state?.failures ?? null,
    counts: state === null ? null : countsJson(state.counts),
    dead_letters_last_hour: state?.lettersLastHour ?? null,
    pending: backlog?.pending ?? null,
    waiting: backlog?.waiting ?? null,
  };
}

const countsJson = (counts: NonNullable<WatchedStream['state']>['counts']) => ({
  recorded: counts.recorded,
  duplicate: counts.duplicate,
  late: counts.late,
  ignored: counts.ignored,
  dead_letters: counts.buried,
  given_back: counts.givenBack,
  gone: counts.gone,
});

export const streamLetterJson = ({
  id,
  entry,
  reason,
  field,
  atMs,
  isCut,
}: KeptLetter): z.output<typeof StreamLetterAnswer> => ({
  id,
  entry_id: entry.id,
  reason,
  field,
  deliveries: entry.deliveries,
  at: momentOf(atMs),
  fields: entry.fields.map(([name, value]) => [name, value]),
  cut: isCut,
});

export const outcomeJson = (id: string, outcome: ReplayOutcome) => ({
  id,
  outcome: outcome.outcome,
  reason: 'reason' in outcome ? outcome.reason : null,
  field: 'field' in outcome ? outcome.field : null,
});
