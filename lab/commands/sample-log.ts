// `npm run lab -- sample-log`: a simulated merchant's log of attempts, to try `backtest` with.
import { asCommand, callerPath, countOf, readOptions, UsageError } from './arguments.ts';
import { describeProblems } from '../scenario-problems.ts';
import { readScenario } from '../scenario-file.ts';
import { policiesAsked } from './run.ts';
import { writeSampleLog } from '../sample-log.ts';

const HELP = `npm run lab -- sample-log --scenario FILE --out FILE.csv [options]

Writes the attempts of one simulated run as a log that \`backtest\` reads, with the propensity of each choice.

  --scenario FILE   a scenario, e.g. lab/scenarios/two-outages.json
  --out FILE.csv    where to
  --policy ID       who chooses (default learned; random lets every other policy be judged)
  --seed N          number of the run, from 1 (default 1)

Ends with 0; with 2 where a scenario or an option is refused.
`;

export function run(args: string[]): Promise<number> {
  return asCommand(HELP, args, async () => {
    const options = readOptions(args, {
      scenario: { type: 'string' },
      out: { type: 'string' },
      policy: { type: 'string' },
      seed: { type: 'string' },
    });
    const { scenario: file, out } = options;
    if (typeof file !== 'string' || typeof out !== 'string')
      throw new UsageError('--scenario FILE and --out FILE.csv are wanted');
    const seed = countOf(options, 'seed', { least: 1, default: 1 });
    const [policy, another] = await policiesAsked(String(options['policy'] ?? 'learned'));
    if (policy === undefined || another !== undefined) throw new UsageError('--policy wants one policy');
    const reading = readScenario(callerPath(file));
    if (!reading.ok) {
      process.stderr.write(`${describeProblems(file, reading.problems)}\n`);
      return 2;
    }
    try {
      const rows = writeSampleLog(reading.scenario, policy.entry, seed, callerPath(out));
      process.stdout.write(`wrote ${rows} attempts of ${policy.entry.id} to ${out}\n`);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
      throw new UsageError(`${out} cannot be written: ${(error as Error).message}`);
    }
    return 0;
  });
}
