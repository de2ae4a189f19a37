// Alerts as the API tells them: the seed's five fields, and what an operator on call asks next.
import { z } from '@hono/zod-openapi';
import type { Alert } from '../../domain/health/alert-book.ts';
import { Moment, MomentOut, momentOf, momentOrNull, NextCursor, PageQuery, StatusText } from './primitives.ts';

export const AlertQuery = PageQuery.extend({
  since: Moment.optional().openapi({ description: 'Opened, changed or closed at or after this moment' }),
});

export const AlertList = z
  .object({
    alerts: z.array(
      z
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
          ]),
          subject: z.string().nullable().openapi({
            description: 'The payment that may be charged twice, or the source whose dead letters grow',
          }),
          segment: z.string().openapi({ description: '`*`: the whole processor' }),
          opened_at: MomentOut,
          updated_at: MomentOut,
          closed_at: MomentOut.nullable(),
          evidence: z.record(z.string(), z.union([z.number(), z.string()])),
          money_at_risk: z.object({ minor_per_hour: z.number(), currency: z.string() }).nullable(),
        })
        .openapi('Alert'),
    ),
    count: z.int(),
    next_cursor: NextCursor,
  })
  .openapi('AlertList');

export const alertJson = (alert: Alert): z.output<typeof AlertList>['alerts'][number] => ({
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
  evidence: { ...alert.evidence },
  money_at_risk: alert.moneyAtRisk && {
    minor_per_hour: alert.moneyAtRisk.minorPerHour,
    currency: alert.moneyAtRisk.currency,
  },
});
