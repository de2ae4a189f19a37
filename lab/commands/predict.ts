// `npm run lab -- predict`: how well troubles of processors are foretold on simulated days, beside a rule of thresholds.
import { asCommand, countOf, outOf, readOptions, UsageError } from './arguments.ts';
import { checkWritable, writeWhole } from '../runner/whole-file.ts';
import { columns } from '../report/table.ts';
import { figuresOf, type KindFigures, type Warnings } from '../predictions/figures.ts';
import { fileURLToPath } from 'node:url';
import { fitCurve } from '../predictions/logistic-fit.ts';
import { LOOK_EVERY, measureDays, type Measured } from '../predictions/measure-days.ts';
import { PREDICTION_KINDS } from '../../src/domain/predictions/prediction.ts';
import { Progress } from '../runner/progress.ts';
import { reliabilityChart } from '../predictions/reliability-chart.ts';

const FIGURE = fileURLToPath(new URL('../../docs/predictions.svg', import.meta.url));
const NUMBERS = fileURLToPath(new URL('../../docs/predictions.json', import.meta.url));
const DAYS = 80;
const FIT_DAYS = 260;
const DAYS_MOST = 10_000;
const HELP = `npm run lab -- predict [--days N] [--seed TEXT] [--out FILE.json] [--fit]

Simulates processor-days (quiet ones, slow rises of failures, latencies and traffic, flapping breakers, sudden outages), lets the predictor of
production look at them every ${LOOK_EVERY} minutes, and prints Brier score, reliability and lead time beside a rule that warns half way to the limit.
With neither --days, --seed nor --fit it writes docs/predictions.svg and docs/predictions.json as well.

  --days  days to simulate, 1 to ${DAYS_MOST.toLocaleString('en')}; left out: ${DAYS}
  --seed  which days; left out: test
  --out   writes the figures as JSON; the file's folder is made if missing
  --fit   fits the constants of src/domain/predictions/calibration.ts to ${FIT_DAYS} days of seed fit instead, and prints them

How it works, and how good it is: docs/predictions.md.
`;

export function run(args: string[]): Promise<number> {
  return asCommand(HELP, args, async () => {
    const text = { type: 'string' } as const;
    const options = readOptions(args, { days: text, seed: text, out: text, fit: { type: 'boolean' } });
    const isFit = options['fit'] === true;
    if (isFit && (options['seed'] !== undefined || options['out'] !== undefined))
      throw new UsageError('--fit has its own seed and writes no file');
    if (options['seed'] === '') throw new UsageError('--seed wants a text');
    const isWhole = !isFit && options['days'] === undefined && options['seed'] === undefined;
    const days = countOf(options, 'days', { least: 1, most: DAYS_MOST, default: isFit ? FIT_DAYS : DAYS });
    const out = outOf(options);
    if (isWhole) for (const path of [FIGURE, NUMBERS]) checkWritable(path);
    const seed = isFit ? 'fit' : String(options['seed'] ?? 'test');
    const progress = new Progress(days);
    const measured = measureDays(seed, days, () => progress.add(1, 'days'));
    progress.end();
    if (isFit) {
      process.stdout.write(`${fitted(measured)}\n`);
      return 0;
    }
    const figures = figuresOf(measured);
    process.stdout.write(`${tables(figures)}\n`);
    const numbers = `${JSON.stringify({ seed, days: measured.days, figures }, null, 1)}\n`;
    if (isWhole) {
      writeWhole(FIGURE, reliabilityChart(figures.map(({ calibration }) => calibration)));
      writeWhole(NUMBERS, numbers);
      process.stdout.write('\nwrote docs/predictions.svg and predictions.json\n');
    }
    if (out !== null) writeWhole(out, numbers);
    return 0;
  });
}

function fitted({ looks }: Measured): string {
  return PREDICTION_KINDS.map((kind) => {
    const own = looks.filter((look) => look.kind === kind);
    if (own.length === 0) return `  ${kind}: no look`;
    const { intercept, weights } = fitCurve(own);
    return `  ${kind}: { intercept: ${intercept}, weights: [${weights.join(', ')}] },`;
  }).join('\n');
}

function tables(figures: readonly KindFigures[]): string {
  const calibration = figures.map(({ calibration: each }) => [
    each.kind,
    each.looks.toLocaleString('en'),
    percent(each.baseRate),
    each.brier.toFixed(4),
    each.brierOfBaseRate.toFixed(4),
    each.calibrationError.toFixed(4),
  ]);
  const warnings = figures.flatMap(({ calibration: { kind }, events, ours, rule }) => [
    warningRow(kind, events, ours),
    warningRow('  rule', events, rule),
  ]);
  return [
    columns([['looks', 'count', 'came', 'Brier', 'of base rate', 'calibration error'], ...calibration]),
    '',
    columns([
      ['warnings', 'troubles', 'foreseen', 'median lead', 'told', 'confirmed', 'false a quiet processor-day'],
      ...warnings,
    ]),
  ].join('\n');
}

function warningRow(name: string, events: number, warnings: Warnings): string[] {
  const { told, confirmed, foreseen, leadMedianMinutes, falsePerQuietDay } = warnings;
  return [
    name,
    String(events),
    String(foreseen),
    leadMedianMinutes === null ? '-' : `${leadMedianMinutes} min`,
    String(told),
    told === 0 ? '-' : percent(confirmed / told),
    falsePerQuietDay.toFixed(3),
  ];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}
