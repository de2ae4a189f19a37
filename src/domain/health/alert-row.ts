// An alert as history keeps it: how it stands now.
import type { AlertRow } from '../history/kept-rows.ts';
import type { KeptAlert } from '../notifications/word.ts';

export function alertRow(alert: KeptAlert): AlertRow {
  const { id, kind, processorId, segment, subject, fromStatus, toStatus, reason, evidence } = alert;
  const { openedAtMs, updatedAtMs, closedAtMs, moneyAtRisk, acknowledgement } = alert;
  return {
    id,
    kind,
    processorId,
    scope: segment,
    subject: subject ?? null,
    fromStatus,
    toStatus,
    openedAtMs,
    updatedAtMs,
    closedAtMs,
    acknowledgedBy: acknowledgement?.by ?? null,
    acknowledgedAtMs: acknowledgement?.atMs ?? null,
    reason,
    evidence,
    riskMinorPerHour: moneyAtRisk?.minorPerHour ?? null,
    riskCurrency: moneyAtRisk?.currency ?? null,
  };
}
