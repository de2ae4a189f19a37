import { expect, test } from 'vitest';
import { rowsOf, standingsOf } from '../../../lab/detection/faster-rivals.ts';
import type { Cell, CellResult } from '../../../lab/detection/cells.ts';
import type { Measured } from '../../../lab/detection/verdict.ts';

function measured(contestant: string, after: number, delay: number | null, delayUsual: number | null): Measured {
  const kind = contestant === 'signalbox' ? 'known' : 'tuned';
  return {
    cell: { kind, contestant, before: 0.1, after, arlTarget: 10_000, floor: 10 } as Cell,
    result: { delay, delayUsual } as CellResult,
  };
}

test('a rule is told to be faster where it is, with what it costs in its other rows', () => {
  const all = [
    measured('signalbox', 0.5, 11, 10),
    measured('signalbox', 0.9, 12, 11),
    measured('ewma', 0.5, 10.5, 10.5),
    measured('ewma', 0.9, 13, 10.8),
    measured('envoy', 0.5, null, null),
    measured('envoy', 0.9, 160, 150),
  ];
  expect(rowsOf('ewma', all).map(({ ours, theirs }) => [ours, theirs])).toEqual([
    [1.1, 1.05],
    [1.2, 1.3],
  ]);
  const standings = new Map(standingsOf(all).map((standing) => [standing.rule, standing]));
  expect(standings.get('ewma')).toMatchObject({ usuallyFaster: 1, mean: 1.175, worst: 1.3, rows: 2, unseen: 0 });
  expect(standings.get('ewma')!.faster.map(({ cell }) => cell.after)).toEqual([0.5]);
  expect(standings.get('envoy')).toMatchObject({ faster: [], usuallyFaster: 0, mean: 16, worst: 16, unseen: 1 });
  expect(standings.get('techcart')).toMatchObject({ faster: [], mean: null, worst: null, rows: 0 });
});
