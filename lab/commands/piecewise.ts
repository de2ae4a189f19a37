// `npm run lab -- piecewise`: the regret of policies on the four piecewise-stationary problems, beside what was published.
import { asCommand, countOf, outOf, readOptions, RUNS_MOST, UsageError } from './arguments.ts';
import { CONTESTANTS, PUBLISHED_REGRET } from '../piecewise-contestants.ts';
import { coreHash } from '../runner/source-hash.ts';
import { measureRegret, PIECEWISE_PROBLEMS, PIECEWISE_STEPS, type PiecewiseResult } from '../piecewise.ts';
import { writeWhole } from '../runner/whole-file.ts';
const RUNS_DEFAULT = 100;
const HELP = `Measures mean pseudo-regret on the piecewise-stationary problems 1-4 (T = ${PIECEWISE_STEPS}, feedback at once).

  npm run lab -- piecewise [--policies ID,ID,...] [--runs N] [--out FILE.json]

  --policies  of: ${[...CONTESTANTS.keys()].join(', ')} (default: all)
  --runs      per problem and policy (default ${RUNS_DEFAULT}); run N meets the same outcomes under every policy
  --out       writes the numbers as JSON; the file's folder is made if missing

In brackets: the ratio to the published mean of 100 runs. The GLR, CUSUM, M and SW rows are told the number of changes; learned is not.
`;

export function run(args: string[]): Promise<number> {
  return asCommand(HELP, args, async () => {
    const options = readOptions(args, {
      policies: { type: 'string' },
      runs: { type: 'string' },
      out: { type: 'string' },
    });
    const policies = policiesAsked(options['policies'] as string | undefined);
    const runs = countOf(options, 'runs', { least: 1, most: RUNS_MOST, default: RUNS_DEFAULT });
    const out = outOf(options);
    const core = coreHash();
    const problems = PIECEWISE_PROBLEMS.map(({ id }) => `problem ${id}`.padEnd(26)).join('');
    process.stdout.write(`${'policy'.padEnd(18)}${problems}\n`);
    const rows = policies.map((policy) => {
      const regrets = PIECEWISE_PROBLEMS.map((problem) => measureRegret(problem, CONTESTANTS.get(policy)!, runs));
      process.stdout.write(
        `${policy.padEnd(18)}${regrets.map((regret, place) => cell(policy, place, regret)).join('')}\n`,
      );
      return { policy, regrets };
    });
    process.stdout.write(`core of learned: ${core}\n`);
    if (out !== null) writeWhole(out, `${JSON.stringify({ core, ...documentOf(rows) }, null, 2)}\n`);
    return 0;
  });
}

function policiesAsked(names?: string): readonly string[] {
  if (names === undefined) return [...CONTESTANTS.keys()];
  return [...new Set(names.split(',').map((name) => name.trim()))].map((name) => {
    if (!CONTESTANTS.has(name))
      throw new UsageError(`no policy ${name} here; there are ${[...CONTESTANTS.keys()].join(', ')}`);
    return name;
  });
}

function cell(policy: string, place: number, { mean, low, high }: PiecewiseResult): string {
  const published = PUBLISHED_REGRET.get(policy)?.[place];
  const ratio = published === undefined ? '' : ` (${(mean / published).toFixed(2)})`;
  return `${mean.toFixed(1)} ±${((high - low) / 2).toFixed(1)}${ratio}`.padEnd(26);
}

interface Row {
  readonly policy: string;
  readonly regrets: readonly PiecewiseResult[];
}

function documentOf(rows: readonly Row[]): object {
  return {
    steps: PIECEWISE_STEPS,
    problems: PIECEWISE_PROBLEMS.map(({ id }, place) => ({
      problem: id,
      policies: rows.map(({ policy, regrets }) => {
        const { runs, ...regret } = regrets[place]!;
        return { policy, regret, runs, published: PUBLISHED_REGRET.get(policy)?.[place] ?? null };
      }),
    })),
  };
}
