// `npm run lab -- run`: scenarios from any path against any policies, to a table and a JSON file.
import {
  asCommand,
  callerPath,
  countOf,
  isSame,
  outOf,
  readOptions,
  RUNS_MOST,
  UsageError,
  workersOf,
} from './arguments.ts';
import { coreHash } from '../runner/source-hash.ts';
import { describeProblems } from '../scenario-problems.ts';
import { readScenario, type Scenario } from '../scenario-file.ts';
import { policiesNamed, type RegisteredPolicy } from '../policies/index.ts';
import { Progress } from '../runner/progress.ts';
import { reportScenario, type ScenarioReport } from '../report/scenario-report.ts';
import { runBlocks } from '../runner/pool.ts';
import { scenarioTable } from '../report/table.ts';
import { writeWhole } from '../runner/whole-file.ts';
import type { Block, BlockResult } from '../runner/block.ts';

const HELP = `npm run lab -- run --scenario FILE [options]

  --scenario FILE    a scenario (lab/README.md has its fields); may be given more than once
  --policies IDS     ids with commas between, or all (default)
  --seeds N          runs per policy, on the same outcomes for each (default 20)
  --first N          number of the first run (default 0); other numbers are other outcomes
  --out FILE         also writes the report as JSON; its folder is made if missing
  --workers N        processes (default: one per core)

Ends with 0; with 2 where a scenario or an option is refused, or FILE cannot be written; with 1 where a worker was ended.
`;

/** Seeds of one policy that a worker takes at a time. */
const BLOCK_RUNS = 5;

export function run(args: string[]): Promise<number> {
  return asCommand(HELP, args, async () => {
    const options = readOptions(args, {
      scenario: { type: 'string', multiple: true },
      policies: { type: 'string' },
      seeds: { type: 'string' },
      first: { type: 'string' },
      out: { type: 'string' },
      workers: { type: 'string' },
    });
    const files = (options['scenario'] as string[] | undefined) ?? [];
    const scenarios = readAll(files);
    if (scenarios === null) return 2;
    const policies = await policiesAsked(String(options['policies'] ?? 'all'));
    const told = {
      seeds: countOf(options, 'seeds', { least: 1, most: RUNS_MOST, default: 20 }),
      first: countOf(options, 'first', { least: 0, default: 0 }),
      workers: workersOf(options),
    };
    const out = outOf(options);
    if (out !== null && files.some((file) => isSame(callerPath(file), out)))
      throw new UsageError('--out would overwrite a scenario');
    const core = coreHash();
    const reports = await measure(scenarios, policies, told);
    for (const report of reports) process.stdout.write(`${scenarioTable(report)}\n`);
    process.stdout.write(`core of learned: ${core}\n`);
    if (out !== null) writeWhole(out, `${JSON.stringify({ core, scenarios: reports }, null, 2)}\n`);
    return 0;
  });
}

function readAll(files: readonly string[]): Scenario[] | null {
  if (files.length === 0) throw new UsageError('--scenario FILE is wanted');
  const scenarios: Scenario[] = [];
  for (const file of files) {
    const reading = readScenario(callerPath(file));
    if (reading.ok) scenarios.push(reading.scenario);
    else process.stderr.write(`${describeProblems(file, reading.problems)}\n`);
  }
  return scenarios.length === files.length ? scenarios : null;
}

export async function policiesAsked(names: string): Promise<RegisteredPolicy[]> {
  try {
    return await policiesNamed(names);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

interface Measuring {
  readonly seeds: number;
  readonly first: number;
  readonly workers: number | undefined;
}

async function measure(
  scenarios: readonly Scenario[],
  policies: readonly RegisteredPolicy[],
  { seeds, first, workers }: Measuring,
): Promise<ScenarioReport[]> {
  const blocks: Block[] = scenarios.flatMap((scenario) =>
    policies.flatMap(({ entry }) =>
      Array.from({ length: Math.ceil(seeds / BLOCK_RUNS) }, (_, place) => ({
        scenario,
        policy: entry.id,
        first: first + place * BLOCK_RUNS,
        runs: Math.min(BLOCK_RUNS, seeds - place * BLOCK_RUNS),
      })),
    ),
  );
  const progress = new Progress(blocks.length);
  const done = new Map<Block, BlockResult>();
  try {
    await runBlocks(blocks, {
      ...(workers === undefined ? {} : { workers }),
      onDone: (block, result) => {
        done.set(block, result);
        progress.add(1, `${block.scenario.id} ${block.policy}`);
      },
    });
  } finally {
    progress.end();
  }
  return scenarios.map((scenario) =>
    reportScenario(
      scenario,
      policies.map(({ entry }) => ({
        policy: entry.id,
        source: entry.source,
        runs: blocks
          .filter((block) => block.scenario === scenario && block.policy === entry.id)
          .flatMap((block) => done.get(block)!.runs),
      })),
    ),
  );
}
