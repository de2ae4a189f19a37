import { afterAll, describe, expect, test } from 'vitest';
import { attempt } from './made-log.ts';
import { AttemptLog } from '../../../lab/backtest/attempt-log.ts';
import { excessOf, readLog } from '../../../lab/backtest/read-log.ts';
import { join } from 'node:path';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';

const folder = mkdtempSync(join(tmpdir(), 'signalbox-log-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
function write(name: string, text: string | Buffer): string {
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

  test.each<[string, string]>([
    ['semicolons', ';'],
    ['tabs', '\t'],
    ['bars', '|'],
  ])('takes %s between cells, by the header', async (_, separator) => {
    const header = ['\uFEFFoccurred_at', '"transaction_id"', 'processor', 'result', 'amount', 'currency', 'eligible'];
    const cells = ['2026-11-20T12:00:00Z', 't,1', 'a', 'approved', '', '', separator === ';' ? 'a|b' : 'a;b'];
    const text = [header, cells].map((each) => each.join(separator)).join('\n');
    const reading = await readLog(write('separated.csv', text));
    if (!reading.ok) throw new Error(JSON.stringify(reading.problems));
    expect(reading.log).toMatchObject({ count: 1, processors: ['a', 'b'] });
    expect(reading.log.amountMinor(0)).toBeNull();
    expect(reading.header.ignored).toEqual([]);
  });

  test('refuses bytes that are not UTF-8 by line and column, for they would make two processors one', async () => {
    const text = [HEADER, line('1'), line('2', 'Banc\u00e9,approved'), line('3', 'Banc\u00e8,approved')].join('\n');
    const latin1 = await readLog(write('latin1.csv', Buffer.from(text, 'latin1')));
    const message = expect.stringContaining('iconv -f WINDOWS-1252 -t UTF-8');
    expect(latin1).toEqual({
      ok: false,
      problems: [
        { line: 3, column: 'processor', message },
        { line: 4, column: 'processor', message },
      ],
    });
    const utf8 = await readLog(write('utf8.csv', text));
    expect(utf8.ok && utf8.log.processors).toEqual(['a', 'Bancé', 'Bancè']);
  });

  test('a column that is not read may hold any bytes', async () => {
    const text = [`${HEADER},note`, line('1', 'a,approved,caf\u00e9')].join('\n');
    expect(await readLog(write('note.csv', Buffer.from(text, 'latin1')))).toMatchObject({ ok: true });
  });

  test.each<[string, string]>([
    ['never closed', ''],
    ['closed by the next quote', '\n2026-11-20T12:00:00Z,"late",a,approved'],
    ['closed nowhere near', `\n${line('8')}`.repeat(4_000)],
  ])('a quote that is %s is told by the line of its row', async (_, after) => {
    const good = Array.from({ length: 55 }, (_row, index) => line(`${index}`));
    const opens = line('"7');
    const rows = [HEADER, line('1'), '', line('"two\r\nlines"'), opens, ...good].join('\n');
    const reading = await readLog(write('quote.csv', rows + after));
    expect(reading).toMatchObject({ ok: false, problems: [{ line: 6, column: null }] });
  });

  test('a wrong cell is told by the line on which its row begins, whatever lines the cells before it hold', async () => {
    const rows = [
      `note,${HEADER}`,
      `"a\r\nb",${line('1')}`,
      `"c\nd\ne",${line('2')}`,
      '',
      `"f\ng",${line('3', 'a,paid')}`,
    ];
    const reading = await readLog(write('lines.csv', rows.join('\r\n')));
    expect(reading).toMatchObject({ ok: false, problems: [{ line: 8, column: 'result' }] });
  });

  test('the 65,537th list of eligible processors is no other', () => {
    const log = new AttemptLog();
    const names = Array.from({ length: 17 }, (_, place) => `p${place}`);
    const lists = Array.from({ length: 70_000 }, (_, index) => names.filter((_name, place) => (index >> place) & 1));
    for (const eligible of lists.slice(1)) log.add(attempt({ processor: eligible[0]!, eligible }));
    const told = (row: number) => log.eligible(row)!.map((place) => log.processors[place]);
    expect(log.offers).toBe(69_999);
    for (const row of [0, 65_534, 65_535, 65_536, 69_998]) expect(told(row)).toEqual(lists[row + 1]);
  });

  test.each<[object, RegExp | null]>([
    [{}, null],
    [{ processors: { length: 60_001 } }, /60000 processors or segments/],
    [{ segments: { length: 60_001 } }, /60000 processors or segments/],
    [{ offers: 1_000_001 }, /1000000 different lists/],
    [{ count: 50_000_001 }, /50000000 rows/],
  ])('of a log of %j the excess is %s', (given, sentence) => {
    const few = { processors: [], segments: [], offers: 0, count: 1, ...given };
    if (sentence === null) expect(excessOf(few)).toBeNull();
    else expect(excessOf(few)).toMatch(sentence);
  });
});
