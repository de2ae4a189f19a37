import { describe, expect, test } from 'vitest';
import { allCells, EFFORTS, type CellResult } from '../../../lab/detection/cells.ts';
import { measureCells } from '../../../lab/detection/cell-pool.ts';
import { ratioChart } from '../../../lab/detection/ratio-chart.ts';

describe('the measurements', () => {
  test('are the same from a pool of threads as one by one', async () => {
    const cells = allCells(EFFORTS.quick);
    const places = cells.flatMap(({ kind, contestant, before }, place) =>
      kind === 'published-delay' && contestant === '5-in-a-row' && before === 0.2 ? [place] : [],
    );
    const pooled = new Map<number, CellResult>();
    await measureCells('quick', places, (place, result) => pooled.set(place, result));
    expect(places.length).toBeGreaterThan(1);
    for (const place of places) expect(pooled.get(place)).toEqual(cells[place]!.measure(EFFORTS.quick));
  });

  test('have a key each', () => {
    const keys = allCells(EFFORTS.full).map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
  });
});

test('the figure draws every ratio, those beyond its edge on the edge, and leaves out what was never seen', () => {
  const figure = ratioChart([
    {
      label: '0.1 to 0.3',
      ratios: [
        { name: 'ours', ratio: 1.1 },
        { name: 'slow', ratio: 40 },
        { name: 'blind', ratio: null },
      ],
    },
  ]);
  // Two dots in the row, three in the legend.
  expect(figure.match(/<circle/g)).toHaveLength(5);
  expect(figure).toContain('cx="264.4"');
  expect(figure).toContain('cx="670.0"');
});
