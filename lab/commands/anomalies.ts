// `npm run lab -- anomalies`: scores any series of measurements, row by row, by the scorer of src/domain/anomalies. The house runs it over its own metrics: src/domain/payment-anomalies/series-watch.ts.
import { asCommand, callerPath, readOptions, UsageError, type Options } from './arguments.ts';
import { averagePrecision } from '../anomalies/average-precision.ts';
import { checkWritable, writeWhole } from '../runner/whole-file.ts';
import { columns } from '../report/table.ts';
import { createAnomalyScorer, scoreNext } from '../../src/domain/anomalies/anomaly-scorer.ts';
import { describeProblems } from '../backtest/read-log.ts';
import { dirname } from 'node:path';
import { overlap, seriesFiles, type SeriesFile } from '../anomalies/series-files.ts';
import { Progress } from '../runner/progress.ts';
import { readMeasurements, type Measurement } from '../anomalies/read-measurements.ts';
import { statSync } from 'node:fs';

const HELP = `npm run lab -- anomalies --input DIR --out DIR [--evaluate]

Scores each CSV file of a folder and of the folders in it. Columns timestamp,value (in any case and order, others are ignored); writes a file of
the same name with timestamp,value,anomaly_score: from 0 to 1, 0.5 for a row eight times as far off as rows usually are. The score of a row knows
that row and those above it, none below.

  --input     the folder with the series
  --out       the folder for the scores, made if missing; not within the other, nor around it
  --evaluate  reads a column label, too (0 or 1), and prints the point average precision of each series over the rows after its first 15%.
              Scores are the same without it

Timestamps: ISO 8601, YYYY-MM-DD HH:MM:SS, M/D/YYYY H:MM (the month first), or seconds or milliseconds since 1970; UTC where there is no zone.
Steps may be irregular. A value that is empty, null or no finite number (NaN, inf) is missing: its row is scored as a gap.

Ends with 0; with 2 where an option or a file is refused: told with line and column, and the other files are scored all the same.
How it works, and how good it is: docs/anomalies.md.
`;

interface Folders {
  readonly input: string;
  readonly out: string;
}

/** Of one file. */
interface Outcome {
  readonly name: string;
  readonly rows: number;
  /** `null`: not asked for, or no anomaly to find. */
  readonly precision: number | null;
}

export function run(args: string[]): Promise<number> {
  return asCommand(HELP, args, async () => {
    const text = { type: 'string' } as const;
    const options = readOptions(args, { input: text, out: text, evaluate: { type: 'boolean' } });
    const isLabelled = options['evaluate'] === true;
    const { input, out } = foldersOf(options);
    const files = seriesFiles(input, out);
    if (files.length === 0) throw new UsageError(`there is no CSV file in ${input}`);
    const startedMs = performance.now();
    const outcomes = await scoreAll(files, isLabelled);
    const seconds = (performance.now() - startedMs) / 1_000;
    const rows = outcomes.reduce((sum, outcome) => sum + outcome.rows, 0);
    process.stdout.write(`scored ${outcomes.length} of ${files.length} files, ${rows} rows, ${seconds.toFixed(1)} s\n`);
    if (isLabelled) process.stdout.write(`${precisionTable(outcomes)}\n`);
    return outcomes.length === files.length ? 0 : 2;
  });
}

function foldersOf(options: Options): Folders {
  const [input, out] = ['input', 'out'].map((name) => {
    const folder = options[name];
    if (typeof folder !== 'string' || folder === '') throw new UsageError(`--${name} DIR is wanted`);
    return callerPath(folder);
  }) as [string, string];
  if (statSync(input, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new UsageError(`--input wants a folder, and ${input} is none`);
  if (overlap(input, out)) throw new UsageError('--out wants a folder apart from that of --input');
  return { input, out };
}

async function scoreAll(files: readonly SeriesFile[], isLabelled: boolean): Promise<Outcome[]> {
  for (const folder of new Set(files.map(({ output }) => dirname(output))))
    checkWritable(files.find(({ output }) => dirname(output) === folder)!.output);
  const progress = new Progress(files.reduce((sum, { bytes }) => sum + bytes, 0));
  const outcomes: Outcome[] = [];
  const refusals: string[] = [];
  for (const { name, input, output } of files) {
    const read = await readMeasurements(input, { isLabelled, onBytes: (count) => progress.add(count, name) });
    if (!read.ok) {
      refusals.push(describeProblems(input, read.problems));
      continue;
    }
    const scores = scoresOf(read.rows);
    writeWhole(output, textOf(read.rows, scores, read.separator));
    const labels = isLabelled ? read.rows.map(({ label }) => label === true) : [];
    const precision = isLabelled ? averagePrecision(scores, labels) : null;
    outcomes.push({ name, rows: scores.length, precision });
  }
  progress.end();
  for (const refusal of refusals) process.stderr.write(`${refusal}\n`);
  return outcomes;
}

function scoresOf(rows: readonly Measurement[]): number[] {
  const scorer = createAnomalyScorer();
  return rows.map(({ atMs, value }) => scoreNext(scorer, atMs, value));
}

function textOf(rows: readonly Measurement[], scores: readonly number[], separator: string): string {
  const lines = [['timestamp', 'value', 'anomaly_score'].join(separator)];
  for (const [row, { timestamp, written }] of rows.entries())
    lines.push([cell(timestamp), cell(written), scores[row]!].join(separator));
  return `${lines.join('\n')}\n`;
}

function cell(text: string): string {
  return /[",;\t\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function precisionTable(outcomes: readonly Outcome[]): string {
  const judged = outcomes.filter(({ precision }) => precision !== null);
  const folderOf = ({ name }: Outcome): string => (name.includes('/') ? dirname(name) : '.');
  const folders = [...new Set(judged.map(folderOf))];
  const mean = (of: readonly Outcome[]): string =>
    of.length === 0 ? '-' : (of.reduce((sum, { precision }) => sum + precision!, 0) / of.length).toFixed(4);
  return columns([
    ['series', 'average precision'],
    ...outcomes.map(({ name, precision }) => [name, precision === null ? 'no anomaly' : precision.toFixed(4)]),
    ...folders.map((folder) => {
      const within = judged.filter((outcome) => folderOf(outcome) === folder);
      return [`mean of ${folder} (${within.length})`, mean(within)];
    }),
    [`mean of all (${judged.length})`, mean(judged)],
  ]);
}
