// `npm run lab -- sample-log`: a simulated merchant's log of attempts, to try `backtest` with.
import { asCommand, callerPath, countOf, isSame, outOf, readOptions, UsageError } from './arguments.ts';
import { fileURLToPath } from 'node:url';
import { describeProblems } from '../scenario-problems.ts';
import { readScenario } from '../scenario-file.ts';
import { policiesAsked } from './run.ts';
import { unloggable } from '../backtest/loggable.ts';
import { UnwritableFile } from '../runner/whole-file.ts';
import { writeSampleLog } from '../sample-log.ts';

/** The processors that `npm start` registers, so that the priors of its log can be posted there. */
const SAMPLE = fileURLToPath(new URL('../backtest/sample.json', import.meta.url));

const HELP = `npm run lab -- sample-log --out FILE.csv [options]

Writes the attempts of one simulated run as a log that \`backtest\` reads, with the propensity of each choice.

  --out FILE.csv    where to; its folder is made if missing
  --scenario FILE   another scenario than the mock processors of \`npm start\` with two outages (lab/backtest/sample.json)
  --policy ID       who chooses (default learned; random lets every other policy be judged)
  --seed N          number of the run, from 1 (default 1)

Ends with 0; with 2 where a scenario or an option is refused, a scenario too that names what no log may (lab/README.md), or where no
result comes.
`;

export function run(args: string[]): Promise<number> {
  return asCommand(HELP, args, async () => {
    const options = readOptions(args, {
      scenario: { type: 'string' },
      out: { type: 'string' },
      policy: { type: 'string' },
      seed: { type: 'string' },
    });
    if (options['out'] === undefined) throw new UsageError('--out FILE.csv is wanted');
    const file = typeof options['scenario'] === 'string' ? callerPath(options['scenario']) : SAMPLE;
    const seed = countOf(options, 'seed', { least: 1, default: 1 });
    const [policy, another] = await policiesAsked(String(options['policy'] ?? 'learned'));
    if (policy === undefined || another !== undefined) throw new UsageError('--policy wants one policy');
    const reading = readScenario(file);
    const problems = reading.ok ? unloggable(reading.scenario) : reading.problems;
    if (!reading.ok || problems.length > 0) {
      process.stderr.write(`${describeProblems(file, problems)}\n`);
      return 2;
    }
    const out = outOf(options)!;
    if (isSame(file, out)) throw new UsageError('--out would overwrite the scenario');
    try {
      const rows = writeSampleLog(reading.scenario, policy.entry, seed, out);
      if (rows === 0) throw new UsageError('no result comes in this scenario: there is no log to write');
      process.stdout.write(`wrote ${rows} attempts of ${policy.entry.id} to ${out}\n`);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
      throw new UnwritableFile(`${out} cannot be written: ${(error as Error).message}`);
    }
    return 0;
  });
}
