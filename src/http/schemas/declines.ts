// The decline tables as the API tells them: every record with its source and edition.
import { z } from '@hono/zod-openapi';
import type { DeclineListing } from '../../domain/results/declines/list-declines.ts';
import {
  DECLINE_CLASSES,
  DECLINE_FAMILIES,
  DECLINE_FAULTS,
  type DeclineFamily,
} from '../../domain/results/declines/decline-record.ts';
import { Moment } from './primitives.ts';

const FAMILIES = Object.keys(DECLINE_FAMILIES) as [DeclineFamily, ...DeclineFamily[]];
const ClassText = z.enum(DECLINE_CLASSES).openapi({
  description:
    'technical: a system failed, another route or soon. later: not now. customer_action: the customer must act. fix_data: only with corrected data. never: no further attempt. unknown: reconcile first',
});
const WaitSeconds = z.int().nullable().openapi({ description: 'No sooner than so long after the attempt' });
const cited = { source: z.string(), edition: z.string().openapi({ example: '2026-04-18' }) };

export const DeclinesQuery = z.object({
  family: z.enum(FAMILIES).optional().openapi({ description: 'Only the records of this one' }),
  at: Moment.optional().openapi({
    description: 'Only what is in force then; left out: with what is no longer or not yet',
  }),
});

export const DeclineList = z
  .object({
    classes: z.array(ClassText),
    faults: z.array(z.enum(DECLINE_FAULTS)),
    families: z.array(z.object({ id: z.enum(FAMILIES), name: z.string(), kind: z.string() })),
    records: z.array(
      z
        .object({
          id: z.string(),
          family: z.enum(FAMILIES),
          code: z.string(),
          class: ClassText,
          fault: z.enum(DECLINE_FAULTS),
          wait_seconds: WaitSeconds,
          visa_category: z.int().nullable(),
          says: z.string().nullable(),
          everywhere: z.boolean().openapi({ description: 'Holds where neither family nor network is told, too' }),
          region: z.string().nullable(),
          holds_from: z.string().nullable().openapi({ description: 'First day (UTC) on which it holds' }),
          ...cited,
        })
        .openapi('DeclineRecord'),
    ),
    advice: z.array(
      z
        .object({
          id: z.string(),
          family: z.enum(FAMILIES),
          code: z.string(),
          class: ClassText.nullable().openapi({ description: '`null`: says nothing of trying again' }),
          wait_seconds: WaitSeconds,
          card_kind: z.string().nullable(),
          everywhere: z.boolean(),
          ...cited,
        })
        .openapi('AdviceRecord'),
    ),
    defaults: z
      .array(z.object({ id: z.string(), class: ClassText, ...cited }))
      .openapi({ description: 'What holds for a code that nobody has listed' }),
    count: z.int().openapi({ description: 'Records, advice codes and defaults not included' }),
  })
  .openapi('DeclineList');

const secondsOf = (waitMs: number | null): number | null => (waitMs === null ? null : waitMs / 1_000);

export function declinesJson(listing: DeclineListing): z.output<typeof DeclineList> {
  const { classes, faults, families, records, advice, defaults } = listing;
  return {
    classes: [...classes],
    faults: [...faults],
    families: [...families],
    records: records.map(({ waitMs, visaCategory, holdsFrom, ...record }) => ({
      ...record,
      wait_seconds: secondsOf(waitMs),
      visa_category: visaCategory,
      holds_from: holdsFrom,
    })),
    advice: advice.map(({ waitMs, cardKind, ...record }) => ({
      ...record,
      wait_seconds: secondsOf(waitMs),
      card_kind: cardKind,
    })),
    defaults: [...defaults],
    count: records.length,
  };
}
