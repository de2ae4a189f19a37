// History as anomalies are found in it, over Neon's HTTP driver: attempts are counted up in PostgreSQL, and only counts come here.
import { askNeon, type NeonAnswer, type NeonOptions, type NeonRow } from './neon-query.ts';
import { CAUSES_QUERY, MINUTES_QUERY } from './anomaly-queries.ts';
import type { AnomalyHistoryPort } from '../ports/anomaly-port.ts';
import type { CodeCount } from '../domain/localisation/leaf-table.ts';
import type { HistoryReply } from '../ports/history-port.ts';
import { MINUTE_MS } from '../domain/payment-anomalies/reading-plan.ts';
import type { ScopeMinute } from '../domain/payment-anomalies/house-watch.ts';
import type { SlowLeaf } from '../domain/payment-anomalies/explain-anomaly.ts';

export function createNeonAnomalies(options: NeonOptions): AnomalyHistoryPort {
  const ask = async <Value>(
    text: string,
    parameters: readonly unknown[],
    read: (answer: NeonAnswer) => Value,
  ): Promise<HistoryReply<Value>> => {
    const reply = await askNeon(options, text, parameters);
    return reply.ok ? { ok: true, value: read(reply.value) } : reply;
  };
  return {
    minutes: async (from, through) =>
      await ask(MINUTES_QUERY, [momentOf(from), momentOf(through + 1)], ({ rows }) => minutesOf(rows)),
    causes: async ({ usualFrom, usualThrough, from, through, currency }) => {
      const stretch = [momentOf(usualFrom), momentOf(through + 1), momentOf(usualThrough + 1), momentOf(from)];
      return await ask(CAUSES_QUERY, [...stretch, currency], ({ rows }) => ({
        usual: { minutes: usualThrough - usualFrom + 1, leaves: leavesOf(rows, false) },
        during: { minutes: through - from + 1, leaves: leavesOf(rows, true) },
      }));
    },
  };
}

const momentOf = (minute: number): string => new Date(minute * MINUTE_MS).toISOString();

type Draft = { -readonly [Key in keyof ScopeMinute]: ScopeMinute[Key] } & {
  amounts: Record<string, { attempts: number; minor: number }>;
  errorCodes: Record<string, number>;
  declineCodes: Record<string, number>;
  amountBins: Record<string, number>;
};

const draftOf = (scope: string, minute: number): Draft => ({
  ...{ scope, minute, attempts: 0, failures: 0, declines: 0, approvals: 0, invalidDeclines: 0, latency: null },
  ...{ errorCodes: {}, declineCodes: {}, amountBins: {}, amounts: {} },
  ...{ fingerprintsDistinct: 0, busiestFingerprint: 0, busiestBin: 0 },
});

function minutesOf(rows: readonly NeonRow[]): ScopeMinute[] {
  const drafts = new Map<string, Draft>();
  const latencies = new Map<string, { sumMs: number; bins: [number, number][] }>();
  for (const row of rows) {
    const [scope, minute] = [String(row['scope']), Number(row['minute'])];
    const key = `${minute} ${scope}`;
    const draft = drafts.get(key) ?? draftOf(scope, minute);
    drafts.set(key, draft);
    const [name, count, more] = [String(row['name']), Number(row['count']), Number(row['more'])];
    if (row['what'] === 'latency') {
      const latency = latencies.get(key) ?? { sumMs: 0, bins: [] };
      latency.sumMs += more;
      latency.bins.push([Number(name), count]);
      latencies.set(key, latency);
    } else addCount(draft, { what: String(row['what']), name, count, more });
  }
  for (const [key, { sumMs, bins }] of latencies)
    drafts.get(key)!.latency = { sumMs, bins: bins.toSorted(([left], [right]) => left - right).flat() };
  return [...drafts.values()];
}

interface Counted {
  readonly what: string;
  readonly name: string;
  readonly count: number;
  readonly more: number;
}

function addCount(draft: Draft, { what, name, count, more }: Counted): void {
  switch (what) {
    case 'attempts':
      draft.attempts += count;
      draft.invalidDeclines += more;
      if (name === 'failed') draft.failures += count;
      else if (name === 'declined') draft.declines += count;
      else draft.approvals += count;
      return;
    case 'failed':
      set(draft.errorCodes, name, count);
      return;
    case 'declined':
      set(draft.declineCodes, name, count);
      return;
    case 'amount':
      set(draft.amountBins, name, count);
      return;
    case 'minor':
      draft.amounts = { ...draft.amounts, [name]: { attempts: count, minor: more } };
      return;
    case 'credentials':
      draft.fingerprintsDistinct = count;
      draft.busiestFingerprint = more;
      return;
    case 'bins':
      draft.busiestBin = more;
      return;
  }
}

/** Codes are other people's words: assigned as a key `__proto__` would be lost, or worse. */
function set(counts: Record<string, number>, name: string, count: number): void {
  const key = name === '__proto__' ? 'other' : name;
  counts[key] = (counts[key] ?? 0) + count;
}

type LeafDraft = { -readonly [Key in keyof SlowLeaf]: SlowLeaf[Key] } & { codes: CodeCount[] };

function leavesOf(rows: readonly NeonRow[], isDuring: boolean): SlowLeaf[] {
  const leaves = new Map<string, LeafDraft>();
  for (const row of rows) {
    if (row['is_during'] !== isDuring) continue;
    const [processor, method, country, bin] = ['processor_id', 'payment_method', 'country', 'bin'].map((name) =>
      String(row[name]),
    ) as [string, string, string, string];
    const key = JSON.stringify([processor, method, country, bin]);
    const leaf: LeafDraft = leaves.get(key) ?? {
      ...{ processor, method, country, bin, attempts: 0, failures: 0, declines: 0, approvals: 0, amountMinor: 0 },
      ...{ codes: [], answered: 0, slow: 0 },
    };
    leaves.set(key, leaf);
    const count = Number(row['count']);
    leaf.attempts += count;
    leaf.amountMinor += Number(row['minor']);
    leaf.answered += Number(row['answered']);
    leaf.slow += Number(row['slow']);
    if (row['outcome'] === 'approved') leaf.approvals += count;
    else {
      if (row['outcome'] === 'failed') leaf.failures += count;
      else leaf.declines += count;
      const code = row['code'] === '' ? String(row['result']) : String(row['code']);
      leaf.codes.push({ code, fault: row['fault'] as CodeCount['fault'], count });
    }
  }
  return [...leaves.values()];
}
