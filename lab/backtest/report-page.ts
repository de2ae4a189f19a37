// The backtest's report as one HTML page that needs nothing from elsewhere, light or dark as its reader likes.
import { calibrationChart, courseChart, escaped, percent, valueChart } from './report-charts.ts';
import { fromMinor, isKnownCurrency } from '../../src/domain/results/money.ts';
import { PREDICTORS, type PolicyValue, type Predictive, type Predictor } from './judgement.ts';
import { refusalSentence, type Interval } from '../../src/domain/evaluation/off-policy.ts';
import { REPORT_STYLE } from './report-style.ts';
import type { BacktestReport, Episode } from './backtest.ts';

const PREDICTOR_NAMES: Readonly<Record<Predictor, string>> = {
  posterior: 'Posterior',
  constant: 'Constant rate',
  last100: 'Mean of the last 100',
};
/** More are in the JSON beside the page. */
const EPISODES_SHOWN = 200;
const COURSES_SHOWN = 24;

export function reportPage(report: BacktestReport): string {
  const { log, core } = report;
  const facts = [
    counted(log.firstAttempts, 'first attempt', ' judged'),
    counted(log.processors.length, 'processor'),
    counted(log.segments.length, 'segment'),
    counted(report.episodes.length, 'episode', ' announced'),
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Signalbox backtest</title>
<style>${REPORT_STYLE}</style>
</head>
<body>
<header>
<h1>Backtest</h1>
<p class="lead">${escaped(dateOf(log.from))} to ${escaped(dateOf(log.to))} · ${log.rows.toLocaleString('en')} rows, replayed through the core ${escaped(core)}</p>
<div class="facts">${facts.map(([value, name]) => `<div><b>${value}</b><span>${name}</span></div>`).join('')}</div>
${notes(report)}
</header>
<main>
${predictiveSection(report)}
${valueSection(report.value)}
${courseSection(report)}
${episodeSection(report.episodes)}
</main>
<footer>Every number stands in <code>backtest.json</code> beside this page.</footer>
</body>
</html>
`;
}

const counted = (count: number, thing: string, rest = ''): readonly [string, string] => [
  count.toLocaleString('en'),
  `${thing}${count === 1 ? '' : 's'}${rest}`,
];

function notes({ log }: BacktestReport): string {
  const told = [
    ...(log.repeats > 0
      ? [`${log.repeats.toLocaleString('en')} rows repeat a processor and transaction id: counted once.`]
      : []),
    ...(log.ignoredColumns.length > 0 ? [`Columns not read: ${log.ignoredColumns.join(', ')}.`] : []),
  ];
  return told.map((note) => `<p class="note">${escaped(note)}</p>`).join('');
}

function predictiveSection({ predictive }: BacktestReport): string {
  const { overall, processors } = predictive;
  const rows = PREDICTORS.map((name) => qualityRow(PREDICTOR_NAMES[name], overall[name], name === 'posterior'));
  const own = processors.map((each) => processorRow(each));
  return `<section>
<h2>How well approvals were foretold</h2>
<p>Before each result was known, the probability that it would be an approval; then it was learned. Log loss and Brier score: lower is better. AUC: 0.5 knows nothing, 1 everything. Calibration error: the mean distance between what was foretold and what came.</p>
<div class="split">
<figure>${calibrationChart(overall)}<figcaption><span class="key ours"></span>posterior <span class="key rival"></span>last 100 (by its own tenths) · bars: 95% · the nearer to the dashed line, the better</figcaption></figure>
<div class="scroll"><table><thead><tr><th></th><th>Log loss</th><th>Brier</th><th>AUC</th><th>Calibration error</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>
</div>
<h3>By processor</h3>
<div class="scroll"><table><thead><tr><th></th><th>Attempts</th><th>Approved</th><th>Foretold</th><th>Log loss</th><th>constant</th><th>last 100</th><th>AUC</th><th>Calibration error</th></tr></thead><tbody>${own.join('')}</tbody></table></div>
</section>`;
}

function qualityRow(name: string, quality: Predictive[Predictor], isOurs: boolean): string {
  return row(isOurs ? 'strong' : '', [
    name,
    quality.logLoss.toFixed(4),
    quality.brier.toFixed(4),
    quality.auc === null ? '–' : quality.auc.toFixed(3),
    percent(quality.calibrationError, 2),
  ]);
}

function processorRow({
  processor,
  posterior,
  constant,
  last100,
}: BacktestReport['predictive']['processors'][number]): string {
  return row('', [
    processor,
    posterior.count.toLocaleString('en'),
    percent(posterior.rate),
    percent(posterior.meanPredicted),
    posterior.logLoss.toFixed(4),
    constant.logLoss.toFixed(4),
    last100.logLoss.toFixed(4),
    posterior.auc === null ? '–' : posterior.auc.toFixed(3),
    percent(posterior.calibrationError, 2),
  ]);
}

function valueSection(values: readonly PolicyValue[]): string {
  const rows = values.map(({ policy, payments, answer }) =>
    answer.ok
      ? row(policy === 'learned' ? 'strong' : '', [
          policy,
          payments.toLocaleString('en'),
          Math.round(answer.effectiveSamples).toLocaleString('en'),
          percent(answer.logged.value),
          intervalText(answer.inversePropensity),
          intervalText(answer.doublyRobust),
          liftText(answer.lift),
        ])
      : `<tr><td>${escaped(policy)}</td><td>${payments.toLocaleString('en')}</td><td colspan="5" class="refusal">${escaped(refusalSentence(answer))}</td></tr>`,
  );
  const chart = valueChart(values);
  return `<section>
<h2>What other choices would have brought</h2>
<p>Approval of first attempts, estimated from the choices that chance made in the log. <b>learned</b> is judged one step at a time: what it would have chosen knowing what the log knew at that moment, so that what its own choices would have taught it is left out. <b>always X</b> is judged on the payments that X could have taken, and its lift against what was logged on the same payments. Intervals: 95%, normal, of the estimates' influence functions; they hold the drift of the log too.</p>
${chart === '' ? '' : `<figure><div class="wide">${chart}</div><figcaption>thick: doubly robust · thin: inverse propensity, self-normalised</figcaption></figure>`}
<div class="scroll"><table><thead><tr><th>Policy</th><th>Payments</th><th>Effective</th><th>Logged</th><th>Inverse propensity</th><th>Doubly robust</th><th>Lift</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>
</section>`;
}

const intervalText = ({ value, low, high }: Interval): Cell => ({
  markup: `${percent(value, 2)} <small>${percent(low, 2)} – ${percent(high, 2)}</small>`,
});

function liftText({ value, low, high }: Interval): Cell {
  const points = (part: number): string => `${part >= 0 ? '+' : '−'}${Math.abs(100 * part).toFixed(2)}`;
  const kind = low > 0 ? 'better' : high < 0 ? 'worse' : '';
  return {
    markup: `<span class="${kind}">${points(value)} pp</span> <small>${points(low)} to ${points(high)}</small>`,
  };
}

function courseSection({ course, episodes, log }: BacktestReport): string {
  const busiest = course.processors
    .map((each) => ({ each, attempts: each.attempts.reduce((sum, count) => sum + count, 0) }))
    .filter(({ attempts }) => attempts > 0)
    .sort((left, right) => right.attempts - left.attempts)
    .slice(0, COURSES_SHOWN);
  const time = { fromMs: Date.parse(log.from), partMs: course.partMs };
  const figures = busiest.map(
    ({ each, attempts }) =>
      `<figure class="course-figure"><figcaption><b>${escaped(each.processor)}</b> ${attempts.toLocaleString('en')} first attempts</figcaption>${courseChart(each, episodes, time)}</figure>`,
  );
  return `<section>
<h2>Approval over time</h2>
<p>Line: approved part of the first attempts. Grey: their number. Shaded: what would have been announced, <span class="key breaker"></span>technical, <span class="key approval"></span>approvals.</p>
<div class="wide">${figures.join('\n')}</div>
</section>`;
}

function episodeSection(episodes: readonly Episode[]): string {
  const shown = episodes.slice(0, EPISODES_SHOWN);
  const rows = shown.map((episode) =>
    row('', [
      dateOf(episode.from),
      episode.to === null ? 'not over' : lasting(Date.parse(episode.to) - Date.parse(episode.from)),
      episode.processor === '*' ? 'all' : episode.processor,
      episode.segment === '*' ? 'whole' : episode.segment,
      { markup: `<span class="why">${escaped(episode.reason)}</span>` },
      `${rateText(episode.evidence['baseline_rate'])} → ${rateText(episode.evidence['recent_rate'])}`,
      moneyText(episode.moneyAtRisk),
    ]),
  );
  const rest = episodes.length - shown.length;
  return `<section>
<h2>What would have been announced</h2>
${
  episodes.length === 0
    ? '<p>Nothing: no breaker would have opened and no detector would have gone on.</p>'
    : `<div class="scroll"><table><thead><tr><th>From (UTC)</th><th>Lasted</th><th>Processor</th><th>Segment</th><th>Why</th><th>Rate</th><th>At risk per hour</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>`
}
${rest > 0 ? `<p class="note">${rest} more in backtest.json.</p>` : ''}
</section>`;
}

/** Text is escaped; markup is this file's own. */
type Cell = string | { readonly markup: string };

function row(kind: string, cells: readonly Cell[]): string {
  const told = cells.map((cell) => `<td>${typeof cell === 'string' ? escaped(cell) : cell.markup}</td>`);
  return `<tr${kind === '' ? '' : ` class="${kind}"`}>${told.join('')}</tr>`;
}

const dateOf = (text: string): string => text.slice(0, 19).replace('T', ' ');
const rateText = (rate: number | string | undefined): string => (typeof rate === 'number' ? percent(rate) : '–');

function moneyText(money: Episode['moneyAtRisk']): string {
  if (money === null) return '–';
  if (!isKnownCurrency(money.currency)) return `${money.minorPerHour.toLocaleString('en')} minor units`;
  const [whole, ...decimals] = fromMinor(money.minorPerHour, money.currency).split('.');
  return `${[Number(whole).toLocaleString('en'), ...decimals].join('.')} ${money.currency}`;
}

function lasting(ms: number): string {
  const minutes = ms / 60_000;
  if (minutes < 1) return `${Math.round(ms / 1_000)} s`;
  if (minutes < 120) return `${Math.round(minutes)} min`;
  return minutes < 2_880 ? `${(minutes / 60).toFixed(1)} h` : `${(minutes / 1_440).toFixed(1)} days`;
}
