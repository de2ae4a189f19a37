// Attempts counted up in one process as the history database does it: by scope and minute, and by all that a cause can be named by.
import type { AttemptRow } from '../../src/domain/history/history-rows.ts';
import type { CauseQuestion } from '../../src/ports/anomaly-port.ts';
import type { CauseWindow, SlowLeaf } from '../../src/domain/payment-anomalies/explain-anomaly.ts';
import { amountBin } from '../../src/domain/payment-anomalies/payment-minute.ts';
import { isTechnicalFailure } from '../../src/domain/results/canonical-result.ts';
import { LatencySketch } from '../../src/domain/health/latency-sketch.ts';
import { processorScope, routeScope, segmentScope } from '../../src/domain/payment-anomalies/scope-name.ts';
import type { ScopeMinute } from '../../src/domain/payment-anomalies/house-watch.ts';
import { segmentParts } from '../../src/domain/segment.ts';

export interface Counted {
  readonly minuteOf: (minute: number) => readonly ScopeMinute[];
  readonly causesOf: (question: CauseQuestion) => { readonly usual: CauseWindow; readonly during: CauseWindow };
}

export function countedAttempts(rows: Iterable<AttemptRow>): Counted {
  const byMinute = new Map<number, AttemptRow[]>();
  for (const row of rows) {
    const minute = Math.floor(row.recordedAtMs / 60_000);
    const before = byMinute.get(minute) ?? [];
    before.push(row);
    byMinute.set(minute, before);
  }
  const within = (from: number, through: number): AttemptRow[] =>
    Array.from({ length: through - from + 1 }, (_, index) => byMinute.get(from + index) ?? []).flat();
  const known = new Map<number, readonly ScopeMinute[]>();
  return {
    minuteOf: (minute) => {
      const before = known.get(minute);
      if (before !== undefined) return before;
      const scopes = new Map<string, AttemptRow[]>();
      for (const row of byMinute.get(minute) ?? []) {
        const { processorId, segment } = row.result;
        for (const scope of ['*', processorScope(processorId), segmentScope(segment), routeScope(processorId, segment)])
          scopes.set(scope, [...(scopes.get(scope) ?? []), row]);
      }
      const minutes = [...scopes].map(([scope, of]) => counted(scope, minute, of));
      known.set(minute, minutes);
      return minutes;
    },
    causesOf: ({ usualFrom, usualThrough, from, through }) => ({
      usual: { minutes: usualThrough - usualFrom + 1, leaves: within(usualFrom, usualThrough).map(leafOf) },
      during: { minutes: through - from + 1, leaves: within(from, through).map(leafOf) },
    }),
  };
}

function counted(scope: string, minute: number, rows: readonly AttemptRow[]): ScopeMinute {
  const countsOf = (names: readonly (string | null | undefined)[]): Record<string, number> => {
    const counts: Record<string, number> = {};
    for (const name of names) if (typeof name === 'string') counts[name] = (counts[name] ?? 0) + 1;
    return counts;
  };
  const failed = rows.filter(({ result }) => isTechnicalFailure(result));
  const approved = rows.filter(({ result }) => result.result === 'approved');
  const declined = rows.filter((row) => !failed.includes(row) && !approved.includes(row));
  const credentials = countsOf(rows.map(({ result }) => result.details?.credentialHash));
  const bins = countsOf(rows.map(({ result }) => result.details?.bin));
  const sketch = new LatencySketch();
  for (const { result } of rows) sketch.add(result.latencyMs ?? NaN);
  return {
    scope,
    minute,
    attempts: rows.length,
    failures: failed.length,
    declines: declined.length,
    approvals: approved.length,
    invalidDeclines: declined.filter(({ result }) => result.details?.declineClass === 'fix_data').length,
    latency: sketch.snapshot(),
    errorCodes: countsOf(failed.map(({ result }) => result.declineCode)),
    declineCodes: countsOf(declined.map(({ result }) => result.declineCode)),
    amountBins: countsOf(rows.map(({ result }) => amountBin(result.amountMinor))),
    amounts: { BRL: { attempts: rows.length, minor: rows.reduce((sum, { result }) => sum + result.amountMinor, 0) } },
    fingerprintsDistinct: Object.keys(credentials).length,
    busiestFingerprint: Math.max(0, ...Object.values(credentials)),
    busiestBin: Math.max(0, ...Object.values(bins)),
  };
}

/** Leaves of the same attributes are added up where causes are looked for. */
function leafOf({ result }: AttemptRow): SlowLeaf {
  const { paymentMethod, country } = segmentParts(result.segment);
  const isFailed = isTechnicalFailure(result);
  const isApproved = result.result === 'approved';
  const code = { code: result.declineCode ?? result.result, fault: result.fault as 'issuer', count: 1 };
  return {
    processor: result.processorId,
    method: paymentMethod,
    country,
    bin: result.details?.bin ?? 'unknown',
    attempts: 1,
    failures: Number(isFailed),
    declines: Number(!isFailed && !isApproved),
    approvals: Number(isApproved),
    amountMinor: result.amountMinor,
    codes: isApproved ? [] : [code],
    answered: Number(result.latencyMs !== null),
    slow: Number((result.latencyMs ?? 0) > 420),
  };
}
