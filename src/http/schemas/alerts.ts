// Alerts as the API tells them: the seed's five fields, and what an operator on call asks next.
import { z } from '@hono/zod-openapi';
import type { KeptAlert } from '../../domain/notifications/word.ts';
import { Moment, MomentOut, momentOf, momentOrNull, NextCursor, PageQuery, StatusText } from './primitives.ts';

export const AlertQuery = PageQuery.extend({
  since: Moment.optional().openapi({ description: 'Opened, changed or closed at or after this moment' }),
});

export const AlertParams = z.object({
  id: z
    .string()
    .regex(/^alt_[A-Za-z0-9_-]{1,64}$/, 'must be the id of an alert')
    .openapi({ param: { name: 'id', in: 'path' }, example: 'alt_4f0c' }),
});

export const AlertAnswer = z
  .object({
    id: z.string(),
    processor_id: z.string().openapi({ description: '`*`: all processors that serve the segment' }),
    from_status: StatusText,
    to_status: StatusText,
    timestamp: MomentOut,
    reason: z.string(),
    kind: z.enum([
      'breaker',
      'technical',
      'approval',
      'approval_collapse',
      'silent',
      'source_silent',
      'unknown_overdue',
      'double_charge_risk',
      'dead_letters',
      'stream_stalled',
      'anomaly',
    ]),
    subject: z.string().nullable().openapi({
      description:
        'The payment that may be charged twice, or the source whose dead letters grow or whose stream is not read',
    }),
    segment: z.string().openapi({ description: '`*`: the whole processor' }),
    opened_at: MomentOut,
    updated_at: MomentOut,
    closed_at: MomentOut.nullable(),
    acknowledged_by: z.string().nullable().openapi({ description: 'Who works on it' }),
    acknowledged_at: MomentOut.nullable(),
    evidence: z.record(z.string(), z.union([z.number(), z.string()])),
    money_at_risk: z.object({ minor_per_hour: z.number(), currency: z.string() }).nullable(),
  })
  .openapi('Alert');

export const AlertList = z
  .object({ alerts: z.array(AlertAnswer), count: z.int(), next_cursor: NextCursor })
  .openapi('AlertList');

export const alertJson = (alert: KeptAlert): z.output<typeof AlertAnswer> => ({
  id: alert.id,
  processor_id: alert.processorId,
  from_status: alert.fromStatus,
  to_status: alert.toStatus,
  timestamp: momentOf(alert.openedAtMs),
  reason: alert.reason,
  kind: alert.kind,
  subject: alert.subject ?? null,
  segment: alert.segment,
  opened_at: momentOf(alert.openedAtMs),
  updated_at: momentOf(alert.updatedAtMs),
  closed_at: momentOrNull(alert.closedAtMs),
  acknowledged_by: alert.acknowledgement?.by ?? null,
  acknowledged_at: momentOrNull(alert.acknowledgement?.atMs ?? null),
  evidence: { ...alert.evidence },
  money_at_risk: alert.moneyAtRisk && {
    minor_per_hour: alert.moneyAtRisk.minorPerHour,
    currency: alert.moneyAtRisk.currency,
  },
});
