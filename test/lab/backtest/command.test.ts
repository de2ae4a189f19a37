import { afterAll, describe, expect, test } from 'vitest';
import { createCaller } from '../../harness/http-caller.ts';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { CLASSIC } from '../sample-scenario.ts';
import { MOCK_PROCESSORS } from '../../../tools/demo/mock-processors.ts';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import type { PriorsBody } from '../../../lab/backtest/seed-priors.ts';

const SAMPLE = fileURLToPath(new URL('../../../lab/backtest/sample.json', import.meta.url));
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

interface Rate {
  readonly processor: string;
  readonly segment: string;
  readonly rate: number;
}
/** Of the default sample log, outside its outages. */
function trueRates(): Rate[] {
  const { processors } = JSON.parse(readFileSync(SAMPLE, 'utf8')) as {
    processors: {
      id: string;
      errorRate: number;
      timeoutRate: number;
      segments: Record<string, { approvalRate: number }>;
    }[];
  };
  return processors.flatMap(({ id, errorRate, timeoutRate, segments }) =>
    Object.entries(segments).map(([segment, { approvalRate }]) => {
      return { processor: id, segment, rate: (1 - errorRate - timeoutRate) * approvalRate };
    }),
  );
}
const toldRates = (body: string): Rate[] =>
  (JSON.parse(body) as PriorsBody).priors.map(({ processor_id: processor, segment, prior }) => {
    return { processor, segment, rate: prior.mean };
  });
/** By segment, the best first. */
const orderOf = (rates: readonly Rate[]): string[] =>
  rates
    .toSorted((left, right) => left.segment.localeCompare(right.segment) || right.rate - left.rate)
    .map(({ processor, segment }) => `${segment} ${processor}`);

const HEADER = 'occurred_at,transaction_id,processor,result';
const line = (id: string, rest = 'a,approved') => `2026-11-20T12:00:00Z,${id},${rest}`;

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

  test('what the documentation tells to type ends in priors that the system of npm start takes, in the order of the true rates', async () => {
    expect(lab('sample-log', '--policy', 'random', '--out', 'sample.csv')).toMatchObject({ status: 0 });
    expect(lab('backtest', '--log', 'sample.csv', '--out', 'sample', '--priors', 'sample-priors.json')).toMatchObject({
      status: 0,
    });
    const caller = await createCaller({ registered: false });
    for (const body of MOCK_PROCESSORS)
      expect((await caller.call('POST', '/api/v1/processors', { body })).status).toBe(201);
    const body = readFileSync(join(folder, 'sample-priors.json'), 'utf8');
    expect(await caller.call('POST', '/api/v1/ml/priors', { body })).toMatchObject({ status: 200 });
    expect(orderOf(toldRates(body))).toEqual(orderOf(trueRates()));
  }, 20_000);

  test.each<[string, readonly string[], string]>([
    ['no log', [], '--log FILE.csv is wanted'],
    ['a log that is not there', ['--log', 'nowhere.csv'], 'cannot be read'],
    ['a wrong log', ['--log', 'wrong.csv'], 'line 2, column result: "paid" is none of'],
    ['a misspelt option', ['--log', 'good.csv', '--prior', 'x'], "Unknown option '--prior'"],
  ])('refuses %s with code 2 and a sentence, and writes nothing', (_, args, sentence) => {
    write('wrong.csv', [HEADER, line('1', 'a,paid')].join('\n'));
    write('good.csv', [HEADER, line('1')].join('\n'));
    const { status, stdout, stderr } = lab('backtest', ...args, '--out', 'nothing');
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(sentence);
    expect(stderr).not.toMatch(/\n {4}at /);
    expect(existsSync(join(folder, 'nothing'))).toBe(false);
  });

  test('names that the API would refuse are made fit, which is said', async () => {
    const rows = [line('1', 'Adyen EU,approved,pix,BR'), line('2', 'Itaú,approved,Credit Card,BR')];
    write('names.csv', [`${HEADER},payment_method,country`, ...rows].join('\n'));
    const { status, stdout, stderr } = lab(
      'backtest',
      '--log',
      'names.csv',
      '--out',
      'names',
      '--priors',
      'names.json',
    );
    expect(status).toBe(0);
    expect(stdout).toContain('processor "Adyen EU" is adyen_eu');
    expect(stderr).not.toContain('Left out');
    const caller = await createCaller({ registered: false });
    for (const [id, method] of [
      ['adyen_eu', 'PIX'],
      ['itau', 'CREDIT_CARD'],
    ]) {
      const body = { id, payment_methods: [method], countries: ['BR'] };
      expect((await caller.call('POST', '/api/v1/processors', { body })).status).toBe(201);
    }
    const body = readFileSync(join(folder, 'names.json'), 'utf8');
    expect(await caller.call('POST', '/api/v1/ml/priors', { body })).toMatchObject({ status: 200, json: { count: 2 } });
  });

  test('a log that no priors can be made of is said to be so before the replay, in a sentence, and has its report', () => {
    write('good.csv', [HEADER, line('1')].join('\n'));
    const { status, stderr } = lab('backtest', '--log', 'good.csv', '--out', 'report-only', '--priors', 'none.json');
    expect(status).toBe(2);
    expect(stderr).toMatch(
      /reading\nNo priors can be written, only the report:\n {2}attempts of which the log does not tell both/,
    );
    expect(stderr).not.toMatch(/ANY|--log FILE/);
    expect(existsSync(join(folder, 'report-only', 'backtest.html'))).toBe(true);
    expect(existsSync(join(folder, 'none.json'))).toBe(false);
  });

  test('where nothing can be written that is said before the replay, without the manual', () => {
    write('good.csv', [HEADER, line('1')].join('\n'));
    for (const place of [
      ['--out', 'good.csv/x'],
      ['--out', 'fine', '--priors', 'good.csv/priors.json'],
    ]) {
      const { status, stderr } = lab('backtest', '--log', 'good.csv', ...place);
      expect(status).toBe(2);
      expect(stderr).toContain('cannot be written');
      expect(stderr).not.toMatch(/replaying|--log FILE|\n {4}at /);
    }
  });

  test('writes over neither the log nor its own report', () => {
    const text = [HEADER, line('1')].join('\n');
    write('good.csv', text);
    symlinkSync(write('backtest.html', text), join(folder, 'link.csv'));
    for (const [args, sentence] of [
      [['--log', 'good.csv', '--out', 'fine', '--priors', './good.csv'], 'is the log'],
      [['--log', 'link.csv', '--out', '.'], 'is the log'],
      [['--log', 'good.csv', '--out', 'fine', '--priors', 'fine/backtest.json'], 'overwrite the report'],
      [['--log', 'good.csv', '--out', ''], '--out wants a folder'],
    ] as const) {
      const { status, stderr } = lab('backtest', ...args);
      expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining(sentence) });
    }
    expect([
      readFileSync(join(folder, 'good.csv'), 'utf8'),
      readFileSync(join(folder, 'backtest.html'), 'utf8'),
    ]).toEqual([text, text]);
  });

  test('a log of retries alone is refused in a sentence', () => {
    write('retries.csv', [`${HEADER},attempt`, line('1', 'a,approved,2'), line('2', 'b,declined,3')].join('\n'));
    const { status, stderr } = lab('backtest', '--log', 'retries.csv', '--out', 'retries');
    expect(status).toBe(2);
    expect(stderr).toContain('line 1, column attempt: no row is 1, a payment’s first attempt');
    expect(stderr).not.toMatch(/\n {4}at /);
  });
});

