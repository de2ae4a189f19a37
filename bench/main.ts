// `npm run bench`: how fast Signalbox is on bare workerd, beside what the platform can do at all, as a table, a JSON file and docs/performance.md.
import { checkWritable, UnwritableFile, writeWhole } from '../lab/runner/whole-file.ts';
import { checkFree } from './bare-workerd.ts';
import { endOnInterrupt, tryProgram } from '../tools/run-program.ts';
import { findLoader } from './load/loader.ts';
import { fileURLToPath } from 'node:url';
import { gatherTemporaryFiles, makeTemporaryDirectory } from '../tools/temporary-directories.ts';
import { machineNow } from './machine.ts';
import { CLOSE_ROUNDS, MEASUREMENTS, ROWS } from './rows/all-rows.ts';
import { type BenchOptions, checkArguments, optionsOf, ROUNDS, SECONDS, UsageError } from './options.ts';
import { resultTable } from './result-table.ts';
import { PERFORMANCE_DOCUMENT, writePerformance } from './performance-document.ts';
import type { Bench } from './duel.ts';
import type { Result } from './result.ts';

interface Other {
  readonly what: string;
  /** What may follow its name. */
  readonly usage: string;
}
/** Measurements with a program of their own, in this folder. */
const OTHERS: Readonly<Record<string, Other>> = {
  'analytics': { usage: '[--rows N] [--turns N]', what: 'how fast analytics answers over ten million attempts' },
  'cost-model': { usage: '', what: 'what recording costs a month on the price list, as markdown' },
  'history-drain': { usage: '[attempts]', what: 'how many rows a second reach PostgreSQL after it was away' },
  'object-cpu': { usage: '[--write]', what: 'processor time of an object, for src/domain/scaling/cpu-figures.ts' },
  'object-memory': {
    usage: '[transactions]',
    what: 'whether an object holds more after a million transactions than before',
  },
  'overload': { usage: '[--quick]', what: 'what becomes of it when five times as much is asked as it can do' },
  'record-rows': { usage: '[seconds]', what: 'rows written per 1,000 transactions at several rates' },
  'scale-model': { usage: '', what: 'what a hundred thousand recommendations a second ask of each part, as markdown' },
  'stream-throughput': { usage: '[payments]', what: 'how many events a second a stream reader takes' },
  'table-size': { usage: '[processors] [segments]', what: 'what the routing table takes of memory and of the wire' },
};

const HELP = `npm run bench [-- options]

Builds the deployed bundle, serves it on workerd (no proxy, no simulator), beside a Worker that only parses the same
bodies and serialises the same answers (the baseline), and loads them in turn. Ends with a table: medians over the
rounds, and the ratio to the baseline, which the machine's own speed is not in.

  --out FILE.json  the machine and all results
  --only NAME,...  only these rows
  --quick          one short round of each, about a minute: to see that all runs; its figures are rough
  --rounds N       default ${ROUNDS.default} (${CLOSE_ROUNDS} of recommend and record-single), with --quick ${ROUNDS.quick}
  --seconds N      of one load (default ${SECONDS.default.load}, with --quick ${SECONDS.quick.load})
  --port N         where Signalbox is served (default: a free port)
  --write          also ${PERFORMANCE_DOCUMENT} and its plots, of all rows at full length
  --help           this text

Rows:
${lines(ROWS)}

Loads with wrk where it is installed (Debian: apt-get install wrk), else with autocannon. All of it takes about
twelve minutes; the machine should do nothing else. Ends with 0 if all was measured, whatever the figures; with 1 if a
round failed, such as by one answer that was not 2xx. Others, as npm run bench -- NAME:

${lines(Object.fromEntries(Object.entries(OTHERS).map(([name, { usage, what }]) => [`${name} ${usage}`, what])))}
`;

function lines(texts: Readonly<Record<string, string>>): string {
  const width = Math.max(...Object.keys(texts).map((name) => name.length));
  return Object.entries(texts)
    .map(([name, text]) => `  ${name.padEnd(width)}  ${text}`)
    .join('\n');
}

async function main(args: readonly string[]): Promise<number> {
  const [name = '', ...others] = args;
  const other = Object.hasOwn(OTHERS, name) ? OTHERS[name] : undefined;
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(other === undefined ? HELP : `npm run bench -- ${name} ${other.usage}\n\n  ${other.what}\n`);
    return 0;
  }
  endOnInterrupt();
  if (other === undefined) return await measureAll(optionsOf(args, process.env));
  checkArguments(name, other.usage, others);
  const file = fileURLToPath(new URL(`${name}.ts`, import.meta.url));
  return (await tryProgram('node', [file, ...others], { echo: true })).code;
}

async function measureAll(options: BenchOptions): Promise<number> {
  const { isQuick, only, rounds, seconds, out, port, write } = options;
  if (out !== null) checkWritable(out);
  if (port !== undefined) await checkFree(port);
  gatherTemporaryFiles();
  const loader = await findLoader();
  const tell = (line: string): void => void process.stderr.write(`${line}\n`);
  if (loader.caution !== null) tell(loader.caution);
  const machine = machineNow(loader.name);
  tell(
    `${machine.processor}, ${machine.cores} cores, load ${machine.load_before} before; ${loader.name}, workerd ${machine.workerd}`,
  );
  const bench: Omit<Bench, 'rounds'> = {
    ...{ loader, isQuick, port, tell },
    ...{ seconds: seconds.load, warmUpSeconds: seconds.warmUp },
    directory: makeTemporaryDirectory('bench'),
  };
  const results: Result[] = [];
  for (const { rows, run, rounds: wanted = ROUNDS.default } of MEASUREMENTS) {
    const asked = Object.keys(rows).filter((row) => only === null || only.includes(row));
    if (asked.length === 0) continue;
    results.push(...(await run({ ...bench, rounds: rounds ?? wanted })).filter(({ name }) => asked.includes(name)));
    if (out !== null) writeWhole(out, `${JSON.stringify({ machine, isQuick, results }, null, 2)}\n`);
  }
  process.stdout.write(resultTable(results));
  if (out !== null) tell(`written: ${out}`);
  if (write) tell(`written: ${writePerformance({ machine, results }).join(', ')}`);
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (error instanceof UsageError) process.stderr.write(`${error.message}\n\n${HELP}`);
  else process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof UsageError || error instanceof UnwritableFile ? 2 : 1;
}
