import { afterAll, describe, expect, test, vi } from 'vitest';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { dirname, join } from 'node:path';
import { run } from '../../../lab/commands/anomalies.ts';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { changed, dailySeries, HOUR_MS } from '../../domain/anomalies/sample-series.ts';

const MAIN = fileURLToPath(new URL('../../../lab/main.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'signalbox-anomalies-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function lab(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, 'anomalies', ...args], {
    cwd: folder,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

function put(name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
}

const SPIKES = [250, 251, 300];
const series = changed(dailySeries({ days: 15, stepMs: HOUR_MS, noise: 10 }), 0, (value, hour) =>
  SPIKES.includes(hour) ? value + 400 : value,
).map(({ atMs, value }, hour) => ({
  text: `${new Date(atMs).toISOString()},${value}`,
  isSpike: SPIKES.includes(hour),
}));
const HEADER = 'TimeStamp,Value,Label';
const written = (label: (isSpike: boolean) => string, rows = series): string =>
  `${[HEADER, ...rows.map(({ text, isSpike }) => `${text},${label(isSpike)}`)].join('\n')}\n`;
const rowsOf = (name: string): string[] => readFileSync(join(folder, name), 'utf8').trimEnd().split('\n');

describe('npm run lab -- anomalies', () => {
  put(
    'in/labelled.csv',
    written((isSpike) => (isSpike ? '1' : '0')),
  );
  put(
    'in/deep/er/unlabelled.CSV',
    written(() => 'unknown'),
  );
  put(
    'in/deep/beginning.csv',
    written(() => '1', series.slice(0, 280)),
  );
  put('in/notes.txt', 'no series');

  test('writes a file of the same name for each series, in the same folders', () => {
    const { status, stdout } = lab('--input', 'in', '--out', 'scores');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^scored 3 of 3 files, 1000 rows/);
    const files = readdirSync(join(folder, 'scores'), { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    expect(files.map(({ name }) => name).sort()).toEqual(['beginning.csv', 'labelled.csv', 'unlabelled.CSV']);
    const [header, ...rows] = rowsOf('scores/labelled.csv');
    expect(header).toBe('timestamp,value,anomaly_score');
    expect(rows).toHaveLength(series.length);
    for (const [place, row] of rows.entries()) {
      expect(row.startsWith(`${series[place]!.text},`)).toBe(true);
      const score = Number(row.split(',')[2]);
      expect(score >= 0 && score <= 1).toBe(true);
    }
  });

  test('scores no row by those below it, and none by its label', () => {
    const whole = rowsOf('scores/labelled.csv');
    expect(rowsOf('scores/deep/er/unlabelled.CSV')).toEqual(whole);
    expect(rowsOf('scores/deep/beginning.csv')).toEqual(whole.slice(0, 281));
  });

  test('tells the average precision where it is asked to, and writes the same scores', () => {
    rmSync(join(folder, 'in/deep'), { recursive: true });
    const { status, stdout } = lab('--input', 'in', '--out', 'evaluated', '--evaluate');
    expect(status).toBe(0);
    const precision = Number(/mean of all \(1\)\s+([\d.]+)/.exec(stdout)![1]);
    expect(precision).toBeGreaterThan(0.7);
    expect(rowsOf('evaluated/labelled.csv')).toEqual(rowsOf('scores/labelled.csv'));
  });

  test('scores a row without a finite number as a gap, and times as spreadsheets write them', () => {
    const lines = series.map(({ text }) => text.split(',') as [string, string]);
    const gaps = (missing: (hour: number) => string | null, time: (iso: string) => string): string =>
      `timestamp,value\n${lines.map(([iso, value], hour) => `${time(iso)},${missing(hour) ?? value}`).join('\n')}\n`;
    const spelt = ['inf', 'Infinity', 'nan', '-inf'];
    const slashed = (iso: string): string => {
      const [year, month, day] = iso.slice(0, 10).split('-').map(Number);
      return `${month}/${day}/${year} ${Number(iso.slice(11, 13))}:${iso.slice(14, 16)}`;
    };
    put(
      'gaps/spelt.csv',
      gaps((hour) => (hour % 50 === 7 ? spelt[Math.floor(hour / 50) % 4]! : null), slashed),
    );
    put(
      'gaps/empty.csv',
      gaps(
        (hour) => (hour % 50 === 7 ? '' : null),
        (iso) => String(Date.parse(iso) / 1_000),
      ),
    );
    expect(lab('--input', 'gaps', '--out', 'gap-scores').status).toBe(0);
    const scoresOf = (name: string): string[] => rowsOf(`gap-scores/${name}`).map((row) => row.split(',')[2]!);
    expect(scoresOf('spelt.csv')).toEqual(scoresOf('empty.csv'));
    expect(scoresOf('spelt.csv')).toHaveLength(series.length + 1);
    expect(rowsOf('gap-scores/spelt.csv')[8]).toMatch(/^\d+\/\d+\/\d{4} \d+:00,inf,0/);
  });

  test('refuses a file by line and column, and scores the others', () => {
    put(
      'mixed/good.csv',
      written(() => '0'),
    );
    put('mixed/bad.csv', 'timestamp,value\n2018-07-03,1\n2018-07-04,high\n');
    const { status, stderr } = lab('--input', 'mixed', '--out', 'mixed-scores');
    expect(status).toBe(2);
    expect(stderr).toMatch(/bad\.csv is refused:\n {2}line 3, column value: wants a number, .* not high/);
    expect(readdirSync(join(folder, 'mixed-scores'))).toEqual(['good.csv']);
  });

  test.each([
    [['--out', 'x'], '--input DIR is wanted'],
    [['--input', 'in'], '--out DIR is wanted'],
    [['--input', 'nowhere', '--out', 'x'], 'wants a folder'],
    [['--input', 'in', '--out', 'in'], 'apart from'],
    [['--input', 'in', '--out', 'in/scores'], 'apart from'],
    [['--input', 'in', '--out', '.'], 'apart from'],
    [['--input', 'scores/deep/er', '--out', 'x', '--labels'], '--labels'],
  ])('refuses %j', async (args, sentence) => {
    const told: string[] = [];
    const stderr = vi.spyOn(process.stderr, 'write').mockImplementation((text) => told.push(String(text)) > 0);
    const placed = args.map((text) => (text.startsWith('--') ? text : join(folder, text)));
    const status = await run(placed);
    stderr.mockRestore();
    expect(status).toBe(2);
    expect(told.join('')).toContain(sentence);
    expect(existsSync(join(folder, 'x'))).toBe(false);
  });

  test('--help tells its options', () => {
    const { status, stdout } = lab('--help');
    expect(status).toBe(0);
    for (const option of ['--input', '--out', '--evaluate']) expect(stdout).toContain(option);
  });
});
