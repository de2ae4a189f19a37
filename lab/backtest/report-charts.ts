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

const CALIBRATION = { size: 420, left: 54, top: 12, right: 408, bottom: 372 };

/** Foretold against observed: a point on the diagonal kept its word. */
export function calibrationChart({ posterior, last100 }: Predictive): string {
  const { size, left, top, right, bottom } = CALIBRATION;
  const all = [...posterior.calibration, ...last100.calibration];
  const low = Math.max(0, Math.min(...all.flatMap((bin) => [bin.predicted, bin.low])) - 0.02);
  const high = Math.min(1, Math.max(...all.flatMap((bin) => [bin.predicted, bin.high])) + 0.02);
  const [x, y] = [scale(low, high, left, right), scale(low, high, bottom, top)];
  const points = (bins: readonly CalibrationBin[], kind: string, radius: number): string[] =>
    bins.flatMap((bin) => [
      line([x(bin.predicted), y(bin.low)], [x(bin.predicted), y(bin.high)], `whisker ${kind}`),
      `<circle cx="${x(bin.predicted)}" cy="${y(bin.observed)}" r="${radius}" class="${kind}"><title>foretold ${percent(bin.predicted)}, observed ${percent(bin.observed)} of ${bin.count}</title></circle>`,
    ]);
  return svg(size, size, 'Calibration: foretold approval against observed approval', [
    ...ticks(low, high).flatMap((tick) => [
      line([left, y(tick)], [right, y(tick)], 'grid'),
      word(String(left - 8), `${Number(y(tick)) + 4}`, percent(tick, 0), 'tick end'),
      word(x(tick), String(bottom + 20), percent(tick, 0), 'tick middle'),
    ]),
    line([x(low), y(low)], [x(high), y(high)], 'diagonal'),
    ...points(last100.calibration, 'rival', 3.5),
    ...points(posterior.calibration, 'ours', 5),
    word(String((left + right) / 2), String(size - 8), 'foretold approval', 'axis middle'),
    `<text transform="translate(14 ${(top + bottom) / 2}) rotate(-90)" class="axis middle">observed approval</text>`,
  ]);
}

const VALUES = { width: 860, left: 190, right: 780, rowHeight: 46, top: 14 };

/** One row per policy: the doubly robust interval thick, inverse propensity thin below it. */
export function valueChart(values: readonly PolicyValue[]): string {
  const rows = values.flatMap(({ policy, answer }) => (answer.ok ? [{ policy, answer }] : []));
  if (rows.length === 0) return '';
  const { width, left, right, rowHeight, top } = VALUES;
  const logged = rows[0]!.answer.logged;
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
        word(String(left - 14), String(y + 5), policy, `name end ${policy === 'learned' ? 'strong' : ''}`),
        bar(answer.doublyRobust, y, policy === 'learned' ? 'ours' : 'rival'),
        bar(answer.inversePropensity, y + 13, 'thin'),
        word(String(right + 14), String(y + 5), percent(answer.doublyRobust.value), 'tick'),
      ];
    }),
  ]);
}

const COURSE = { width: 860, height: 132, left: 46, right: 850, top: 10, bottom: 104 };

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
