// `npm run lab -- league`: every scenario of lab/scenarios against every policy, to a table, docs/lab.md, its figures and its JSON.
import { asCommand, countOf, readOptions, RUNS_MOST, UsageError, workersOf } from './arguments.ts';
import { checkWritable } from '../runner/whole-file.ts';
import { columns, leagueRows } from '../report/table.ts';
import { coreHash } from '../runner/source-hash.ts';
import { describeProblems } from '../scenario-problems.ts';
import { readScenario, type Scenario } from '../scenario-file.ts';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { meanCurves, type Block, type BlockResult } from '../runner/block.ts';
import { policiesAsked } from './run.ts';
import { Progress } from '../runner/progress.ts';
import { readdirSync } from 'node:fs';
import { piecewiseReport } from '../runner/piecewise-runs.ts';
import { reportScenario, type ScenarioReport } from '../report/scenario-report.ts';
import { runBlocks } from '../runner/pool.ts';
import { StoredBlocks } from '../runner/stored-blocks.ts';
import { undecided } from '../report/verdict.ts';
import { writeDocument } from '../report/document.ts';
import type { RegisteredPolicy } from '../policies/index.ts';
import type { RunCurves } from '../simulator/measures.ts';

const HELP = `npm run lab -- league [options]

  --quick          at most 6,000 payments a run and two seeds, under a minute: prints the table and writes no document
  --seeds N        runs per policy (default 100)
  --slow-seeds N   runs of the policies whose every step is a scan of their history (default 40)
  --deciding-seeds N  most runs of learned and a peer that loses more in the mean, but not surely: 4, 16, ... times
                   as many until the interval tells (default 1600)
  --scenarios IDS  ids with commas between (default: all of lab/scenarios)
  --policies IDS   ids with commas between (default: all); a league of some prints the table and writes no document
  --workers N      processes (default: one per core)

Every block of runs that is done, quick or not, is kept in lab/.runs: a league that was broken off goes on where it was.
lab/.runs may be deleted at any time.
`;

const FOLDER = fileURLToPath(new URL('../scenarios', import.meta.url));
const DOCUMENTS = ['lab.md', 'lab/league.json'].map((name) =>
  fileURLToPath(new URL(`../../docs/${name}`, import.meta.url)),
);
const BLOCK_RUNS = 5;
/** Their published rules scan what they have seen since the last change at each result. */
const SLOW: ReadonlySet<string> = new Set(['glr-klucb-local', 'glr-klucb-global', 'cusum-klucb', 'm-klucb']);
const QUICK = { payments: 6_000, seeds: 2, slowSeeds: 1 };

export interface LeagueEntry {
  readonly scenario: Scenario;
  readonly report: ScenarioReport;
  readonly curves: ReadonlyMap<string, RunCurves>;
}

export function run(args: string[]): Promise<number> {
  return asCommand(HELP, args, async () => {
    const options = readOptions(args, {
      'quick': { type: 'boolean' },
      'seeds': { type: 'string' },
      'slow-seeds': { type: 'string' },
      'deciding-seeds': { type: 'string' },
      'scenarios': { type: 'string' },
      'policies': { type: 'string' },
      'workers': { type: 'string' },
    });
    const quick = options['quick'] === true;
    const scenarios = leagueScenarios(options['scenarios'] as string | undefined).map((scenario) =>
      quick ? shortened(scenario) : scenario,
    );
    const policies = await policiesAsked(String(options['policies'] ?? 'all'));
    const playing = {
      seeds: countOf(options, 'seeds', { least: 1, most: RUNS_MOST, default: quick ? QUICK.seeds : 100 }),
      slowSeeds: countOf(options, 'slow-seeds', { least: 1, most: RUNS_MOST, default: quick ? QUICK.slowSeeds : 40 }),
      decidingSeeds: countOf(options, 'deciding-seeds', { least: 1, most: RUNS_MOST, default: quick ? 1 : 1_600 }),
      workers: workersOf(options),
    };
    const whole = !quick && options['scenarios'] === undefined && options['policies'] === undefined;
    if (whole) for (const path of DOCUMENTS) checkWritable(path);
    const core = coreHash();
    const entries = await playLeague(scenarios, policies, playing);
    process.stdout.write(`${columns(leagueRows(entries.map(({ report }) => report)))}\n\n`);
    process.stdout.write(`mean regret in percentage points; core of learned: ${core}\n`);
    if (whole) {
      process.stderr.write('the piecewise problems\n');
      const written = writeDocument({ subjects: entries, piecewise: piecewiseReport(), core });
      process.stdout.write(`written: ${written.join(', ')}\n`);
    }
    return 0;
  });
}

/** In the order of their files; throws a UsageError for a file that is refused. */
export function leagueScenarios(ids?: string): Scenario[] {
  const scenarios = readdirSync(FOLDER)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => {
      const reading = readScenario(join(FOLDER, name));
      if (!reading.ok) throw new UsageError(describeProblems(name, reading.problems));
      return reading.scenario;
    });
  if (ids === undefined) return scenarios;
  return ids.split(',').map((id) => {
    const found = scenarios.find((scenario) => scenario.id === id.trim());
    if (found === undefined)
      throw new UsageError(`no scenario ${id}; there are ${scenarios.map((scenario) => scenario.id).join(', ')}`);
    return found;
  });
}