describe('npm run lab -- sample-log', () => {
  test('wants a place and one policy', () => {
    expect(lab('sample-log').stderr).toContain('--out FILE.csv is wanted');
    write('own.json', JSON.stringify(CLASSIC));
    const two = lab('sample-log', '--scenario', 'own.json', '--out', 'x.csv', '--policy', 'random,static');
    expect(two).toMatchObject({ status: 2, stderr: expect.stringContaining('--policy wants one policy') });
    expect(existsSync(join(folder, 'x.csv'))).toBe(false);
  });

  test('makes the folder of its log, and writes over no scenario', () => {
    const own = write('small.json', JSON.stringify({ ...CLASSIC, transactions: 50 }));
    const made = lab('sample-log', '--scenario', 'small.json', '--out', 'made/for/it.csv');
    expect(made).toMatchObject({ status: 0, stderr: '' });
    expect(existsSync(join(folder, 'made/for/it.csv'))).toBe(true);
    const over = lab('sample-log', '--scenario', 'small.json', '--out', './small.json');
    expect(over).toMatchObject({ status: 2, stderr: expect.stringContaining('overwrite the scenario') });
    expect(JSON.parse(readFileSync(own, 'utf8'))).toMatchObject({ transactions: 50 });
    const within = lab('sample-log', '--scenario', 'small.json', '--out', 'small.json/x.csv');
    expect(within).toMatchObject({ status: 2, stderr: expect.stringContaining('cannot be written') });
    expect(within.stderr).not.toContain('--policy');
  });

  test('refuses a scenario that no log can hold by the path of each field, and one of which no result comes', () => {
    const segments = [{ paymentMethod: 'A|B', country: 'US', currency: 'ABC' }];
    write('odd.json', JSON.stringify({ ...CLASSIC, segments }));
    const { status, stderr } = lab('sample-log', '--scenario', 'odd.json', '--out', 'odd/x.csv');
    expect(status).toBe(2);
    expect(stderr.split('\n').slice(1, -1)).toEqual([
      '  segments[0].paymentMethod: "A|B" holds a |',
      '  segments[0].currency: "ABC" is no code of ISO 4217',
    ]);
    write('lost.json', JSON.stringify({ ...CLASSIC, transactions: 20, feedback: { lossRate: 1 } }));
    const lost = lab('sample-log', '--scenario', 'lost.json', '--out', 'odd/x.csv');
    expect(lost).toMatchObject({ status: 2, stderr: expect.stringContaining('no result comes') });
    expect(existsSync(join(folder, 'odd/x.csv'))).toBe(false);
  });
});
