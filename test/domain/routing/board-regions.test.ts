// Which board an isolate asks first, by what the deployment lists.
import { describe, expect, test } from 'vitest';
import { NOWHERE, placeOf, readBoardRegions, regionsFrom } from '../../../src/domain/routing/board-regions.ts';

const namesFrom = (text: string, colo: string | null, continent: string | null): string[] =>
  regionsFrom(readBoardRegions(text).regions, { colo, continent }).map(({ name }) => name);

describe('the boards of several regions', () => {
  const LIST = 'sam, weur=EU AF, enam, wnam, asia=AS SIN, spare';

  test.each([
    ['GRU', 'SA', 'sam'],
    ['LHR', 'EU', 'weur'],
    ['NBO', 'AF', 'weur'],
    ['IAD', 'NA', 'enam'],
    ['SIN', 'OC', 'asia'],
    ['SYD', 'OC', 'sam'],
    ['XXX', null, 'sam'],
  ])('[BRD-12] from %s on %s the first is %s', (colo, continent, first) => {
    const names = namesFrom(LIST, colo, continent);
    expect(names[0]).toBe(first);
    expect(names).toHaveLength(6);
    expect(names.slice(1)).toEqual(['sam', 'weur', 'enam', 'wnam', 'asia', 'spare'].filter((name) => name !== first));
  });

  test('[BRD-12] a name that is a location hint stands there, another wherever it is called first', () => {
    const { regions } = readBoardRegions('weur=AF, main');
    expect(regions.map(({ locationHint, places }) => [locationHint, places])).toEqual([
      ['weur', ['AF']],
      [null, []],
    ]);
  });

  test.each([
    ['', ['main'], 0],
    [' , ,', ['main'], 0],
    ['main', ['main'], 0],
    ['a, a, b', ['a', 'b'], 1],
    ['a=Europe, b', ['b'], 1],
    ['a=EU=AF, b c, d', ['d'], 2],
    ['x'.repeat(33), ['main'], 1],
  ])('[SET-12] %j is %j', (text, names, faults) => {
    const read = readBoardRegions(text);
    expect([read.regions.map(({ name }) => name), read.faults.length]).toEqual([names, faults]);
  });

  test.each([undefined, null, 7, {}, { colo: 7, continent: ['EU'] }])('[BRD-12] %j tells no place', (cf) => {
    expect(placeOf(cf)).toEqual(NOWHERE);
  });
});
