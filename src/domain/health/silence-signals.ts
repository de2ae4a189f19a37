// What changed between two looks at silence, as signals for the alert book.
import { RESIDUAL } from '../segment.ts';
import type { AlertSignal } from './alert-book.ts';
import type { Silence } from '../routing/routing-table.ts';
import type { StatusRow } from './status-row.ts';

export interface SilenceView {
  readonly silences: readonly Silence[];
  readonly sourceSilent: boolean;
}

/** `off` follows as soon as a result has come: silence has no lingering doubt that 60 s and 50 results would have to dispel. */
export function silenceSignals(
  before: SilenceView,
  after: SilenceView,
  rows: readonly StatusRow[],
  now: number,
): AlertSignal[] {
  const key = (silence: Silence) => `${silence.processorId} ${silence.segment}`;
  const known = new Set(before.silences.map(key));
  const still = new Set(after.silences.map(key));
  const signals: AlertSignal[] = [];
  for (const silence of after.silences)
    if (!known.has(key(silence))) signals.push(silentSignal(silence, 'on', rows, now));
  for (const silence of before.silences)
    if (!still.has(key(silence))) signals.push(silentSignal(silence, 'off', rows, now));
  if (before.sourceSilent !== after.sourceSilent && rows[0] !== undefined) {
    signals.push({ ...sourceSignal(rows[0], now), state: after.sourceSilent ? 'on' : 'off' });
  }
  return signals;
}

function silentSignal(silence: Silence, state: 'on' | 'off', rows: readonly StatusRow[], now: number): AlertSignal {
  const row = rows.find(({ processorId }) => processorId === silence.processorId);
  const status = row?.effectiveStatus ?? 'HEALTHY';
  return {
    processorId: silence.processorId,
    epoch: row?.epoch ?? 0,
    scope: silence.segment,
    kind: 'silent',
    state,
    atMs: now,
    fromStatus: state === 'on' ? status : 'DOWN',
    toStatus: state === 'on' ? 'DOWN' : status,
    reason: 'Payments are sent to this processor but no results come back',
    evidence: { silent_since: new Date(silence.sinceMs).toISOString() },
    moneyAtRisk: null,
  };
}

/** Everyone silent at once is a dead source of results (a webhook queue, a batch job), not a dead processor: nobody is shed. */
function sourceSignal(row: StatusRow, now: number): Omit<AlertSignal, 'state'> {
  return {
    processorId: row.processorId,
    epoch: row.epoch,
    scope: RESIDUAL,
    kind: 'source_silent',
    atMs: now,
    fromStatus: row.effectiveStatus,
    toStatus: row.effectiveStatus,
    reason: 'No results arrive from any processor: check the source that reports them',
    evidence: {},
    moneyAtRisk: null,
  };
}
