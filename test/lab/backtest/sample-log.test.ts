import { afterAll, describe, expect, test } from 'vitest';
import { always, scenarioOf } from '../sample-scenario.ts';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readLog } from '../../../lab/backtest/read-log.ts';
import { tmpdir } from 'node:os';
import { unloggable } from '../../../lab/backtest/loggable.ts';
import { writeSampleLog } from '../../../lab/sample-log.ts';

const folder = mkdtempSync(join(tmpdir(), 'signalbox-sample-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SEGMENT = { paymentMethod: 'CARD', country: 'US' };
const PROCESSOR = { id: 'a', approvalRate: 0.9 };
const pathsOf = (given: object) => unloggable(scenarioOf(given)).map(({ path }) => path);
const [PLACE] = scenarioOf().segments;

describe('a scenario that no log can hold', () => {
  test.each<[object, string[]]>([
    [{}, []],
    [{ startsAt: '1969-12-31T00:00:00Z' }, ['startsAt']],
    [
      { segments: [SEGMENT, { paymentMethod: 'A|B', country: 'C|D' }] },
      ['segments[1].paymentMethod', 'segments[1].country'],
    ],
    [{ segments: [{ ...SEGMENT, paymentMethod: 'ß'.repeat(40) }] }, ['segments[0].paymentMethod']],
    [{ segments: [{ ...SEGMENT, country: 'B\uD800' }] }, ['segments[0].country']],
    [{ segments: [{ ...SEGMENT, currency: 'ABC' }] }, ['segments[0].currency']],
    [
      { processors: [PROCESSOR, { ...PROCESSOR, id: 'b|c' }, { ...PROCESSOR, id: 'd;e' }] },
      ['processors[1].id', 'processors[2].id'],
    ],
  ])('%j is refused at %j', (given, paths) => {
    expect(pathsOf(given)).toEqual(paths);
  });
});

test('an amount is refused that is above what a log may name, whatever a scenario may', () => {
  const told = unloggable({ ...scenarioOf(), segments: [{ ...PLACE!, amountMinor: 2e12 }] });
  expect(told.map(({ path }) => path)).toEqual(['segments[0].amountMinor']);
});

describe('a sample log', () => {
  const write = (given: object) => {
    const file = join(folder, 'log.csv');
    rmSync(file, { force: true });
    return { file, rows: writeSampleLog(scenarioOf({ transactions: 60, ...given }), always('a'), 1, file) };
  };

  test.each<[string, object]>([
    [
      'names with blanks, quotes, commas, lines and semicolons',
      {
        segments: [
          { paymentMethod: ' , "x"\n', country: '; ' },
          { ...SEGMENT, country: ' ' },
        ],
        processors: [
          { ...PROCESSOR, id: 'a, "b"' },
          { ...PROCESSOR, id: '#' },
        ],
      },
    ],
    [
      'latencies of weeks',
      { arrivalsPerSecond: 1e-6, processors: [{ ...PROCESSOR, latencyMs: 1e9, timeoutRate: 0.1, timeoutMs: 1e10 }] },
    ],
    [
      'the highest amounts and fees',
      {
        segments: [{ ...SEGMENT, amountMinor: 1e12 }],
        processors: [{ ...PROCESSOR, feeMinor: 1e12, feeBps: 10_000, declineFeeMinor: 1e12 }],
      },
    ],
    ['a run beyond the year 9999', { startsAt: '9998-06-01T00:00:00Z', arrivalsPerSecond: 1e-6 }],
  ])('of %s is read', async (_, given) => {
    const { file, rows } = write(given);
    const reading = await readLog(file);
    if (!reading.ok) throw new Error(JSON.stringify(reading.problems));
    expect(rows).toBeGreaterThan(0);
    expect(reading.log.count).toBe(rows);
  });

  test('keeps two names apart that differ in their blanks alone', async () => {
    const { file } = write({ segments: [SEGMENT, { ...SEGMENT, country: 'US ' }] });
    const reading = await readLog(file);
    expect(reading.ok && [...reading.log.segments].sort()).toEqual(['CARD|US', 'CARD|US ']);
  });

  test('of which every result is lost is no file', () => {
    const { file, rows } = write({ feedback: { lossRate: 1 } });
    expect(rows).toBe(0);
    expect(existsSync(file)).toBe(false);
  });
});