/** The same fractions over fewer payments: what happens after so many seconds happens relatively later. */
function shortened(scenario: Scenario): Scenario {
  return { ...scenario, transactions: Math.min(scenario.transactions, QUICK.payments) };
}

interface Playing {
  readonly seeds: number;
  readonly slowSeeds: number;
  readonly decidingSeeds: number;
  readonly workers: number | undefined;
}

async function playLeague(
  scenarios: readonly Scenario[],
  policies: readonly RegisteredPolicy[],
  { seeds, slowSeeds, decidingSeeds, workers }: Playing,
): Promise<LeagueEntry[]> {
  const fileOf = new Map(policies.map(({ entry, file }) => [entry.id, file]));
  const done = new Map<Block, BlockResult>();
  const play = async (blocks: readonly Block[]): Promise<LeagueEntry[]> => {
    await playBlocks(blocks, { done, fileOf, workers });
    const played = [...done].map(([block, result]) => ({ block, result }));
    return scenarios.map((scenario) =>
      entryOf(
        scenario,
        policies,
        played.filter(({ block }) => block.scenario === scenario),
      ),
    );
  };
  const seedsOf = (policy: string): number => (SLOW.has(policy) ? Math.min(seeds, slowSeeds) : seeds);
  let entries = await play(
    scenarios.flatMap((scenario) =>
      policies.flatMap(({ entry }) => blocksOf(scenario, entry.id, { from: 0, to: seedsOf(entry.id) })),
    ),
  );
  // Fourfold runs are half the interval.
  for (let to = 4 * seeds; ; to *= 4) {
    const more = entries.flatMap(({ scenario, report }) =>
      undecided(report).flatMap((policy) =>
        blocksOf(scenario, policy, { from: runsOf(report, policy), to: Math.min(to, decidingSeeds) }),
      ),
    );
    if (more.length > 0) entries = await play(more);
    if (to >= decidingSeeds) break;
  }
  tellSlowest(done);
  return entries;
}

interface Play {
  readonly done: Map<Block, BlockResult>;
  /** Where each policy is written. */
  readonly fileOf: ReadonlyMap<string, string>;
  readonly workers: number | undefined;
}

/** Puts what they come to into `done`: from the folder where it is stored, else by running them. */
async function playBlocks(blocks: readonly Block[], { done, fileOf, workers }: Play): Promise<void> {
  const stored = new StoredBlocks();
  const progress = new Progress(blocks.reduce((sum, block) => sum + block.runs, 0));
  for (const block of blocks) {
    const result = stored.read(block, fileOf.get(block.policy)!);
    if (result === null) continue;
    done.set(block, result);
    progress.add(block.runs, 'known from before', true);
  }
  try {
    await runBlocks(
      blocks.filter((block) => !done.has(block)),
      {
        ...(workers === undefined ? {} : { workers }),
        onDone: (block, result) => {
          done.set(block, result);
          stored.write(block, fileOf.get(block.policy)!, result);
          progress.add(block.runs, `${block.scenario.id} ${block.policy}`);
        },
      },
    );
  } finally {
    progress.end();
  }
}

function runsOf({ policies }: ScenarioReport, policy: string): number {
  return policies.find((each) => each.policy === policy)?.seeds ?? 0;
}

/** Runs `from` to `to`, the last one not included. */
function blocksOf(
  scenario: Scenario,
  policy: string,
  { from, to }: { readonly from: number; readonly to: number },
): Block[] {
  return Array.from({ length: Math.ceil((to - from) / BLOCK_RUNS) }, (_, place) => {
    const first = from + place * BLOCK_RUNS;
    return { scenario, policy, first, runs: Math.min(BLOCK_RUNS, to - first) };
  });
}

interface Played {
  readonly block: Block;
  readonly result: BlockResult;
}

function entryOf(scenario: Scenario, policies: readonly RegisteredPolicy[], played: readonly Played[]): LeagueEntry {
  const of = (policy: string): readonly Played[] =>
    played.filter(({ block }) => block.policy === policy).sort((left, right) => left.block.first - right.block.first);
  return {
    scenario,
    report: reportScenario(
      scenario,
      policies.map(({ entry }) => ({
        policy: entry.id,
        source: entry.source,
        runs: of(entry.id).flatMap(({ result }) => result.runs),
      })),
    ),
    curves: new Map(
      policies.map(({ entry }) => [
        entry.id,
        meanCurves(of(entry.id).map(({ block, result }) => ({ curves: result.curves, weight: block.runs }))),
      ]),
    ),
  };
}

/** Microseconds per payment of each policy, on this machine and under its load. */
function tellSlowest(done: ReadonlyMap<Block, BlockResult>): void {
  const costs = new Map<string, { seconds: number; payments: number }>();
  for (const [{ policy, scenario, runs }, { seconds }] of done) {
    const cost = costs.get(policy) ?? { seconds: 0, payments: 0 };
    costs.set(policy, { seconds: cost.seconds + seconds, payments: cost.payments + runs * scenario.transactions });
  }
  const slowest = [...costs]
    .map(([policy, { seconds, payments }]) => ({ policy, micros: (1e6 * seconds) / payments }))
    .sort((left, right) => right.micros - left.micros)
    .slice(0, 6);
  const told = slowest.map(({ policy, micros }) => `${policy} ${micros.toFixed(1)}`).join(', ');
  process.stderr.write(`microseconds per payment, slowest first: ${told}\n`);
}
