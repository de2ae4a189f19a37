import { afterAll, describe, expect, test } from 'vitest';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { outputOf } from '../command-output.ts';
import { run } from '../../../lab/commands/forecast.ts';
import { DAY, hourlyVolumes, times } from '../../domain/forecasting/made-series.ts';

const MAIN = fileURLToPath(new URL('../../../lab/main.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'signalbox-forecast-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const forecast = async (...args: readonly string[]) => await outputOf(run, args);
function write(name: string, ...lines: readonly string[]): string {
  const file = join(folder, name);
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}
const given = (input: string, out: string, horizon = '3', period = '24'): string[] => [
  ...['--input', input, '--out', join(folder, out)],
  ...['--horizon', horizon, '--period', period],
];

interface Row {
  readonly series: string;
  readonly step: number;
  readonly point: number;
  readonly low: number;
  readonly high: number;
}
function rowsOf(file: string): Row[] {
  const [header, ...lines] = readFileSync(join(folder, file), 'utf8').trimEnd().split('\n');
  expect(header).toBe('series,step,point,low,high');
  return lines.map((line) => {
    // A name may hold commas; numbers do not.
    const cells = line.split(',');
    const [step, point, low, high] = cells.splice(-4);
    return { series: cells.join(','), step: Number(step), point: Number(point), low: Number(low), high: Number(high) };
  });
}

describe('what is written', () => {
  test('each series gets its steps, whatever the order, the gaps and the columns', async () => {
    const volumes = hourlyVolumes(1, 300);
    const lines = [
      ...volumes.flatMap((value, t) => (t % 50 === 7 ? [] : [`${value},x,${3_600 * t},"north, day"`])),
      ...times(90, (t) => `${t === 40 ? '' : -t},y,${3_600 * (t + 5)},falling`),
      ...times(30, (t) => `1e300,z,${3_600 * t},still`),
      `0.5,,7200,alone`,
    ];
    const mixed = lines.map((line, i) => [(i * 7_919) % lines.length, line] as const).toSorted(([a], [b]) => a - b);
    const file = write('mixed.csv', 'value,other,T,Series', ...mixed.map(([, line]) => line));
    expect(await forecast(...given(file, 'new/folder/out.csv'))).toMatchObject({ status: 0 });
    const rows = rowsOf('new/folder/out.csv');
    expect(new Set(rows.map(({ series }) => series))).toEqual(new Set(['"north, day"', 'falling', 'still', 'alone']));
    expect(rows).toHaveLength(12);
    for (const { step, point, low, high } of rows) {
      expect([1, 2, 3]).toContain(step);
      expect(low <= point && point <= high && Number.isFinite(high - low)).toBe(true);
    }
    for (const { series, step, point } of rows)
      if (series === 'falling') expect(point).toBeCloseTo(-89 - step, 0);
      else if (series === 'alone') expect(point).toBe(0.5);
      else if (series === 'still') expect(point).toBe(1e300);
  });

  test('a series without any value is left out with a warning, and the others are forecast', async () => {
    const empty = times(12, (i) => `none ${i},5,`);
    const file = write('empty.csv', 'series,t,value', ...empty, ...times(30, (t) => `a,${t},${t % 3}`));
    const came = write('empty-came.csv', 'series,t,value', 'none 1,30,', ...times(3, (t) => `a,${30 + t},${t}`));
    const { status, stdout, stderr } = await forecast(...given(file, 'empty-out.csv'), '--actual', came);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^1 series, /);
    expect(stderr).toContain(`${file}, line 2: series none 0 has no value at all, and is left out\n`);
    expect(stderr).toContain(`${file}: 2 more series have no value at all\n`);
    expect(stderr).toContain(`${came}, line 2: series none 1 has no value at all, and is left out\n`);
    expect(stderr).not.toContain('refused');
    expect(new Set(rowsOf('empty-out.csv').map(({ series }) => series))).toEqual(new Set(['a']));
  });

  test('years between two values cost neither time nor memory', async () => {
    const file = write('far.csv', 'series,t,value', 'a,0,1', 'a,1,2', 'a,9007199254740991,3');
    expect(await forecast(...given(file, 'far-out.csv'))).toMatchObject({ status: 0 });
    expect(rowsOf('far-out.csv')[0]).toMatchObject({ series: 'a', step: 1, point: 3 });
  });

  test('against what came it tells errors, coverage and the last season beside them', async () => {
    const all = times(3, (i) => hourlyVolumes(20 + i, 448));
    const lines = (from: number, to: number): string[] =>
      all.flatMap((values, i) => values.slice(from, to).map((value, t) => `s${i},${t},${value}`));
    const past = write('past.csv', 'series,t,value', ...lines(0, 400));
    const came = write('came.csv', 'series,t,value', ...lines(400, 448));
    const { status, stdout } = await forecast(...given(past, 'scored.csv', '48'), '--actual', came);
    expect(status).toBe(0);
    const [ours, naive] = ['signalbox', 'last season'].map((name) =>
      /([\d.]+) +([\d.]+) +([\d.]+) +([\d.]+)% +([\d.]+)$/m
        .exec(stdout.slice(stdout.indexOf(name)))!
        .slice(1)
        .map(Number),
    );
    for (const measure of [0, 1, 2, 4]) expect(ours![measure]!).toBeLessThan(naive![measure]!);
    expect(ours![3]).toBeGreaterThan(80);
  });
});

describe('what is refused', () => {
  const fine = write('fine.csv', 'series,t,value', ...times(2 * DAY, (t) => `a,${t},${t % DAY}`));

  test.each([
    ['no such number', ['a,1,2', 'a,2,two'], 'line 3, column value: wants a number, or nothing for a gap, not two'],
    ['not a number', ['a,1,NaN'], 'line 2, column value: wants a number, or nothing for a gap, not NaN'],
    ['beyond the largest', ['a,1,1e999'], 'line 2, column value: wants a number'],
    ['half a step', ['a,1.5,2'], 'line 2, column t: wants a whole number, not 1.5'],
    ['no moment', ['a,,2'], 'line 2, column t: wants a whole number, not nothing'],
    ['no name', [',1,2'], 'line 2, column series: is empty'],
    ['a moment twice', ['a,1,2', 'b,1,2', 'a,1,3'], 'line 4, column t: 1 stands in line 2 already, for series a'],
    ['series of gaps alone', ['a,1,', 'b,1,', 'b,2,'], 'line 3, column value: series b has no value at all'],
    ['a cell too many', ['a,1,2', 'a,2,3,4'], 'line 3: the row that begins here is no CSV row'],
    ['nothing', [], 'line 1: the file holds no rows'],
  ])('%s', async (_, lines, sentence) => {
    const { status, stderr } = await forecast(...given(write('wrong.csv', 'series,t,value', ...lines), 'none.csv'));
    expect(stderr).toContain(sentence);
    expect(status).toBe(2);
    expect(existsSync(join(folder, 'none.csv'))).toBe(false);
  });

  test('a column that is missing or stands twice', async () => {
    const { status, stderr } = await forecast(...given(write('wrong.csv', 'series,t,t', 'a,1,2'), 'none.csv'));
    expect(status).toBe(2);
    expect(stderr).toContain('line 1, column value: is missing');
    expect(stderr).toContain('line 1, column t: stands twice');
  });

  test.each([
    [['--horizon', '0'], '--horizon wants a whole number from 1 to 10,000, not 0'],
    [['--period', '1.5'], '--period wants a whole number from 1 to 10,000, not 1.5'],
    [['--input', 'absent.csv'], 'the file cannot be read'],
    [['--out', fine], 'it would be overwritten'],
    [['--actual', 'absent.csv'], 'the file cannot be read'],
    [['--steps', '3'], 'steps'],
  ])('%j', async (options, sentence) => {
    const { status, stderr } = await forecast(...given(fine, 'none.csv'), ...options);
    expect(stderr).toContain(sentence);
    expect(status).toBe(2);
    expect(existsSync(join(folder, 'none.csv'))).toBe(false);
  });

  test.each(['--input', '--horizon', '--period', '--out'])('without %s', async (missing) => {
    const all = given(fine, 'none.csv');
    all.splice(all.indexOf(missing), 2);
    const { status, stderr } = await forecast(...all);
    expect(stderr).toContain(`${missing} `);
    expect(status).toBe(2);
  });

  test('help is told, and named in the list of commands', async () => {
    const { status, stdout } = await forecast('--help');
    expect(status).toBe(0);
    expect(stdout).toContain('series,step,point,low,high');
    expect(spawnSync(process.execPath, [MAIN], { encoding: 'utf8' }).stdout).toContain('  forecast ');
  });
});
