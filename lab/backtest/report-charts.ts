// The figures of the backtest's report as SVG text; their colours are the page's, so that they follow its light and dark.
import type { Course, PolicyValue, Predictive } from './judgement.ts';
import type { CalibrationBin } from '../../src/domain/evaluation/predictive-quality.ts';
import type { Episode } from './backtest.ts';
import type { Interval } from '../../src/domain/evaluation/off-policy.ts';

interface Scale {
  (value: number): string;
}

/** `from` and `to` in pixels. */
function scale(low: number, high: number, from: number, to: number): Scale {
  const span = high === low ? 1 : high - low;
  return (value) => (from + ((value - low) / span) * (to - from)).toFixed(1);
}

/** About five round numbers between both ends. */
function ticks(low: number, high: number): number[] {
  const rough = Math.max(1e-6, high - low) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= rough)!;
  const found: number[] = [];
  for (let tick = Math.ceil(low / step - 1e-9); tick * step <= high + step * 1e-9; tick += 1) found.push(tick * step);
  return found;
}

export const escaped = (text: string): string =>
  text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
export const percent = (rate: number, digits = 1): string => `${(100 * rate).toFixed(digits)}%`;

const svg = (width: number, height: number, label: string, parts: readonly string[]): string =>
  `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(label)}">${parts.join('')}</svg>`;
type Point = readonly [x: string | number, y: string | number];
const line = ([x1, y1]: Point, [x2, y2]: Point, kind: string): string =>
  `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" class="${kind}"/>`;
const word = (x: string, y: string, text: string, kind: string): string =>
  `<text x="${x}" y="${y}" class="${kind}">${escaped(text)}</text>`;

const CALIBRATION = { width: 440, height: 372, left: 62, top: 12, right: 430, bottom: 306 };

/**
 * How far off each tenth of the payments was, from the least to the most hopeful: on the dashed line it kept its word. By tenths and not by
 * rates, since most of a log lies on one heap of rates.
 */
export function calibrationChart({ posterior, last100 }: Predictive): string {
  const { width, height, left, top, right, bottom } = CALIBRATION;
  const all = [...posterior.calibration, ...last100.calibration];
  const low = Math.min(-0.01, ...all.map((bin) => bin.low - bin.predicted));
  const high = Math.max(0.01, ...all.map((bin) => bin.high - bin.predicted));
  const y = scale(low, high, bottom, top);
  const slot = (right - left) / posterior.calibration.length;
  const points = (bins: readonly CalibrationBin[], { kind, radius, aside }: PointStyle): string[] =>
    bins.flatMap(({ predicted, observed, low: from, high: to, count }, place) => {
      const x = (left + ((place + 0.5) * (right - left)) / bins.length + aside).toFixed(1);
      return [
        line([x, y(from - predicted)], [x, y(to - predicted)], `whisker ${kind}`),
        `<circle cx="${x}" cy="${y(observed - predicted)}" r="${radius}" class="${kind}"><title>foretold ${percent(predicted)}, observed ${percent(observed)} of ${count}</title></circle>`,
      ];
    });
  return svg(width, height, 'Calibration: observed minus foretold approval, by tenths of the payments', [
    ...ticks(low, high).flatMap((tick) => [
      line([left, y(tick)], [right, y(tick)], 'grid'),
      word(String(left - 8), `${Number(y(tick)) + 4}`, signedPoints(tick), 'tick end'),
    ]),
    line([left, y(0)], [right, y(0)], 'diagonal'),
    ...points(last100.calibration, { kind: 'rival', radius: 3.5, aside: 5 }),
    ...points(posterior.calibration, { kind: 'ours', radius: 5, aside: -5 }),
    ...posterior.calibration.map(({ predicted }, place) =>
      word((left + (place + 0.5) * slot).toFixed(1), String(bottom + 20), percent(predicted, 0), 'tick middle'),
    ),
    word(String((left + right) / 2), String(bottom + 42), 'foretold by the posterior, mean of each', 'axis middle'),
    word(String((left + right) / 2), String(bottom + 58), 'tenth of the payments', 'axis middle'),
    `<text transform="translate(14 ${(top + bottom) / 2}) rotate(-90)" class="axis middle">observed − foretold (pp)</text>`,
  ]);
}

interface PointStyle {
  readonly kind: string;
  readonly radius: number;
  /** To the side, in pixels, so that two do not lie on each other. */
  readonly aside: number;
}

/** Percentage points, as many decimals as ticks want. */
const signedPoints = (part: number): string => {
  const points = Number((100 * part).toFixed(2));
  return points > 0 ? `+${points}` : `${points}`.replace('-', '−');
};

const VALUES = { width: 640, left: 170, right: 574, rowHeight: 46, top: 14 };
const NAME_MAX = 20;

