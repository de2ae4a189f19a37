// An act of healing as history keeps it: what it looks like now, whatever it went through.
import type { HealingAction, HealingStanding } from './healing-action.ts';
import { endOf } from './undone-standing.ts';
import type { HealingActionRow } from '../history/kept-rows.ts';

export function healingRow(action: HealingAction): HealingActionRow {
  const { id, kind, processorId, subject, why, evidence, symptomAtMs, plannedAtMs, standing, undo } = action;
  const ended = endOf(action);
  return {
    id,
    action: kind,
    processorId: processorId ?? '*',
    scope: subject,
    mode: standing.state === 'advised' ? 'advise' : 'act',
    reason: why,
    evidence: { ...evidence, ...(ended !== null && { measured: ended.measured, recovery_ms: ended.recoveryMs }) },
    firstSymptomAtMs: symptomAtMs,
    plannedAtMs,
    actedAtMs: actedAtOf(standing, plannedAtMs),
    verifiedAtMs: ended?.atMs ?? null,
    outcome: ended?.outcome ?? null,
    undo,
    undoneAtMs: ended?.undone === true ? ended.atMs : null,
  };
}

/** It is done in the run that plans it; of what was cut off, or refused, nobody knows that it was done. */
function actedAtOf(standing: HealingStanding, plannedAtMs: number): number | null {
  switch (standing.state) {
    case 'advised':
    case 'acting':
      return null;
    case 'done':
      return plannedAtMs;
    case 'ended':
      return standing.outcome === 'interrupted' || standing.outcome === 'failed' ? null : plannedAtMs;
  }
}
