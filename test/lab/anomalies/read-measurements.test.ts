import { afterAll, describe, expect, test } from 'vitest';
import { join } from 'node:path';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readMeasurements } from '../../../lab/anomalies/read-measurements.ts';
import { tmpdir } from 'node:os';

const folder = mkdtempSync(join(tmpdir(), 'signalbox-measurements-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function read(text: string, isLabelled = false) {
  const file = join(folder, 'series.csv');
  writeFileSync(file, text);
  return readMeasurements(file, { isLabelled, onBytes: () => undefined });
}

async function problemsOf(text: string, isLabelled = false): Promise<string[]> {
  const reading = await read(text, isLabelled);
  return reading.ok ? [] : reading.problems.map(({ line, column, message }) => `${line} ${column}: ${message}`);
}

describe('a file of measurements', () => {
  test('is read in its own order, with columns in any case and order, quotes and others aside', async () => {
    const reading = await read(
      '\uFEFFhost,VALUE,TimeStamp\r\na,-1.5e3,"2018-07-03T12:00:00Z"\r\nb,,"2018-07-03 11:00:00"\r\n',
    );
    expect(reading).toEqual({
      ok: true,
      separator: ',',
      rows: [
        {
          timestamp: '2018-07-03T12:00:00Z',
          written: '-1.5e3',
          atMs: Date.UTC(2018, 6, 3, 12),
          value: -1_500,
          label: null,
        },
        { timestamp: '2018-07-03 11:00:00', written: '', atMs: Date.UTC(2018, 6, 3, 11), value: null, label: null },
      ],
    });
  });

  test.each(['', 'NaN', 'null', 'NA', 'None', 'nan', 'inf', '-inf', '+Inf', 'Infinity', '-Infinity', '1e999'])(
    'has a missing value where a cell is "%s"',
    async (cell) => {
      const reading = await read(`timestamp,value\n1530619200,${cell}\n`);
      expect(reading.ok && reading.rows[0]!.value).toBeNull();
    },
  );

  test('may stand between semicolons or tabs', async () => {
    for (const separator of [';', '\t'])
      expect(await read(['timestamp', 'value\n1', '2\n'].join(separator))).toMatchObject({ ok: true, separator });
  });

  test('may have a header and no row', async () => {
    expect(await read('timestamp,value\n')).toEqual({ ok: true, separator: ',', rows: [] });
  });

  test('has labels only where they are asked for', async () => {
    const text = 'timestamp,value,Label\n1,2,maybe\n3,4,1\n';
    const reading = await read(text);
    expect(reading.ok && reading.rows.map(({ label }) => label)).toEqual([null, null]);
    expect(await problemsOf(text, true)).toEqual(['2 label: wants 0 or 1, not maybe']);
    expect(await problemsOf('timestamp,value\n1,2\n', true)).toEqual(['1 label: is missing']);
    const labelled = await read('timestamp,value,Label\n1,2,0\n3,4,1.0\n', true);
    expect(labelled.ok && labelled.rows.map(({ label }) => label)).toEqual([false, true]);
  });
});

describe('a file is refused with line and column', () => {
  test.each([
    [
      'a value that is no number',
      'timestamp,value\n1,2\n2,12 ms\n',
      ['3 value: wants a number, or nothing where it is missing, not 12 ms'],
    ],
    [
      'half a word',
      'timestamp,value\n1,infinite\n',
      ['2 value: wants a number, or nothing where it is missing, not infinite'],
    ],
    [
      'a hexadecimal value',
      'timestamp,value\n1,0x10\n',
      ['2 value: wants a number, or nothing where it is missing, not 0x10'],
    ],
    ['no column', 'time,x\n1,2\n', ['1 timestamp: is missing', '1 value: is missing']],
    ['a column twice', 'timestamp,value,Value\n1,2,3\n', ['1 value: stands twice']],
    ['nothing', '', ['1 null: the file is empty: a header is wanted']],
  ])('%s', async (_, text, problems) => {
    expect(await problemsOf(text)).toEqual(problems);
  });

  test('a time that is none', async () => {
    expect(await problemsOf('timestamp,value\nyesterday,1\n')).toEqual([
      expect.stringMatching(/^2 timestamp: .*not yesterday$/),
    ]);
  });

  test('a row of too few cells, and ten problems at most', async () => {
    expect(await problemsOf('timestamp,value\n1,2\n3\n')).toEqual([expect.stringMatching(/^3 null: /)]);
    expect(await problemsOf(`timestamp,value\n${'1,x\n'.repeat(30)}`)).toHaveLength(10);
  });

  test('one that is not there', async () => {
    const reading = await readMeasurements(join(folder, 'none.csv'), { isLabelled: false, onBytes: () => undefined });
    expect(reading).toMatchObject({ ok: false, problems: [{ message: expect.stringContaining('cannot be read') }] });
  });
});
