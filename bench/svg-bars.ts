// A chart of paired horizontal bars as SVG text: what was measured as a part of its baseline, and where the promise stands.

export interface Bar {
  readonly name: string;
  /** Part of the baseline, which is the full width. */
  readonly ratio: number;
  /** The least that is asked; left out: nothing is. */
  readonly least?: number;
  /** At the bar's end. */
  readonly text: string;
}

const WIDTH = 760;
const LEFT = 160;
const PLOT_WIDTH = 430;
const ROW = 34;
const TOP = 44;
const BAR = 16;

export function barChart(title: string, bars: readonly Bar[]): string {
  const height = TOP + bars.length * ROW + 34;
  const widest = Math.max(1, ...bars.map(({ ratio }) => ratio));
  const x = (ratio: number): number => LEFT + (ratio / widest) * PLOT_WIDTH;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="12">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    `<text x="12" y="20" font-size="14" font-weight="600" fill="#222">${escaped(title)}</text>`,
    ...bars.flatMap(({ name, ratio, least, text }, index) => {
      const y = TOP + index * ROW;
      return [
        `<text x="${LEFT - 8}" y="${y + 13}" text-anchor="end" fill="#222">${escaped(name)}</text>`,
        `<rect x="${LEFT}" y="${y}" width="${place(x(1) - LEFT)}" height="${BAR}" fill="#e6e6e6"/>`,
        `<rect x="${LEFT}" y="${y}" width="${place(x(ratio) - LEFT)}" height="${BAR}" fill="#0072b2"/>`,
        ...(least === undefined ? [] : [mark(x(least), y)]),
        `<text x="${place(x(Math.max(1, ratio)) + 8)}" y="${y + 13}" fill="#444">${escaped(text)}</text>`,
      ];
    }),
    `<text x="12" y="${height - 12}" fill="#444">grey: the baseline; blue: Signalbox; orange: the least that is asked</text>`,
    '</svg>',
  ];
  return `${parts.join('\n')}\n`;
}

const mark = (x: number, y: number): string =>
  `<line x1="${place(x)}" x2="${place(x)}" y1="${y - 5}" y2="${y + BAR + 5}" stroke="#d55e00" stroke-width="2.5"/>`;
const place = (value: number): string => value.toFixed(1);
const escaped = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
