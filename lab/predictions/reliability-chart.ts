// docs/predictions.svg: how often what was foretold came, by kind and tenth of the probability; on the diagonal it is calibrated.
import type { Calibration } from './figures.ts';

const LEFT = 60;
const TOP = 40;
const SIDE = 340;
/** Okabe and Ito's palette: told apart by colour-blind readers too. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7'];
const TICKS = [0, 0.2, 0.4, 0.6, 0.8, 1];
/** Fewer looks are drawn nowhere: their share is chance. */
const COUNT_MIN = 5;

export function reliabilityChart(all: readonly Calibration[]): string {
  const x = (share: number): string => (LEFT + share * SIDE).toFixed(1);
  const y = (share: number): string => (TOP + (1 - share) * SIDE).toFixed(1);
  const width = LEFT + SIDE + 190;
  const height = TOP + SIDE + 50;
  const text = (left: string | number, top: string | number, anchor: string, words: string): string =>
    `<text x="${left}" y="${top}" text-anchor="${anchor}" fill="#444">${words}</text>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12">`,
    '<title>Reliability of predictions</title>',
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<text x="${LEFT}" y="22" font-size="14" font-weight="600" fill="#222">What was foretold, and how often it came</text>`,
    ...TICKS.flatMap((tick) => [
      `<path d="M${x(tick)} ${y(0)}V${y(1)}M${x(0)} ${y(tick)}H${x(1)}" stroke="#ddd"/>`,
      text(x(tick), TOP + SIDE + 18, 'middle', String(tick)),
      text(LEFT - 8, Number(y(tick)) + 4, 'end', String(tick)),
    ]),
    `<path d="M${x(0)} ${y(0)}L${x(1)} ${y(1)}" stroke="#222" stroke-dasharray="4 4"/>`,
    text(LEFT + SIDE / 2, height - 10, 'middle', 'probability foretold'),
    `<text transform="translate(18 ${TOP + SIDE / 2}) rotate(-90)" text-anchor="middle" fill="#444">share that came</text>`,
    ...all.flatMap(({ kind, bins }, at) => {
      const colour = COLOURS[at % COLOURS.length]!;
      const drawn = bins.filter(({ count }) => count >= COUNT_MIN);
      const line = drawn.map(({ foretold, came }, i) => `${i === 0 ? 'M' : 'L'}${x(foretold)} ${y(came)}`).join('');
      return [
        `<path d="${line}" fill="none" stroke="${colour}" stroke-width="1.6"/>`,
        ...drawn.map(
          ({ foretold, came, count }) =>
            `<circle cx="${x(foretold)}" cy="${y(came)}" r="${(1.5 + Math.log10(count)).toFixed(1)}" fill="${colour}"/>`,
        ),
        `<circle cx="${LEFT + SIDE + 24}" cy="${TOP + 10 + at * 20}" r="4" fill="${colour}"/>`,
        text(LEFT + SIDE + 36, TOP + 14 + at * 20, 'start', kind),
      ];
    }),
    '</svg>',
    '',
  ].join('\n');
}
