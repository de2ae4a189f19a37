// `node bench/cost-model.ts`: what recording costs a month on Cloudflare's price list, and how many rows it writes, computed from how Signalbox works; as markdown.
import { CHECKPOINT_EVERY, GROUP_COMMIT_MS, JOURNAL_SLOTS } from '../durable-objects/commit-figures.ts';
import { DRAIN_EVERY_MS } from '../src/domain/history/drain-pace.ts';
import { DRAIN_LIMITS } from '../src/flows/drain-history.ts';
import { DRAWERS } from '../src/domain/results/unsettled-attempts.ts';
import { LEDGER_LIMITS } from '../src/domain/results/ledger.ts';
import { markdownTable } from '../lab/report/overview.ts';

/** US dollars of the paid plan: per million beyond what is included, or per GB and month. */
export const PRICES = {
  plan: 5,
  workerRequests: { included: 10e6, perMillion: 0.3 },
  workerCpuMs: { included: 30e6, perMillion: 0.02 },
  objectRequests: { included: 1e6, perMillion: 0.15 },
  objectGbSeconds: { included: 400e3, perMillion: 12.5 },
  rowsRead: { included: 25e9, perMillion: 0.001 },
  rowsWritten: { included: 50e6, perMillion: 1 },
  storedGb: { included: 5, perMillion: 0.2e6 },
} as const;
export const PRICES_READ = '2026-11';

export const MONTH_S = 30 * 86_400;
/** An object in memory is billed for it whole. */
export const OBJECT_GB = 0.125;
const ENTRIES_PER_PAGE = LEDGER_LIMITS.pageEntries;
const BYTES_PER_KEY = 16;
/** JSON of one result in the journal. */
const RESULT_BYTES = 400;
/** Of the snapshot; a page of the dedupe store is written whole, and the last one is never full. */
const ROWS_PER_CHECKPOINT = 2;
/** An attempt of unknown outcome: its row and one of an index when it begins, and as many when it ends. */
const ROWS_PER_TIMEOUT = 4;
/** The budget for retries, as durable-objects/kept-budget.ts keeps it. */
const BUDGET_EVERY_S = 5;

export interface Traffic {
  readonly transactionsPerSecond: number;
  /** Transactions in one request; all of a request go to one processor. */
  readonly perRequest: number;
  readonly processors: number;
  /** Share of attempts whose outcome is unknown at first. */
  readonly timeouts: number;
  /** Isolates that hold a routing table. */
  readonly isolates: number;
}

/** What can be turned, each a constant or a variable of this name. */
export interface Knobs {
  readonly groupCommitMs: number;
  readonly publishEveryMs: number;
  readonly tableAgeMs: number;
  readonly drainAttemptsMax: number;
  readonly boardRegions: number;
}

export const KNOBS: Knobs = {
  groupCommitMs: GROUP_COMMIT_MS,
  publishEveryMs: 1_000,
  tableAgeMs: 1_000,
  drainAttemptsMax: DRAIN_LIMITS.attemptsMax,
  boardRegions: 1,
};

/** Estimated, for only the whole can be measured: the Worker's part of what a call and a transaction take in all (docs/performance-findings.md: 0.57 and 0.025 ms, objects included). */
const WORKER_CPU_MS = { perRequest: 0.25, perTransaction: 0.015 };

/** Commits of one object that is called so often a second, at moments of chance: one at once, and then none for the time of a group. */
export function commitsPerSecond(callsPerSecond: number, groupCommitMs: number): number {
  if (callsPerSecond === 0) return 0;
  const groupS = groupCommitMs / 1_000;
  // After a commit the next comes when the time is over, or later with the first call after it.
  return 1 / (groupS + Math.exp(-callsPerSecond * groupS) / callsPerSecond);
}

/** Of all processors' objects together. */
export function rowsPerSecond(traffic: Traffic, knobs: Knobs = KNOBS): number {
  const { processors, timeouts } = traffic;
  const results = traffic.transactionsPerSecond / processors;
  const commits = commitsPerSecond(results / traffic.perRequest, knobs.groupCommitMs);
  if (commits === 0) return 0;
  const checkpoints = Math.max(commits / CHECKPOINT_EVERY.commits, results / CHECKPOINT_EVERY.results);
  const between = results / checkpoints;
  const pages = between / ENTRIES_PER_PAGE;
  const drawers = DRAWERS * (1 - (1 - 1 / DRAWERS) ** (between * timeouts));
  // A step sets its alarm, and moves the cursor with each batch that history has.
  const drainSteps = 1_000 / DRAIN_EVERY_MS;
  const drainBatches = Math.max(Math.min(commits, drainSteps), results / knobs.drainAttemptsMax);
  const perObject =
    commits +
    checkpoints * (ROWS_PER_CHECKPOINT + pages + drawers) +
    results * timeouts * ROWS_PER_TIMEOUT +
    Math.min(commits, drainSteps) +
    drainBatches +
    1 / BUDGET_EVERY_S;
  return perObject * processors;
}

export interface MonthlyCost {
  readonly rowsPer1000: number;
  readonly workerRequests: number;
  readonly workerCpu: number;
  readonly objectRequests: number;
  readonly objectDuration: number;
  readonly rows: number;
  readonly storage: number;
  /** With the plan. */
  readonly total: number;
  readonly perMillionTransactions: number;
}

