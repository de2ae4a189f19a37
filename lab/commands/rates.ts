// `npm run lab -- rates`: how much of what comes the 95% intervals of rate forecasts hold, where the law of the rate is known.
import { asCommand, countOf, outOf, readOptions, UsageError } from './arguments.ts';
import { columns } from '../report/table.ts';
import { measureRates, type RateCoverage } from '../forecast/measure-rates.ts';
import { Progress } from '../runner/progress.ts';
import { RATE_WORLDS } from '../forecast/rate-worlds.ts';
import { writeWhole } from '../runner/whole-file.ts';

const ATTEMPTS = [2, 5, 15, 50, 200];
const HOURS = 14 * 24;
const HORIZON = 24;
const RUNS = 60;
const RUNS_MOST = 10_000;
const HELP = `npm run lab -- rates [--runs N] [--seed TEXT] [--out FILE.json]

Makes success rates of known laws (${RATE_WORLDS.join(', ')}) with ${ATTEMPTS.join(', ')} attempts an hour, forecasts the day after
two weeks of them by the function of production, and prints how many of the shares to come, and of the rates, the 95% intervals hold.

  --runs  of each law and number of attempts, 1 to ${RUNS_MOST.toLocaleString('en')}; left out: ${RUNS}
  --seed  which; left out: test
  --out   writes the figures as JSON; the file's folder is made if missing

How it works, and how good it is: docs/forecasting.md.
`;

export function run(args: string[]): Promise<number> {
  return asCommand(HELP, args, async () => {
    const text = { type: 'string' } as const;
    const options = readOptions(args, { runs: text, seed: text, out: text });
    if (options['seed'] === '') throw new UsageError('--seed wants a text');
    const seed = String(options['seed'] ?? 'test');
    const runs = countOf(options, 'runs', { least: 1, most: RUNS_MOST, default: RUNS });
    const out = outOf(options);
    const progress = new Progress(RATE_WORLDS.length * ATTEMPTS.length);
    const rows: RateCoverage[] = [];
    for (const world of RATE_WORLDS)
      for (const attempts of ATTEMPTS) {
        rows.push(measureRates(world, attempts, { seed, runs, hours: HOURS, horizon: HORIZON }));
        progress.add(1, 'laws');
      }
    progress.end();
    process.stdout.write(`${table(rows)}\n`);
    if (out !== null) writeWhole(out, `${JSON.stringify({ seed, runs, rows }, null, 1)}\n`);
    return 0;
  });
}

function table(rows: readonly RateCoverage[]): string {
  const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;
  return columns([
    ['rate', 'attempts an hour', 'shares inside', 'width', 'rates inside', 'width'],
    ...rows.map((row) => [
      row.world,
      String(row.attempts),
      percent(row.sharesHeld),
      row.shareWidth.toFixed(3),
      percent(row.ratesHeld),
      row.rateWidth.toFixed(3),
    ]),
  ]);
}
