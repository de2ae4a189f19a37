// `npm run lab -- backtest`: what the core would have foretold, chosen and announced on a merchant's own log.
import { mkdirSync, writeFileSync } from 'node:fs';
import { asCommand, callerPath, readOptions, UsageError } from './arguments.ts';
import { backtest, type BacktestReport } from '../backtest/backtest.ts';
import { columns } from '../report/table.ts';
import { describeProblems, readLog } from '../backtest/read-log.ts';
import { join } from 'node:path';
import { priorsBody, unfitNames, type PriorsBody } from '../backtest/seed-priors.ts';
import { PREDICTORS } from '../backtest/judgement.ts';
import { Progress } from '../runner/progress.ts';
import { refusalSentence } from '../../src/domain/evaluation/off-policy.ts';
import { reportPage } from '../backtest/report-page.ts';

const HELP = `npm run lab -- backtest --log FILE.csv [options]

Replays a log of attempts in the order of time through the core that runs in production, and reports how well approvals were foretold,
what \`learned\` and every static choice would have brought, and which episodes would have been announced.

  --log FILE.csv      the log: a header and one row per attempt; lab/README.md has its columns
  --out DIR           writes backtest.html and backtest.json there (default: backtest, made if missing)
  --priors FILE.json  also writes what the log says posteriors should begin with: a body for POST /api/v1/ml/priors

Required columns: occurred_at, transaction_id, processor, result. With propensity the value of other choices can be estimated.
Ends with 0; with 2 where the log or an option is refused: then nothing is written.
\`npm run lab -- sample-log\` makes a log to try it with.
`;

export function run(args: string[]): Promise<number> {
  return asCommand(HELP, args, async () => {
    const options = readOptions(args, {
      log: { type: 'string' },
      out: { type: 'string' },
      priors: { type: 'string' },
    });
    const file = options['log'];
    if (typeof file !== 'string') throw new UsageError('--log FILE.csv is wanted');
    const reading = await readLog(callerPath(file));
    if (!reading.ok) {
      process.stderr.write(`${describeProblems(file, reading.problems)}\n`);
      return 2;
    }
    const progress = new Progress(reading.log.count);
    const { report, totals } = backtest(reading.log, reading.header.ignored, (rows) => progress.add(rows, 'replaying'));
    progress.end();
    const priors = typeof options['priors'] === 'string' ? fitPriors(priorsBody(totals)) : null;
    writeAll(String(options['out'] ?? 'backtest'), report, priors && { file: String(options['priors']), body: priors });
    process.stdout.write(summaryOf(report));
    return 0;
  });
}

function fitPriors(body: PriorsBody): PriorsBody {
  const unfit = unfitNames(body);
  if (unfit.length > 0)
    throw new UsageError(
      `--priors: the Registry knows no such names: ${unfit.slice(0, 10).join(', ')}. A processor is a-z, 0-9, _ and -; a segment needs the columns payment_method and country (two letters).`,
    );
  return body;
}

function writeAll(
  folder: string,
  report: BacktestReport,
  priors: { readonly file: string; readonly body: PriorsBody } | null,
): void {
  const write = (file: string, text: string): void => {
    writeFileSync(file, text);
    process.stdout.write(`wrote ${file}\n`);
  };
  try {
    const place = callerPath(folder);
    mkdirSync(place, { recursive: true });
    write(join(place, 'backtest.json'), `${JSON.stringify(report, null, 2)}\n`);
    write(join(place, 'backtest.html'), reportPage(report));
    if (priors !== null) write(callerPath(priors.file), `${JSON.stringify(priors.body, null, 2)}\n`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw new UsageError(`the report cannot be written: ${(error as Error).message}`);
  }
}

function summaryOf({ predictive, value, episodes, log }: BacktestReport): string {
  const quality = PREDICTORS.map((name) => {
    const { logLoss, brier, auc, calibrationError } = predictive.overall[name];
    return [
      name,
      logLoss.toFixed(4),
      brier.toFixed(4),
      auc?.toFixed(3) ?? '-',
      `${(100 * calibrationError).toFixed(2)}%`,
    ];
  });
  const values = value.map(({ policy, answer }) =>
    answer.ok
      ? `${policy}: ${(100 * answer.doublyRobust.value).toFixed(2)}% (${(100 * answer.doublyRobust.low).toFixed(2)} to ${(100 * answer.doublyRobust.high).toFixed(2)}), lift ${(100 * answer.lift.value).toFixed(2)} pp`
      : `${policy}: ${refusalSentence(answer)}`,
  );
  return [
    `${log.firstAttempts} first attempts of ${log.processors.length} processors, ${episodes.length} episodes`,
    ...(log.ignoredColumns.length > 0 ? [`columns not read: ${log.ignoredColumns.join(', ')}`] : []),
    columns([['foretold by', 'log loss', 'Brier', 'AUC', 'calibration error'], ...quality]),
    'approval, doubly robust (95%):',
    ...values.map((text) => `  ${text}`),
    '',
  ].join('\n');
}
