// docs/detection.svg: delay over floor, row by row of the floor, of every detector tuned to the same false alarms.

export interface RatioRow {
  readonly label: string;
  /** Null: not seen, or no threshold reaches the mean time to false alarm. */
  readonly ratios: readonly { readonly name: string; readonly ratio: number | null }[];
}

const LEFT = 150;
const TOP = 46;
const ROW_HEIGHT = 15;
const PLOT_WIDTH = 520;
const RATIO_MAX = 5;
const TICKS = [1, 1.35, 2, 3, 4, RATIO_MAX];
/** Okabe and Ito's palette: told apart by colour-blind readers too. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#555555'];

/** What lies beyond the right edge is drawn on it. The first of each row's ratios is ours. */
export function ratioChart(rows: readonly RatioRow[]): string {
  const names = rows[0]!.ratios.map(({ name }) => name);
  const bottom = TOP + rows.length * ROW_HEIGHT;
  const width = LEFT + PLOT_WIDTH + 130;
  const x = (ratio: number): string => (LEFT + (Math.min(ratio, RATIO_MAX) / RATIO_MAX) * PLOT_WIDTH).toFixed(1);
  const y = (row: number): number => TOP + (row + 0.5) * ROW_HEIGHT;
  const text = (left: string | number, top: number, anchor: string, words: string): string =>
    `<text x="${left}" y="${top}" text-anchor="${anchor}" fill="#444">${words}</text>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${bottom + 34}" font-family="system-ui, sans-serif" font-size="11">`,
    '<title>Detection delay over the floor</title>',
    `<rect width="${width}" height="${bottom + 34}" fill="#ffffff"/>`,
    `<text x="${LEFT}" y="20" font-size="14" font-weight="600" fill="#222">Detection delay / floor, baseline known, by row (p0 to p1, ARL)</text>`,
    ...TICKS.flatMap((tick) => [
      `<path d="M${x(tick)} ${TOP}V${bottom}" stroke="${tick === 1 ? '#222' : '#ddd'}"/>`,
      text(x(tick), bottom + 16, 'middle', tick === RATIO_MAX ? `${tick} or more` : String(tick)),
    ]),
    ...rows.flatMap(({ label, ratios }, row) => [
      text(LEFT - 8, y(row) + 4, 'end', label),
      ...ratios
        .map(({ ratio }, at) =>
          ratio === null
            ? ''
            : `<circle cx="${x(ratio)}" cy="${y(row)}" r="${at === 0 ? 4.5 : 3}" fill="${COLOURS[at % COLOURS.length]!}"/>`,
        )
        .toReversed(),
    ]),
    ...names.flatMap((name, at) => [
      `<circle cx="${LEFT + PLOT_WIDTH + 20}" cy="${TOP + 8 + at * 18}" r="${at === 0 ? 4.5 : 3}" fill="${COLOURS[at % COLOURS.length]!}"/>`,
      text(LEFT + PLOT_WIDTH + 30, TOP + 12 + at * 18, 'start', name),
    ]),
    '</svg>',
    '',
  ].join('\n');
}
