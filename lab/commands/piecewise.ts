// `npm run lab -- piecewise`: the regret of policies on the four piecewise-stationary problems, beside what was published.
import { CONTESTANTS, PUBLISHED_REGRET } from '../piecewise-contestants.ts';
import { measureRegret, PIECEWISE_PROBLEMS, PIECEWISE_STEPS, type PiecewiseResult } from '../piecewise.ts';
import { parseArgs } from 'node:util';
import { writeFile } from 'node:fs/promises';

const RUNS_DEFAULT = 100;
const HELP = `Measures mean pseudo-regret on the piecewise-stationary problems 1-4 (T = ${PIECEWISE_STEPS}, feedback at once).

  npm run lab -- piecewise [--policies ID,ID,...] [--runs N] [--out FILE.json]

  --policies  of: ${[...CONTESTANTS.keys()].join(', ')} (default: all)
  --runs      per problem and policy (default ${RUNS_DEFAULT}); run N meets the same outcomes under every policy
  --out       writes the numbers as JSON

In brackets: the ratio to the published mean of 100 runs. The GLR, CUSUM, M and SW rows are told the number of changes; learned is not.
`;

interface Wishes {
  readonly policies: readonly string[];
  readonly runs: number;
  readonly out: string | null;
}

/** The exit code: 0, or 2 for arguments that cannot be met. */
export async function run(args: string[]): Promise<number> {
  if (args.includes('--help')) {
    process.stdout.write(HELP);
    return 0;
  }
  const wishes = readWishes(args);
  if (typeof wishes === 'string') {
    process.stderr.write(`${wishes}\n`);
    return 2;
  }
  process.stdout.write(
    `${'policy'.padEnd(18)}${PIECEWISE_PROBLEMS.map(({ id }) => `problem ${id}`.padEnd(26)).join('')}\n`,
  );
  const rows = wishes.policies.map((policy) => {
    const regrets = PIECEWISE_PROBLEMS.map((problem) => measureRegret(problem, CONTESTANTS.get(policy)!, wishes.runs));
    process.stdout.write(
      `${policy.padEnd(18)}${regrets.map((regret, place) => cell(policy, place, regret)).join('')}\n`,
    );
    return { policy, regrets };
  });
  if (wishes.out !== null) await writeFile(wishes.out, `${JSON.stringify(documentOf(rows), null, 2)}\n`);
  return 0;
}

/** A sentence says what is wrong. */
function readWishes(args: string[]): Wishes | string {
  const options = { policies: { type: 'string' }, runs: { type: 'string' }, out: { type: 'string' } } as const;
  let values: { policies?: string; runs?: string; out?: string };
  try {
    ({ values } = parseArgs({ args, options }));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const policies = values.policies?.split(',') ?? [...CONTESTANTS.keys()];
  const unknown = policies.filter((policy) => !CONTESTANTS.has(policy));
  if (unknown.length > 0) return `--policies: not known here: ${unknown.join(', ')}`;
  const runs = Number(values.runs ?? RUNS_DEFAULT);
  if (!Number.isInteger(runs) || runs < 1) return '--runs: a whole number from 1';
  return { policies, runs, out: values.out ?? null };
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
