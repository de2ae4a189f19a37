// An incident in words for people who are woken by it: what, since when, what it costs, and what Signalbox does about it.
import { fromMinor, isKnownCurrency } from '../../domain/results/money.ts';
import type { Action } from '../../domain/notifications/delivery.ts';
import { TEST_KIND, type Incident } from '../../domain/notifications/incident.ts';

const HEADLINES: Readonly<Record<string, string>> = {
  breaker: 'is failing, its traffic has left',
  technical: 'fails more often than it did',
  approval: 'approves less than it did',
  approval_collapse: 'approves almost nothing',
  silent: 'sends no results',
  source_silent: 'send no results',
  unknown_overdue: 'has attempts of unknown outcome that are older than 24 hours',
  double_charge_risk: 'may be charged twice',
  dead_letters: 'sends what nobody can understand',
  stream_stalled: 'is not read, or not as fast as it grows',
  anomaly: 'is not as it usually is',
  channel_failing: 'does not take alerts',
};

const REACTIONS: Readonly<Record<string, string>> = {
  breaker: 'Payments go to the other processors; trial payments let this one back in.',
  technical: 'It still gets its share of the traffic; the breaker opens if it gets worse.',
  approval: 'Its share of the traffic follows its approvals.',
  approval_collapse: 'It gets at most 5% of the traffic until approvals come back.',
  silent: 'Payments go to the other processors until a result comes back.',
  source_silent: 'Nobody is taken out of routing. Check the webhook, queue or job that reports results.',
  unknown_overdue: 'None of them is taken for a failure. Ask the processor what became of them, and report it.',
  double_charge_risk: 'Void the attempt that the evidence names, unless the other one has failed meanwhile.',
  dead_letters:
    'Mend the mapping of the source, then replay its dead letters. 10,000 are kept: of more, the oldest are lost.',
  stream_stalled:
    'Nothing is lost while the stream keeps its entries. GET /api/v1/streams tells what its reader met last.',
  anomaly: 'Routing learns from every result. Say whether it was one: POST /api/v1/anomalies/{id}/feedback.',
  channel_failing: 'Its messages wait and are sent again; check its address and its secrets.',
};

/** `CRITICAL: processor_a (PIX in BR) is failing, its traffic has left` */
export function headline({ kind, subject, severity }: Incident, action: Action): string {
  if (kind === TEST_KIND) return `TEST: ${subject} ${action === 'close' ? 'was' : 'is being'} tried out`;
  const what = `${subject} ${HEADLINES[kind] ?? kind.replaceAll('_', ' ')}`;
  switch (action) {
    case 'open':
    case 'update':
      return `${severity.toUpperCase()}: ${what}`;
    case 'acknowledge':
      return `Acknowledged: ${what}`;
    case 'close':
      return `Over: ${what}`;
  }
}

export function reaction({ kind, closedAtMs }: Incident): string | null {
  return closedAtMs === null ? (REACTIONS[kind] ?? null) : null;
}

/** `BRL 1234.50 an hour` */
export function moneyText({ moneyAtRisk }: Incident): string | null {
  if (moneyAtRisk === null) return null;
  const { minorPerHour, currency } = moneyAtRisk;
  if (!isKnownCurrency(currency) || !Number.isSafeInteger(minorPerHour)) return null;
  return `${currency} ${fromMinor(minorPerHour, currency)} an hour`;
}

/** `2 h 5 min` */
export function durationText(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return `${Math.max(1, Math.round(ms / 1_000))} s`;
  const hours = Math.floor(minutes / 60);
  return hours === 0 ? `${minutes} min` : `${hours} h ${minutes % 60} min`;
}

export function isoText(ms: number): string {
  return new Date(ms).toISOString();
}
