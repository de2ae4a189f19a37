// A line chart as SVG text: axes, a legend beside the lines, and grey bands where something happened.

export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [number, number])[];
  /** Drawn thicker. */
  readonly isOurs: boolean;
}

export interface Chart {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly xMax: number;
  readonly series: readonly Series[];
  /** From and to on the x axis. */
  readonly bands: readonly (readonly [number, number])[];
}

const WIDTH = 760;
const HEIGHT = 340;
const LEFT = 62;
const TOP = 34;
const PLOT_WIDTH = 520;
const PLOT_HEIGHT = 250;
/** Okabe and Ito's palette: told apart by colour-blind readers too. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#555555', '#8a6d00'];

export function lineChart({ title, xLabel, yLabel, xMax, series, bands }: Chart): string {
  const values = series.flatMap(({ points }) => points.map(([, y]) => y));
  const yTicks = ticks(Math.min(0, ...values), Math.max(1e-9, ...values));
  const [yMin, yMax] = [yTicks[0]!, yTicks.at(-1)!];
  const x = (value: number): number => LEFT + (value / xMax) * PLOT_WIDTH;
  const y = (value: number): number => TOP + PLOT_HEIGHT - ((value - yMin) / (yMax - yMin)) * PLOT_HEIGHT;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="12">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    `<text x="${LEFT}" y="20" font-size="14" font-weight="600" fill="#222">${escaped(title)}</text>`,
    ...bands.map(
      ([from, to]) =>
        `<rect x="${place(x(from))}" y="${TOP}" width="${place(x(to) - x(from))}" height="${PLOT_HEIGHT}" fill="#eeeeee"/>`,
    ),
    ...yTicks.map((tick) => horizontal(y(tick), shortNumber(tick))),
    ...ticks(0, xMax)
      .filter((tick) => tick <= xMax)
      .map((tick) => label(x(tick), TOP + PLOT_HEIGHT + 18, 'middle', shortNumber(tick))),
    label(LEFT + PLOT_WIDTH / 2, HEIGHT - 8, 'middle', xLabel),
    `<text transform="translate(14 ${TOP + PLOT_HEIGHT / 2}) rotate(-90)" text-anchor="middle" fill="#444">${escaped(yLabel)}</text>`,
    ...series.flatMap(({ name, points, isOurs }, index) => {
      const colour = COLOURS[index % COLOURS.length]!;
      const path = points.map(([px, py], at) => `${at === 0 ? 'M' : 'L'}${place(x(px))} ${place(y(py))}`).join('');
      const legendY = TOP + 10 + index * 20;
      return [
        `<path d="${path}" fill="none" stroke="${colour}" stroke-width="${isOurs ? 2.6 : 1.4}"/>`,
        `<rect x="${LEFT + PLOT_WIDTH + 14}" y="${legendY - 4}" width="16" height="${isOurs ? 4 : 3}" fill="${colour}"/>`,
        label(LEFT + PLOT_WIDTH + 36, legendY + 2, 'start', name),
      ];
    }),
    '</svg>',
  ];
  return `${parts.join('\n')}\n`;
}

function horizontal(y: number, text: string): string {
  const line = `<line x1="${LEFT}" x2="${LEFT + PLOT_WIDTH}" y1="${place(y)}" y2="${place(y)}" stroke="#dddddd"/>`;
  return `${line}\n${label(LEFT - 6, y + 4, 'end', text)}`;
}

function label(x: number, y: number, anchor: 'start' | 'middle' | 'end', text: string): string {
  return `<text x="${place(x)}" y="${place(y)}" text-anchor="${anchor}" fill="#444">${escaped(text)}</text>`;
}

/** About five round numbers that hold both ends between them. */
function ticks(low: number, high: number): number[] {
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= rough)!;
  const found: number[] = [];
  for (let tick = Math.floor(low / step); tick * step < high + step * 0.999; tick += 1) found.push(tick * step);
  return found;
}

const place = (value: number): string => value.toFixed(1);
const shortNumber = (value: number): string =>
  Math.abs(value) >= 1_000 ? `${Number((value / 1_000).toPrecision(3))}k` : String(Number(value.toPrecision(3)));
const escaped = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
