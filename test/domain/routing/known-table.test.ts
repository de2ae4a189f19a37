import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  copyText,
  joinTables,
  knownTableOf,
  type KnownTable,
  readByOwnClock,
  readCopy,
} from '../../../src/domain/routing/known-table.ts';
import { BoardState } from '../../../src/domain/routing/board-state.ts';
import { configurationAt, epochsAt, keysAt, knownTable, type Knowing, VERSIONS } from '../../harness/known-tables.ts';
import { CARD_BR, id, NOW, row } from './made-table.ts';

const knowing: fc.Arbitrary<Knowing> = fc.record({
  configuration: fc.integer({ min: 1, max: VERSIONS }),
  keys: fc.integer({ min: 1, max: 4 }),
  rows: fc.tuple(fc.nat(5), fc.nat(5), fc.nat(5)),
  asOfMs: fc.integer({ min: NOW - 60_000, max: NOW + 30_000 }),
});

const versions = ({ data }: KnownTable): Record<string, [epoch: number, version: number]> =>
  Object.fromEntries([...data.rows.values()].map(({ processorId, epoch, version }) => [processorId, [epoch, version]]));

/** The newest row of each processor of the newest configuration that anybody told. */
function expectedRows(told: readonly Knowing[]): Record<string, [number, number]> {
  const epochs = epochsAt(Math.max(...told.map(({ configuration }) => configuration)));
  const newest = Object.entries(epochs).map(([name, epoch]): [string, [number, number]] => {
    const index = ['a', 'b', 'c'].indexOf(name);
    const heard = told.filter(({ configuration }) => epochsAt(configuration)[name] === epoch);
    return [name, [epoch, Math.max(0, ...heard.map(({ rows }) => rows[index]!))]];
  });
  return Object.fromEntries(newest.filter(([, [, version]]) => version > 0));
}

describe('joining', () => {
  test('[TAB-32] whoever tells what, in whatever order and however often: the newest configuration, rows and keys are known', () => {
    fc.assert(
      fc.property(fc.array(knowing, { minLength: 1, maxLength: 8 }), fc.infiniteStream(fc.nat()), (told, draws) => {
        const again = [...told, ...told].toSorted(() => (draws.next().value! % 2 === 0 ? 1 : -1));
        const [first, ...rest] = [...told, ...again].map(knownTable);
        const joined = rest.reduce((one, other) => joinTables(one, other, NOW), first!);
        expect(joined.data.configuration.version).toBe(Math.max(...told.map(({ configuration }) => configuration)));
        expect(joined.keys.version).toBe(Math.max(...told.map(({ keys }) => keys)));
        expect(joined.keys.records).toEqual(keysAt(joined.keys.version));
        expect(versions(joined)).toEqual(expectedRows(told));
      }),
      { numRuns: 500 },
    );
  });

  test('[TAB-32] silences, rates and the age are those of the later table; one dated ahead of the clock is the older', () => {
    const silence = { processorId: id('a'), segment: CARD_BR, sinceMs: NOW, untilMs: NOW + 1, trialEveryMs: 30_000 };
    const silent = (asOfMs: number): KnownTable => {
      const { data, keys } = knownTable({ asOfMs });
      return { data: { ...data, silences: [silence] }, keys };
    };
    const lively = knownTable({ asOfMs: NOW - 5_000 });
    for (const [asOfMs, silences, joinedAsOfMs] of [
      [NOW - 4_000, 1, NOW - 4_000],
      [NOW - 6_000, 0, NOW - 5_000],
      [NOW + 1_000, 1, NOW + 1_000],
      [NOW + 1_001, 0, NOW - 5_000],
    ] as const)
      for (const joined of [joinTables(silent(asOfMs), lively, NOW), joinTables(lively, silent(asOfMs), NOW)]) {
        expect(joined.data.silences).toHaveLength(silences);
        expect(joined.data.asOfMs).toBe(joinedAsOfMs);
      }
  });

  test('[TAB-38] who knows of fewer changes of keys does not make the keys younger', () => {
    const revoked = knownTable({ keys: 3, asOfMs: NOW - 30_000 });
    const joined = joinTables(revoked, knownTable({ keys: 2, asOfMs: NOW }), NOW);
    expect(joined.keys).toEqual(revoked.keys);
    expect(joined.data.asOfMs).toBe(NOW);
    expect(joinTables(revoked, knownTable({ keys: 3, asOfMs: NOW }), NOW).keys.asOfMs).toBe(NOW);
  });
});

describe('the copy', () => {
  test.each([
    ['written now', NOW, 1_000, 1_000],
    ['written by a clock a second ahead', NOW + 1_000, 1_000, 1_000],
    ['a minute old', NOW - 60_000, 61_000, 61_000],
    ['from further ahead', NOW + 1_001, 600_000, NOW],
  ])('[TAB-33] %s, its age is never less than it is', (_, asOfMs, ageMs, keysAgeMs) => {
    const { data, keys } = readByOwnClock(knownTable({ asOfMs }), NOW);
    expect(NOW - data.asOfMs).toBe(ageMs);
    expect(NOW - keys.asOfMs).toBe(keysAgeMs);
  });

  test('[TAB-33] while two clocks agree within a second, no copy looks younger than it is', () => {
    const ms = fc.integer({ min: -1_000, max: 1_000 });
    fc.assert(
      fc.property(fc.nat(3_600_000), ms, (trueAgeMs, skewMs) => {
        const seen = readByOwnClock(knownTable({ asOfMs: NOW - trueAgeMs + skewMs }), NOW);
        expect(NOW - seen.data.asOfMs).toBeGreaterThanOrEqual(trueAgeMs);
        expect(NOW - seen.data.asOfMs).toBeLessThanOrEqual(trueAgeMs + 2_000);
      }),
    );
  });

  test('[TAB-40] a copy holds what a refill gives, whole, and comes back as it was', () => {
    const board = new BoardState('b');
    board.acceptUpdate(
      { configuration: configurationAt(2), keys: keysAt(2), keysVersion: 2, bootstrapVoid: true },
      NOW,
    );
    board.acceptRow(row('a'), NOW);
    board.acceptRow({ ...row('b'), validUntilMs: Infinity }, NOW);
    board.noteDecisions([{ processorId: id('a'), segment: CARD_BR, count: 9, firstAtMs: NOW, lastAtMs: NOW }], NOW);
    const known = knownTableOf(board.delta(null, NOW)!, NOW - 700);
    expect(known.keys).toEqual({ records: keysAt(2), version: 2, bootstrapVoid: true, asOfMs: NOW - 700 });
    expect(known.data.segmentRates.size).toBe(1);
    const text = copyText(known);
    expect(readCopy(text)).toEqual(known);
    expect(Object.keys(JSON.parse(text) as object).toSorted()).toEqual(
      ['asOfMs', 'configuration', 'format', 'keys', 'rows', 'segmentRates', 'silences'].toSorted(),
    );
    expect(readCopy(text.replace('"format":1', '"format":2'))).toBeNull();
    const { cursor } = board.delta(null, NOW)!;
    expect(() => knownTableOf(board.delta(cursor, NOW)!, NOW)).toThrow('no whole table');
  });
});
