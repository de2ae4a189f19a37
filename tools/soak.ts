// `npm run soak`: the acceptance tests one after the other at their full figures, a line for each and a verdict.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ACCEPTANCE_TESTS, type AcceptanceTest } from './soak/acceptance-tests.ts';
import { type Conclusion, conclusionOf, lineOf, type SoakReport, verdictOf } from './soak/conclusion.ts';
import { isOnPath } from './program-path.ts';
import { endOnInterrupt, PROJECT_ROOT, tryProgram } from './run-program.ts';
import { makeTemporaryDirectory } from './temporary-directories.ts';

const HELP = `npm run soak [-- options]

Runs the acceptance tests at their full figures (npm test runs a sample of each) and ends with a line per test
and a verdict. What a line says was run is what the test counted while it ran.

  --only T5,T7   only these
  --help         this text

${ACCEPTANCE_TESTS.map(({ id, what }) => `  ${id.padEnd(5)} ${what}`).join('\n')}

Takes about an hour on two cores, half of it T15. T21 needs redis-server (Debian: apt-get install redis-server); a test that
did not run, or ran less than its figure, is a failure.`;

/** What a failed run is told with: its last lines. */
const OUTPUT_LINES_MAX = 60;

async function runTest(test: AcceptanceTest, directory: string): Promise<Conclusion> {
  const reportFile = join(directory, `${test.id}.json`);
  const args = ['run', ...test.files, '-t', test.names, '--reporter=default', '--reporter=json'];
  const startedMs = performance.now();
  const stopTelling = tellProgress(test, startedMs);
  const { code, output } = await tryProgram('vitest', [...args, `--outputFile.json=${reportFile}`], {
    env: { SOAK: '1', TMPDIR: directory },
  });
  stopTelling();
  const report = existsSync(reportFile) ? (JSON.parse(readFileSync(reportFile, 'utf8')) as SoakReport) : null;
  const seconds = (performance.now() - startedMs) / 1_000;
  const isProgramMissing = test.program !== undefined && !isOnPath(test.program.name);
  const conclusion = conclusionOf(test, { report, code, seconds, isProgramMissing });
  if (conclusion.verdict !== 'PASS') console.log(output.trimEnd().split('\n').slice(-OUTPUT_LINES_MAX).join('\n'));
  return conclusion;
}

function tellProgress({ id, what }: AcceptanceTest, startedMs: number): () => void {
  if (!process.stdout.isTTY) {
    console.log(`${id} ${what} ...`);
    return () => {};
  }
  const tell = (): void => {
    process.stdout.write(`\r${id} ${what} ... ${Math.round((performance.now() - startedMs) / 1_000)} s`);
  };
  tell();
  const timer = setInterval(tell, 1_000);
  return () => {
    clearInterval(timer);
    process.stdout.write('\r\u001b[K');
  };
}

function chosen(only: string | undefined): readonly AcceptanceTest[] {
  if (only === undefined) return ACCEPTANCE_TESTS;
  const ids = only.split(',').map((id) => id.trim().toUpperCase());
  const unknown = ids.filter((id) => !ACCEPTANCE_TESTS.some((test) => test.id === id));
  if (unknown.length > 0) {
    const known = ACCEPTANCE_TESTS.map(({ id }) => id).join(', ');
    throw new RangeError(`there is no ${unknown.join(', ')}; there are ${known}`);
  }
  return ACCEPTANCE_TESTS.filter(({ id }) => ids.includes(id));
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { only: { type: 'string' }, help: { type: 'boolean', default: false } } });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const tests = chosen(values.only);
  endOnInterrupt();
  process.chdir(PROJECT_ROOT);
  const directory = makeTemporaryDirectory('signalbox-soak');
  const conclusions: Conclusion[] = [];
  for (const test of tests) {
    const conclusion = await runTest(test, directory);
    conclusions.push(conclusion);
    console.log(lineOf(conclusion));
  }
  console.log(`\n${conclusions.map(lineOf).join('\n')}\n\n${verdictOf(conclusions)}`);
  return conclusions.every(({ verdict }) => verdict === 'PASS') ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
