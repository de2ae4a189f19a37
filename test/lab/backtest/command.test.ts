import { afterAll, describe, expect, test } from 'vitest';
import { createCaller } from '../../harness/http-caller.ts';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { CLASSIC } from '../sample-scenario.ts';
import { readLog } from '../../../lab/backtest/read-log.ts';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';

const MAIN = fileURLToPath(new URL('../../../lab/main.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'signalbox-backtest-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function lab(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], { cwd: folder, encoding: 'utf8' });
  return { status, stdout, stderr };
}
function write(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}
const HEADER = 'occurred_at,transaction_id,processor,result';
const line = (id: string, rest = 'a,approved') => `2026-11-20T12:00:00Z,${id},${rest}`;

describe('reading', () => {
  test('takes a byte order mark, Windows line ends, quotes, spaces and empty lines', async () => {
    const text = `\uFEFF"result" ,occurred_at,transaction_id,processor,note\r\n\r\napproved,2026-11-20T12:00:00Z,"t,1", "a" ,"two\r\nlines"\r\ndeclined,2026-11-20T12:00:01Z,t2,b,\r\n`;
    const reading = await readLog(write('windows.csv', text));
    if (!reading.ok) throw new Error(JSON.stringify(reading.problems));
    expect(reading.log.count).toBe(2);
    expect(reading.log.processors).toEqual(['a', 'b']);
    expect(reading.header.ignored).toEqual(['note']);
  });

  test.each<[string, string, object]>([
    ['nothing', '', { line: 1, column: null, message: 'the file is empty' }],
    ['no row', `${HEADER}\n`, { line: 1, column: null, message: 'there is a header and no row' }],
    ['another header', 'time,id\n1,2\n', { line: 1, column: 'occurred_at', message: 'is missing' }],
    ['a wrong cell', [HEADER, line('1'), line('2', 'a,paid')].join('\n'), { line: 3, column: 'result' }],
    ['a row too short', [HEADER, line('1'), line('2', 'a')].join('\n'), { line: 3, column: null }],
    ['one endless line', 'x'.repeat(200_000), { line: 1, column: null, message: expect.stringContaining('CSV') }],
    ['a quote that does not end', [HEADER, line('1'), line('"2')].join('\n'), { column: null }],
  ])('refuses a file with %s by its line', async (_, text, problem) => {
    const reading = await readLog(write('bad.csv', text));
    expect(reading.ok ? null : reading.problems[0]).toMatchObject(problem);
  });

  test('tells ten problems and no more, and of a file that is not there', async () => {
    const rows = Array.from({ length: 50 }, (_, index) => line(`${index}`, 'a,paid'));
    const many = await readLog(write('many.csv', [HEADER, ...rows].join('\n')));
    expect(many.ok ? [] : many.problems.map((problem) => problem.line)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    const none = await readLog(join(folder, 'none.csv'));
    expect(none).toMatchObject({ ok: false, problems: [{ message: expect.stringContaining('cannot be read') }] });
  });
});

describe('npm run lab -- backtest', () => {
  test('from a sample log to a report, and to priors that the API takes', async () => {
    write('own.json', JSON.stringify({ ...CLASSIC, id: 'own', transactions: 1_500 }));
    const sample = ['sample-log', '--scenario', 'own.json', '--policy', 'random', '--out'];
    expect(lab(...sample, 'log.csv', '--seed', '3')).toMatchObject({ status: 0 });
    expect(lab(...sample, 'again.csv', '--seed', '3')).toMatchObject({ status: 0 });
    const text = readFileSync(join(folder, 'log.csv'), 'utf8');
    expect(readFileSync(join(folder, 'again.csv'), 'utf8')).toBe(text);
    const { status, stdout } = lab('backtest', '--log', 'log.csv', '--out', 'report', '--priors', 'priors.json');
    expect(status).toBe(0);
    expect(stdout).toMatch(/learned: \d\d\.\d\d% /);
    const report = JSON.parse(readFileSync(join(folder, 'report', 'backtest.json'), 'utf8')) as {
      log: { rows: number; withPropensity: number };
    };
    expect(report.log.rows).toBe(text.trimEnd().split('\n').length - 1);
    expect(report.log.withPropensity).toBe(report.log.rows);
    expect(readFileSync(join(folder, 'report', 'backtest.html'), 'utf8')).toMatch(/^<!doctype html>/);
    const caller = await createCaller({ registered: false });
    for (const { id } of CLASSIC.processors) {
      const body = { id, payment_methods: ['CARD'], countries: ['US'] };
      expect((await caller.call('POST', '/api/v1/processors', { body })).status).toBe(201);
    }
    const body = readFileSync(join(folder, 'priors.json'), 'utf8');
    const set = await caller.call('POST', '/api/v1/ml/priors', { body });
    expect(set).toMatchObject({ status: 200, json: { count: CLASSIC.processors.length } });
  });

  test.each<[string, readonly string[], string]>([
    ['no log', [], '--log FILE.csv is wanted'],
    ['a log that is not there', ['--log', 'nowhere.csv'], 'cannot be read'],
    ['a wrong log', ['--log', 'wrong.csv'], 'line 2, column result: "paid" is none of'],
    ['a misspelt option', ['--log', 'good.csv', '--prior', 'x'], "Unknown option '--prior'"],
    ['priors of names the Registry has not', ['--log', 'good.csv', '--priors', 'p.json'], 'segment ANY|ANY'],
  ])('refuses %s with code 2 and a sentence, and writes nothing', (_, args, sentence) => {
    write('wrong.csv', [HEADER, line('1', 'a,paid')].join('\n'));
    write('good.csv', [HEADER, line('1')].join('\n'));
    const { status, stdout, stderr } = lab('backtest', ...args, '--out', 'nothing');
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(sentence);
    expect(stderr).not.toMatch(/\n {4}at /);
    expect(existsSync(join(folder, 'nothing'))).toBe(false);
  });

  test('a sample log wants a scenario, a place and one policy', () => {
    expect(lab('sample-log').stderr).toContain('--scenario FILE and --out FILE.csv are wanted');
    write('own.json', JSON.stringify(CLASSIC));
    const two = lab('sample-log', '--scenario', 'own.json', '--out', 'x.csv', '--policy', 'random,static');
    expect(two).toMatchObject({ status: 2, stderr: expect.stringContaining('--policy wants one policy') });
    const nowhere = lab('sample-log', '--scenario', 'own.json', '--out', 'no/where.csv');
    expect(nowhere).toMatchObject({ status: 2, stderr: expect.stringContaining('cannot be written') });
    expect(existsSync(join(folder, 'x.csv'))).toBe(false);
  });
});
