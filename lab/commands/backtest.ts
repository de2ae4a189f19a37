// `npm run lab -- backtest`: what the core would have foretold, chosen and announced on a merchant's own log.
import { asCommand, callerPath, isSame, readOptions, UsageError, type Options } from './arguments.ts';
import { backtest, type Backtest, type BacktestReport } from '../backtest/backtest.ts';
import { columns } from '../report/table.ts';
import { describeProblems, readLog, type LogReading } from '../backtest/read-log.ts';
import { checkWritable, writeWhole } from '../runner/whole-file.ts';
import { join } from 'node:path';
import { priorNames, priorsBody, type PriorNames } from '../backtest/seed-priors.ts';
import { PREDICTORS } from '../backtest/judgement.ts';
import { Progress } from '../runner/progress.ts';
import { refusalSentence } from '../../src/domain/evaluation/off-policy.ts';
import { reportPage } from '../backtest/report-page.ts';

const HELP = `npm run lab -- backtest --log FILE.csv [options]

Replays a log of attempts in the order of time through the core that runs in production, and reports how well approvals were foretold,
what \`learned\` and every static choice would have brought, and which episodes would have been announced.

  --log FILE.csv      the log: a header and one row per attempt; lab/README.md has its columns
  --out DIR           writes backtest.html and backtest.json there (default: backtest, made if missing)
  --priors FILE.json  also writes what the log says posteriors should begin with, a body for POST /api/v1/ml/priors: per processor and
                      segment the approval at rest (the median of the levels that the core remembers at the end of the log, so that
                      outages are not in it), worth as many outcomes as there were first attempts, 100 at most. Names are written as the API takes them, in lower
                      case with _ for other characters (Adyen EU: adyen_eu), which is said where it changes one. Its folder is made
                      if missing

Required columns: occurred_at, transaction_id, processor, result. With propensity the value of other choices can be estimated.
Ends with 0; with 2 where the log or an option is refused: then nothing is written. With 2 too where the log has no priors to tell, be it
that it names no country or only such as the API cannot know: then the report is written.
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
    const places = placesOf(callerPath(file), options);
    const reading = await readLog(callerPath(file));
    if (!reading.ok) {
      process.stderr.write(`${describeProblems(file, reading.problems)}\n`);
      return 2;
    }
    return replayed(reading, places);
  });
}

interface Places {
  readonly json: string;
  readonly html: string;
  readonly priors: string | null;
}

function placesOf(log: string, { out = 'backtest', priors }: Options): Places {
  for (const [name, value] of Object.entries({ out, priors }))
    if (value === '') throw new UsageError(`--${name} wants a ${name === 'out' ? 'folder' : 'file'}`);
  const folder = callerPath(String(out));
  const places = {
    json: join(folder, 'backtest.json'),
    html: join(folder, 'backtest.html'),
    priors: priors === undefined ? null : callerPath(String(priors)),
  };
  const { json, html } = places;
  if (places.priors === json || places.priors === html) throw new UsageError('--priors would overwrite the report');
  for (const place of Object.values(places))
    if (place !== null && isSame(place, log)) throw new UsageError(`${place} is the log: it would be overwritten`);
  return places;
}

function replayed({ log, header }: Extract<LogReading, { ok: true }>, { json, html, priors }: Places): number {
  for (const place of [json, html, priors]) if (place !== null) checkWritable(place);
  const names = priors === null ? null : priorNames(log.processors, log.segments);
  if (names !== null) tellLeftOut(names);
  const progress = new Progress(log.count);
  const { report, levels } = backtest(log, header.ignored, (rows) => progress.add(rows, 'replaying'));
  progress.end();
  write(json, `${JSON.stringify(report, null, 2)}\n`);
  write(html, reportPage(report));
  process.stdout.write(summaryOf(report));
  return names === null || priors === null || writePriors(priors, levels, names) ? 0 : 2;
}

const NAMES_TOLD = 10;
const list = (sentences: readonly string[]): string =>
  sentences
    .slice(0, NAMES_TOLD)
    .map((sentence) => `  ${sentence}\n`)
    .join('') + (sentences.length > NAMES_TOLD ? `  and ${sentences.length - NAMES_TOLD} more\n` : '');

/** Before the replay, which may take minutes: the caller may want to mend the log first. */
function tellLeftOut({ processors, segments, leftOut }: PriorNames): void {
  if (leftOut.length === 0) return;
  const isNone = processors.size === 0 || segments.size === 0;
  const what = isNone ? 'No priors can be written, only the report' : 'Left out of the priors';
  process.stderr.write(`${what}:\n${list(leftOut)}`);
}

/** Whether there were any to write. */
function writePriors(file: string, levels: Backtest['levels'], names: PriorNames): boolean {
  const body = priorsBody(levels, names);
  if (body.priors.length === 0) {
    process.stderr.write(
      'The report is written, priors are not: the log tells of no processor in a segment that the API knows.\n',
    );
    return false;
  }
  write(file, `${JSON.stringify(body, null, 2)}\n`);
  if (names.changed.length > 0) process.stdout.write(`Names in it, where the log has others:\n${list(names.changed)}`);
  return true;
}

function write(file: string, text: string): void {
  writeWhole(file, text);
  process.stdout.write(`wrote ${file}\n`);
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