export function monthlyCost(traffic: Traffic, knobs: Knobs = KNOBS): MonthlyCost {
  const { transactionsPerSecond, perRequest, processors, isolates } = traffic;
  const requests = transactionsPerSecond / perRequest;
  const rows = rowsPerSecond(traffic, knobs);
  const cpuMs = requests * WORKER_CPU_MS.perRequest + transactionsPerSecond * WORKER_CPU_MS.perTransaction;
  // Calls with results; rows to the boards; tables to the isolates; alarms of the drain.
  const objectRequests =
    requests +
    (processors * knobs.boardRegions * 1_000) / knobs.publishEveryMs +
    (isolates * 1_000) / knobs.tableAgeMs +
    (processors * 1_000) / DRAIN_EVERY_MS;
  // Processors, boards and the Registry never sleep under traffic.
  const objects = processors + knobs.boardRegions + 1;
  const commits = commitsPerSecond(requests / processors, knobs.groupCommitMs) * processors;
  const commitBytes = commits === 0 ? 0 : (transactionsPerSecond / commits) * RESULT_BYTES;
  const keys = Math.min(LEDGER_LIMITS.resultsMax, (transactionsPerSecond / processors) * 86_400);
  const storedGb = (processors * (JOURNAL_SLOTS * commitBytes + keys * BYTES_PER_KEY)) / 1e9;
  const cost = {
    workerRequests: priced(requests * MONTH_S, PRICES.workerRequests),
    workerCpu: priced(cpuMs * MONTH_S, PRICES.workerCpuMs),
    objectRequests: priced(objectRequests * MONTH_S, PRICES.objectRequests),
    objectDuration: priced(objects * OBJECT_GB * MONTH_S, PRICES.objectGbSeconds),
    // Each commit is read once, when it is sent to history.
    rows: priced(rows * MONTH_S, PRICES.rowsWritten) + priced(commits * MONTH_S, PRICES.rowsRead),
    storage: priced(storedGb, PRICES.storedGb),
  };
  const total = Object.values(cost).reduce((sum, part) => sum + part, PRICES.plan);
  return {
    ...cost,
    rowsPer1000: (rows / transactionsPerSecond) * 1_000,
    total,
    perMillionTransactions: (total / (transactionsPerSecond * MONTH_S)) * 1e6,
  };
}

const priced = (amount: number, { included, perMillion }: { readonly included: number; readonly perMillion: number }) =>
  (Math.max(0, amount - included) / 1e6) * perMillion;

export const RATES = [100, 1_000, 10_000] as const;
/** Five processors that share the traffic evenly, one attempt in a hundred without an answer, sixteen isolates with a table. */
export const USUAL = { processors: 5, timeouts: 0.01, isolates: 16 };

export function costTable(): string {
  const rows = RATES.flatMap((transactionsPerSecond) =>
    [1, 100].map((perRequest) => {
      const cost = monthlyCost({ ...USUAL, transactionsPerSecond, perRequest });
      const { workerRequests, workerCpu, objectRequests, objectDuration, rows: written, storage } = cost;
      const parts = [workerRequests, workerCpu, objectRequests, objectDuration, written, storage, cost.total];
      return [
        transactionsPerSecond.toLocaleString('en'),
        perRequest === 1 ? 'single' : `batches of ${perRequest}`,
        cost.rowsPer1000.toFixed(1),
        ...parts.map((dollars) => Math.round(dollars).toLocaleString('en')),
        cost.perMillionTransactions.toFixed(2),
      ];
    }),
  );
  const head = [
    'transactions/s',
    'sent as',
    'rows written per 1,000',
    'Worker requests',
    'Worker CPU',
    'object requests',
  ];
  return markdownTable([[...head, 'object time', 'rows', 'storage', 'US$ a month', 'US$ per million'], ...rows]);
}

/** What each knob does at 1,000 transactions a second, one a request. */
export function knobTable(): string {
  const traffic = { ...USUAL, transactionsPerSecond: 1_000, perRequest: 1 };
  const turned: readonly (readonly [where: string, text: string, knobs: Partial<Knobs>])[] = [
    ['as it is', '', {}],
    ['`GROUP_COMMIT_MS` (commit-figures.ts)', '20 -> 100: answers wait up to 0.1 s', { groupCommitMs: 100 }],
    ['`GROUP_COMMIT_MS` (commit-figures.ts)', '20 -> 5', { groupCommitMs: 5 }],
    ['`QUIET_MS` (push-pace.ts)', '1 s -> 5 s: what is no transition is told later', { publishEveryMs: 5_000 }],
    ['`FRESH_MS` (isolate-table.ts)', '1 s -> 5 s: tables are older', { tableAgeMs: 5_000 }],
    ['`DRAIN_LIMITS.attemptsMax` (drain-history.ts)', '2,000 -> 500', { drainAttemptsMax: 500 }],
    ['`BOARD_REGIONS` (wrangler.toml)', 'one region -> four', { boardRegions: 4 }],
  ];
  return markdownTable([
    ['knob', 'turned', 'rows written per 1,000', 'US$ a month'],
    ...turned.map(([where, text, knobs]) => {
      const { rowsPer1000, total } = monthlyCost(traffic, { ...KNOBS, ...knobs });
      return [where, text, rowsPer1000.toFixed(1), total.toFixed(0)];
    }),
  ]);
}

if (import.meta.main) console.log(`${costTable()}\n\n${knobTable()}`);
