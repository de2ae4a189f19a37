// The sentences of a ranking: the seed's own where they are true, and others where they are not.
import { describe, expect, test } from 'vitest';
import { decideOn, processor, row, seedOf, table, windowOf } from './made-table.ts';

const PAIR = [processor('a'), processor('b')];
const RATE_80 = windowOf({ A: 40, D: 10 });
const RATE_90 = windowOf({ A: 45, D: 5 });
const NOTHING = windowOf({});

const HIGHEST = 'Best option - highest authorization rate';
const LOWER = 'Alternative - lower authorization rate';
const EXPECTED = 'Best option - highest expected approval';

describe('[DEC-14] the sentences of two processors', () => {
  test.each([
    { first: RATE_90, second: RATE_80, told: [HIGHEST, LOWER] },
    { first: RATE_80, second: RATE_80, told: [HIGHEST, 'Alternative - same authorization rate'] },
    {
      first: RATE_80,
      second: RATE_90,
      told: [EXPECTED, 'Alternative - higher authorization rate just now, but not the choice this time'],
    },
    { first: RATE_80, second: NOTHING, told: [HIGHEST, 'Alternative - no authorization rate yet'] },
    { first: NOTHING, second: RATE_80, told: [EXPECTED, 'Alternative - the first has no authorization rate yet'] },
    { first: NOTHING, second: NOTHING, told: [EXPECTED, 'Alternative - no authorization rate yet'] },
  ])('$first.authorizationRate before $second.authorizationRate: $told', ({ first, second, told }) => {
    const rows = [
      row('a', { mean: 0.95, sd: 0.001, window: first }),
      row('b', { mean: 0.5, sd: 0.001, window: second }),
    ];
    const decision = decideOn(table(PAIR, rows));
    expect(decision.ranked.map(({ processorId, reason }) => [processorId, reason])).toEqual([
      ['a', told[0]],
      ['b', told[1]],
    ]);
  });

  test('[DEC-14] behind an explored processor of a lower rate nobody is told as lower', () => {
    const rows = [
      row('a', { mean: 0.9, sd: 0.001, window: RATE_90 }),
      row('b', { mean: 0.3, sd: 0.001, window: RATE_80 }),
    ];
    const on = table(PAIR, rows);
    const seeds = [...Array(3_000).keys()].map(seedOf);
    const explored = seeds.map((seed) => decideOn(on, {}, { seed })).find(({ chosen }) => chosen === 'b');
    expect(explored?.ranked[1]).toMatchObject({
      processorId: 'a',
      authorizationRate: 0.9,
      reason: 'Alternative - higher authorization rate just now, but not the choice this time',
    });
  });
});