/** One row per policy: the doubly robust interval thick, inverse propensity thin below it. */
export function valueChart(values: readonly PolicyValue[]): string {
  const rows = values.flatMap(({ policy, answer }) => (answer.ok ? [{ policy, answer }] : []));
  if (rows.length === 0) return '';
  const { width, left, right, rowHeight, top } = VALUES;
  // Of all payments: `learned` could have had each of them.
  const { logged } = (rows.find(({ policy }) => policy === 'learned') ?? rows[0]!).answer;
  const ends = rows.flatMap(({ answer }) => [answer.doublyRobust, answer.inversePropensity, answer.logged]);
  const low = Math.min(...ends.map((each) => each.low));
  const high = Math.max(...ends.map((each) => each.high));
  const x = scale(low, high, left, right);
  const bottom = top + rows.length * rowHeight;
  const bar = ({ low: from, high: to, value }: Interval, y: number, kind: string): string =>
    line([x(from), y], [x(to), y], `bar ${kind}`) +
    `<circle cx="${x(value)}" cy="${y}" r="${kind === 'thin' ? 3 : 5}" class="${kind}"><title>${percent(value, 2)} (${percent(from, 2)} to ${percent(to, 2)})</title></circle>`;
  return svg(width, bottom + 46, 'Estimated approval of each policy with its 95% interval', [
    ...ticks(low, high).flatMap((tick) => [
      line([x(tick), top], [x(tick), bottom], 'grid'),
      word(x(tick), String(bottom + 18), percent(tick), 'tick middle'),
    ]),
    line([x(logged.value), top], [x(logged.value), bottom], 'diagonal'),
    word(x(logged.value), String(bottom + 36), `logged ${percent(logged.value)}`, 'tick middle'),
    ...rows.flatMap(({ policy, answer }, row) => {
      const y = top + row * rowHeight + 18;
      return [
        word(String(left - 14), String(y + 5), shortened(policy), `name end ${policy === 'learned' ? 'strong' : ''}`),
        bar(answer.doublyRobust, y, policy === 'learned' ? 'ours' : 'rival'),
        bar(answer.inversePropensity, y + 13, 'thin'),
        word(String(right + 14), String(y + 5), percent(answer.doublyRobust.value), 'tick'),
      ];
    }),
  ]);
}

const shortened = (name: string): string => (name.length <= NAME_MAX ? name : `${name.slice(0, NAME_MAX - 1)}…`);

const COURSE = { width: 640, height: 116, left: 54, right: 632, top: 10, bottom: 88 };

/** Approvals over the log's time, with its episodes shaded; `fromMs` and `partMs` are the course's. */
export function courseChart(
  course: Course,
  episodes: readonly Episode[],
  time: { fromMs: number; partMs: number },
): string {
  const { width, height, left, right, top, bottom } = COURSE;
  const toMs = time.fromMs + course.attempts.length * time.partMs;
  const x = scale(time.fromMs, toMs, left, right);
  const y = scale(0, 1, bottom, top);
  const bands = episodes
    .filter(({ processor }) => processor === course.processor || processor === '*')
    .map(({ from, to, kind, segment }) => {
      const [begin, end] = [Date.parse(from), to === null ? toMs : Date.parse(to)];
      const wide = Math.max(2, Number(x(Math.min(end, toMs))) - Number(x(begin))).toFixed(1);
      return `<rect x="${x(begin)}" y="${top}" width="${wide}" height="${bottom - top}" class="band ${kind === 'approval' || kind === 'approval_collapse' ? 'approval' : 'breaker'}"><title>${escaped(`${kind} ${segment} from ${from}`)}</title></rect>`;
    });
  const most = Math.max(1, ...course.attempts);
  const slot = (right - left) / course.attempts.length;
  const volume = course.attempts.map((attempts, part) => {
    const tall = (attempts / most) * 18;
    return `<rect x="${(left + part * slot).toFixed(1)}" y="${(bottom - tall).toFixed(1)}" width="${(slot * 0.8).toFixed(1)}" height="${tall.toFixed(1)}" class="volume"/>`;
  });
  const middle = (part: number): number => time.fromMs + (part + 0.5) * time.partMs;
  return svg(width, height, `Approval of ${course.processor} over time`, [
    ...bands,
    ...[0, 0.5, 1].flatMap((tick) => [
      line([left, y(tick)], [right, y(tick)], 'grid'),
      word(String(left - 8), `${Number(y(tick)) + 4}`, percent(tick, 0), 'tick end'),
    ]),
    ...volume,
    `<path d="${rateLine(course, (part) => x(middle(part)), y)}" class="course"/>`,
    word(String(left), String(height - 8), dayOf(time.fromMs), 'tick'),
    word(String(right), String(height - 8), dayOf(toMs), 'tick end'),
  ]);
}

/** Parts with hardly an attempt are noise and break the line. */
function rateLine({ attempts, approved }: Course, x: (part: number) => string, y: Scale): string {
  const least = Math.max(3, 0.02 * Math.max(...attempts));
  let pen = 'M';
  let path = '';
  for (const [part, count] of attempts.entries()) {
    if (count < least) {
      pen = 'M';
      continue;
    }
    path += `${pen}${x(part)} ${y(approved[part]! / count)}`;
    pen = 'L';
  }
  return path;
}

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 16).replace('T', ' ');
