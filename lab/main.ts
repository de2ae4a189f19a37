// `npm run lab -- <command>`: the simulator, the league of routing policies and the measurements that chose our own.
const HELP = `npm run lab -- <command> [options]

  run        one or more scenarios x policies, to a table and a JSON file
  league     all scenarios x all policies, to docs/lab.md
  piecewise  the piecewise-stationary problems of the literature
  detect     how fast each detector sees a change, against the theoretical floor
  backtest   a merchant's own log through the core, to a report
  sample-log a simulated log, to try backtest with
  forecast   what comes next in any series of numbers, with intervals
  rates      how many of the shares to come the intervals of rate forecasts hold
  anomalies  how anomalous each row of any series of measurements is
  experiments how often the judge of experiments errs, and how soon it sees an arm that loses
  predict    how well troubles of processors are foretold, and how early

  <command> --help   its options
Every field of a scenario and every number of a report is told in lab/README.md.
`;

type Command = (args: string[]) => Promise<number>;

const COMMANDS: Readonly<Record<string, () => Promise<{ run: Command }>>> = {
  'run': () => import('./commands/run.ts'),
  'league': () => import('./commands/league.ts'),
  'piecewise': () => import('./commands/piecewise.ts'),
  'detect': () => import('./commands/detect.ts'),
  'backtest': () => import('./commands/backtest.ts'),
  'sample-log': () => import('./commands/sample-log.ts'),
  'forecast': () => import('./commands/forecast.ts'),
  'rates': () => import('./commands/rates.ts'),
  'anomalies': () => import('./commands/anomalies.ts'),
  'experiments': () => import('./commands/experiments.ts'),
  'predict': () => import('./commands/predict.ts'),
};

export async function main([name, ...args]: string[]): Promise<number> {
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(HELP);
    return name === undefined ? 2 : 0;
  }
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (load === undefined) {
    process.stderr.write(`no command ${name}\n\n${HELP}`);
    return 2;
  }
  const { run } = await load();
  return run(args);
}

process.exitCode = await main(process.argv.slice(2));
