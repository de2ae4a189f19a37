// `npm test`: every check of the project in one run, ending with what did not run and one line of totals.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { NOT_RUN_FILE, type NotRun } from '../test/harness/debian.ts';
import { endOnInterrupt, PROJECT_ROOT, tryProgram } from './run-program.ts';
import { makeTemporaryDirectory } from './temporary-directories.ts';

const HELP = `npm test [-- options] [-- vitest filters]

Checks types, generated types, lint, format, then runs every suite.

  --static   only the checks that run no test (also: npm run check)
  --help     this text

REQUIRE_ALL=1  a suite that did not run for want of a program is a failure.
A filter, e.g. npm test -- breaker, runs only the test files whose path holds it.`;

interface Step {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
}

const TYPES_FILE = 'src/worker-configuration.d.ts';

function staticSteps(): Step[] {
  const steps: Step[] = [
    { name: 'types of the core', program: 'tsc', args: ['-p', 'src/domain/tsconfig.json'] },
    { name: 'types of the Worker', program: 'tsc', args: ['-p', 'tsconfig.json'] },
    { name: 'types of tools and tests', program: 'tsc', args: ['-p', 'tsconfig.node.json'] },
    {
      name: 'generated types are fresh',
      program: 'wrangler',
      args: ['types', TYPES_FILE, '--strict-vars=false', '--check'],
    },
    { name: 'lint', program: 'oxlint', args: ['--type-aware', '--deny-warnings'] },
    { name: 'format', program: 'prettier', args: ['--check', '--log-level', 'warn', '.'] },
  ];
  return steps;
}

interface Totals {
  readonly passed: number;
  readonly failed: number;
}

async function runStaticSteps(): Promise<Totals> {
  let failed = 0;
  let done = 0;
  const steps = staticSteps();
  const waiting = [...steps];
  const work = async (): Promise<void> => {
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
      const { name, program, args } = step;
      const startedMs = performance.now();
      const { code, output } = await tryProgram(program, args);
      const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
      done++;
      console.log(`[${done}/${steps.length}] ${name} ${code === 0 ? 'ok' : 'FAILED'} (${seconds} s)`);
      if (code !== 0) {
        failed++;
        console.log(output.trimEnd());
      }
    }
  };
  await Promise.all([work(), work()]);
  return { passed: steps.length - failed, failed };
}

/** The parts of vitest's JSON report that are read here. */
interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly success: boolean;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

async function runSuites(filters: readonly string[], directory: string): Promise<Totals> {
  const reportFile = join(directory, 'report.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`];
  const { code } = await tryProgram('vitest', ['run', ...reporters, ...filters], {
    echo: true,
    // What a killed worker of vitest could not remove itself goes with the directory.
    env: { [NOT_RUN_FILE]: join(directory, 'not-run'), TMPDIR: directory },
  });
  if (!existsSync(reportFile)) return { passed: 0, failed: 1 };
  const totals = totalsOf(JSON.parse(readFileSync(reportFile, 'utf8')) as VitestReport);
  // An unhandled error or a suite of no tests ends vitest with a failure that its counts do not show.
  return code !== 0 && totals.failed === 0 ? { ...totals, failed: 1 } : totals;
}

/** A file that could not even be loaded has no failed test, and counts as one. */
function totalsOf(report: VitestReport): Totals {
  const unloadable = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((assertion) => assertion.status === 'failed'),
  );
  return { passed: report.numPassedTests, failed: report.numFailedTests + unloadable.length };
}

function notRunIn(directory: string): NotRun[] {
  const file = join(directory, 'not-run');
  if (!existsSync(file)) return [];
  const lines = new Set(readFileSync(file, 'utf8').split('\n').filter(Boolean));
  return [...lines].map((line) => JSON.parse(line) as NotRun);
}

function listNotRun(notRun: readonly NotRun[]): void {
  if (notRun.length === 0) return;
  console.log('\nNOT RUN');
  for (const { suite, program, debianPackage } of notRun) {
    console.log(`  ${suite}: ${program} is not installed (Debian: apt-get install ${debianPackage})`);
  }
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { static: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  endOnInterrupt();
  process.once('exit', (code) => {
    if (code === 130 || code === 143) console.log('\ninterrupted');
  });
  process.chdir(PROJECT_ROOT);
  const checks = await runStaticSteps();
  if (values.static) return conclude(checks);

  const directory = makeTemporaryDirectory('signalbox-test');
  const suites = await runSuites(positionals, directory);
  const notRun = notRunIn(directory);
  listNotRun(notRun);
  const missed = process.env['REQUIRE_ALL'] === '1' ? notRun.length : 0;
  if (checks.failed > 0) console.log(`\n${checks.failed} of the checks before the tests failed (counted below).`);
  if (missed > 0) console.log(`\nREQUIRE_ALL=1: ${missed} not run is ${missed} failed.`);
  return conclude({ passed: suites.passed, failed: suites.failed + checks.failed + missed });
}

function conclude({ passed, failed }: Totals): number {
  console.log(`\n${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

process.exitCode = await main();
