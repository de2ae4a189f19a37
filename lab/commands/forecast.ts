// `npm run lab -- forecast`: what comes next in any series of numbers, by the very functions that forecast volumes and latencies in production.
import { asCommand, callerPath, countOf, isSame, outOf, readOptions, UsageError, type Options } from './arguments.ts';
import { columns } from '../report/table.ts';
import { describeProblems } from '../backtest/read-log.ts';
import { forecastSeries, historyMax, type ForecastStep } from '../../src/domain/forecasting/forecast-series.ts';
import { HORIZON_MAX, PERIOD_MAX } from '../../src/domain/forecasting/forecast-options.ts';
import { owaHourly, scoreOf, seasonalNaive, type Scored } from '../forecast/score.ts';
import type { Problem } from '../backtest/log-columns.ts';
import { Progress } from '../runner/progress.ts';
import { readSeries, type Series } from '../forecast/read-series.ts';
import { writeWhole } from '../runner/whole-file.ts';

const WARNINGS_MAX = 10;
const HELP = `npm run lab -- forecast --input FILE.csv --horizon H --period P --out FILE.csv [--actual FILE.csv]

Forecasts each series of a file, with 95% intervals. Rows: series,t,value; t whole numbers, in any order. A t that is missing, or whose value is
empty, is a gap; a series without any value is left out, with a warning. Writes series,step,point,low,high; step 1 is the moment after a series'
last value.

  --input    the series: a header and one row per value; other columns are ignored
  --horizon  steps ahead, 1 to ${HORIZON_MAX.toLocaleString('en')}
  --period   steps to a season, e.g. 24 for hours of a day, 1 for none, up to ${PERIOD_MAX.toLocaleString('en')}; seven of them (a week of days) are a season, too
  --out      where the forecasts are written; the file's folder is made if missing
  --actual   what came: series,t,value; prints how good the forecasts were, beside the last season again

Ends with 0; with 2 and the line and column of what is wrong where an option or a file is refused: then nothing is written.
How it works, and how good it is: docs/forecasting.md.
`;

interface Wanted {
  readonly horizon: number;
  readonly period: number;
}

interface Foretold {
  readonly series: Series;
  readonly steps: readonly ForecastStep[];
}

export function run(args: string[]): Promise<number> {
  return asCommand(HELP, args, async () => {
    const text = { type: 'string' } as const;
    const options = readOptions(args, { input: text, horizon: text, period: text, out: text, actual: text });
    const input = fileOf(options, 'input');
    const wanted = {
      horizon: wholeOf(options, 'horizon', HORIZON_MAX),
      period: wholeOf(options, 'period', PERIOD_MAX),
    };
    const out = outOf(options);
    if (out === null) throw new UsageError('--out FILE.csv is wanted');
    const actual = options['actual'] === undefined ? null : fileOf(options, 'actual');
    for (const file of [input, actual])
      if (file !== null && isSame(out, file)) throw new UsageError(`${out} is read from: it would be overwritten`);
    const past = await readOrRefuse(input);
    const came = actual === null ? null : await readOrRefuse(actual);
    if (past === null || (actual !== null && came === null)) return 2;
    const startedMs = performance.now();
    const foretold = forecastAll(past, wanted);
    const eachMs = (performance.now() - startedMs) / foretold.length;
    writeWhole(out, textOf(foretold));
    process.stdout.write(`${foretold.length} series, ${wanted.horizon} steps each, ${eachMs.toFixed(1)} ms a series\n`);
    if (came !== null) process.stdout.write(`${scoreTable(foretold, came.series, wanted)}\n`);
    return 0;
  });
}

function fileOf(options: Options, name: string): string {
  const file = options[name];
  if (typeof file !== 'string' || file === '') throw new UsageError(`--${name} FILE.csv is wanted`);
  return callerPath(file);
}

function wholeOf(options: Options, name: string, most: number): number {
  if (options[name] === undefined) throw new UsageError(`--${name} is wanted`);
  return countOf(options, name, { least: 1, most, default: 1 });
}

interface ReadFile {
  readonly series: readonly Series[];
  readonly step: number;
}

async function readOrRefuse(file: string): Promise<ReadFile | null> {
  const reading = await readSeries(file);
  if (reading.ok) {
    warnOfEmpty(file, reading.empty);
    return reading;
  }
  process.stderr.write(`${describeProblems(file, reading.problems)}\n`);
  return null;
}

function warnOfEmpty(file: string, empty: readonly Problem[]): void {
  for (const { line, message } of empty.slice(0, WARNINGS_MAX))
    process.stderr.write(`${file}, line ${line}: ${message}, and is left out\n`);
  if (empty.length > WARNINGS_MAX)
    process.stderr.write(`${file}: ${empty.length - WARNINGS_MAX} more series have no value at all\n`);
}

function forecastAll({ series: all, step }: ReadFile, wanted: Wanted): Foretold[] {
  const progress = new Progress(all.length);
  const foretold = all.map((series) => {
    const answer = forecastSeries(recentValues(series, step, historyMax(wanted.period)), wanted);
    if (!answer.ok) throw new Error(`series ${series.name}: ${answer.reason}`);
    progress.add(1, 'forecasting');
    return { series, steps: answer.steps };
  });
  progress.end();
  return foretold;
}

/** The last moments as a row, null where nothing is known: a gap of years costs no memory. */
function recentValues({ points }: Series, step: number, most: number): (number | null)[] {
  const last = points.at(-1)!.t;
  const first = Math.max(points[0]!.t, last - (most - 1) * step);
  const values = new Array<number | null>(Math.floor((last - first) / step) + 1).fill(null);
  for (const { t, value } of points) if (t >= first) values[values.length - 1 - (last - t) / step] = value;
  return values;
}

function textOf(foretold: readonly Foretold[]): string {
  const lines = ['series,step,point,low,high'];
  for (const { series, steps } of foretold)
    for (const [i, { point, low, high }] of steps.entries())
      lines.push([cell(series.name), i + 1, point, low, high].join(','));
  return `${lines.join('\n')}\n`;
}

function cell(name: string): string {
  return /[",\n\r]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
}

function scoreTable(foretold: readonly Foretold[], came: readonly Series[], { horizon, period }: Wanted): string {
  const actualOf = new Map(came.map((series) => [series.name, series.points.map(({ value }) => value)]));
  const ours: Scored[] = [];
  const naive: Scored[] = [];
  for (const { series, steps } of foretold) {
    const past = series.points.map(({ value }) => value);
    const actual = (actualOf.get(series.name) ?? []).slice(0, horizon);
    if (past.length <= period) continue;
    ours.push({ past, actual, steps });
    naive.push({ past, actual, steps: seasonalNaive(past, horizon, period) });
  }
  const rows = Object.entries({ 'signalbox': ours, 'last season': naive }).map(([name, scored]) => {
    const score = scoreOf(scored, period);
    const percent = `${(100 * score.coverage).toFixed(1)}%`;
    return [
      name,
      score.smape.toFixed(3),
      score.mase.toFixed(4),
      owaHourly(score).toFixed(4),
      percent,
      score.msis.toFixed(2),
    ];
  });
  return columns([['', 'sMAPE', 'MASE', 'OWA (hourly)', 'inside 95%', 'MSIS'], ...rows]);
}
