import { describe, expect, test } from 'vitest';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ACCEPTANCE_TESTS, type AcceptanceTest } from '../../tools/soak/acceptance-tests.ts';
import { conclusionOf, lineOf, type Run, verdictOf } from '../../tools/soak/conclusion.ts';
import { PROJECT_ROOT } from '../../tools/run-program.ts';

const SAMPLE: AcceptanceTest = {
  id: 'T0',
  what: 'a sample',
  files: [],
  names: '',
  figures: [
    { name: 'mutations', least: 100, by: 'each' },
    { name: 'cases', least: 2, by: 'together' },
  ],
};
const told = (status: string, figures?: Readonly<Record<string, number>>) => ({ status, meta: { figures } });
const ran = (assertionResults: object[], over: Partial<Run> = {}): Run =>
  ({ report: { testResults: [{ status: 'passed', assertionResults }] }, code: 0, seconds: 1.4, ...over }) as Run;
const GOOD = [
  told('passed', { mutations: 100, cases: 1 }),
  told('passed', { mutations: 120, cases: 1 }),
  told('passed'),
];

describe('the soak', () => {
  test('knows each acceptance test of the issue, by files that are there', () => {
    expect(ACCEPTANCE_TESTS.map(({ id }) => id)).toEqual(['T5', 'T7', 'T9', 'T11', 'T12', 'T13', 'T15', 'T21']);
    const files = ACCEPTANCE_TESTS.flatMap((each) => each.files);
    expect(files.filter((file) => !existsSync(join(PROJECT_ROOT, file)))).toEqual([]);
    expect(ACCEPTANCE_TESTS.filter(({ figures }) => figures.length === 0)).toEqual([]);
  });

  test('passes a test whose tests passed and reached every figure, and says what they ran', () => {
    const conclusion = conclusionOf(SAMPLE, ran(GOOD));
    expect(lineOf(conclusion)).toBe('PASS     T0   a sample: 3 tests, 100 mutations, 2 cases; 1 s');
  });

  test.each([
    ['a figure that was not reached', ran([told('passed', { mutations: 99, cases: 2 })]), 'FAIL'],
    ['a test that failed', ran([...GOOD, told('failed')]), 'FAIL'],
    ['an end that vitest itself calls bad', ran(GOOD, { code: 1 }), 'FAIL'],
    ['names that matched nothing', ran([told('skipped'), told('pending')]), 'NOT RUN'],
    ['a figure that nobody told', ran([told('passed', { mutations: 100 })]), 'NOT RUN'],
    ['a run without a report', ran([], { report: null, code: 1 }), 'NOT RUN'],
  ] as const)('does not pass %s', (_, run, verdict) => {
    expect(conclusionOf(SAMPLE, run).verdict).toBe(verdict);
  });

  test.each([
    [1_000, 'PASS', '1,000 events a second'],
    [999, 'FAIL', '999 events a second (of 1,000)'],
  ] as const)('[STR-36] of a stream that is read at %i events a second it says %s', (rate, verdict, words) => {
    const streams = ACCEPTANCE_TESTS.find(({ id }) => id === 'T21')!;
    const crash = told('passed', { payments: 100_000, deaths: 8 });
    const reader = told('passed', { 'payments': 100_000, 'deaths': 12, 'events a second': rate });
    const conclusion = conclusionOf(streams, ran([crash, reader]));
    expect(conclusion.verdict).toBe(verdict);
    expect(lineOf(conclusion)).toContain(words);
  });

  test('says of a test that wants a program which one is missing', () => {
    const wanting = { ...SAMPLE, program: { name: 'redis-server', debianPackage: 'redis-server' } };
    const conclusion = conclusionOf(wanting, ran([told('skipped')], { isProgramMissing: true }));
    expect(conclusion.verdict).toBe('NOT RUN');
    expect(lineOf(conclusion)).toContain('for want of redis-server (Debian: apt-get install redis-server)');
    expect(lineOf(conclusionOf(wanting, ran([told('skipped')])))).not.toContain('redis-server');
  });

  test('counts what did not run beside what failed', () => {
    const conclusions = [ran(GOOD), ran([told('failed')]), ran([])].map((run) => conclusionOf(SAMPLE, run));
    expect(verdictOf(conclusions)).toBe('1 passed, 1 failed, 1 not run');
  });
});
