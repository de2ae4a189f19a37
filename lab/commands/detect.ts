// `npm run lab -- detect`: how fast our detector and the published rules see a change, against the theoretical floor.
import { allCells, EFFORTS } from '../detection/cells.ts';
import { asCommand, outOf, readOptions } from './arguments.ts';
import { checkWritable, writeWhole } from '../runner/whole-file.ts';
import { columns } from '../report/table.ts';
import { coreHash } from '../runner/source-hash.ts';
import { documentOf, ratioRows, verdictTable } from '../detection/detection-document.ts';
import { fileURLToPath } from 'node:url';
import { judge, type Measured } from '../detection/verdict.ts';
import { measureCells, type EffortName } from '../detection/cell-pool.ts';
import { measureCosts } from '../detection/cost.ts';
import { Progress } from '../runner/progress.ts';
import { ratioChart } from '../detection/ratio-chart.ts';
import { StoredCells } from '../detection/stored-cells.ts';

const DOCUMENT = fileURLToPath(new URL('../../docs/detection.md', import.meta.url));
const FIGURE = fileURLToPath(new URL('../../docs/detection.svg', import.meta.url));
const NUMBERS = fileURLToPath(new URL('../../docs/detection.json', import.meta.url));
const HELP = `npm run lab -- detect [--quick] [--out FILE.json]

Measures detection delays against the exact floor at ARLs of 10,000 and 100,000, with the baseline known and estimated, and writes docs/detection.md, its figure and its numbers.
Stopped, it goes on where it was: each measurement is kept in lab/.runs until a source it depends on changes.

  --quick  at least ${EFFORTS.quick.alarms} alarms and ${EFFORTS.quick.delays} delays per number instead of at least ${EFFORTS.full.alarms} and ${EFFORTS.full.delays}, rules tuned to 10,000 only; writes no document
  --out    writes the numbers as JSON; the file's folder is made if missing
`;

export async function run(args: string[]): Promise<number> {
  return asCommand(HELP, args, async () => {
    const options = readOptions(args, { quick: { type: 'boolean' }, out: { type: 'string' } });
    const name = options['quick'] === true ? 'quick' : 'full';
    const effort = EFFORTS[name];
    const out = outOf(options);
    if (name === 'full') for (const path of [DOCUMENT, FIGURE, NUMBERS]) checkWritable(path);
    const core = coreHash();
    const all = await measureAll(name);
    const costs = measureCosts();
    process.stdout.write(`${columns(verdictTable(judge(all), costs))}\n`);
    process.stdout.write(`core of learned, the detector in it: ${core}\n`);
    const numbers = { core, effort: name, ...effort, verdict: judge(all), costs, measurements: all.map(plain) };
    const text = `${JSON.stringify(numbers, null, 1)}\n`;
    if (name === 'full') {
      const { alarms, delays } = effort;
      writeWhole(DOCUMENT, documentOf({ effort: name, core, alarms, delays, all, costs }));
      writeWhole(FIGURE, ratioChart(ratioRows(all)));
      writeWhole(NUMBERS, text);
      process.stdout.write('wrote docs/detection.md, detection.svg and detection.json\n');
    }
    if (out !== null) writeWhole(out, text);
    return 0;
  });
}

function plain({ cell, result }: Measured): object {
  return { ...cell, measure: undefined, ...result };
}

async function measureAll(name: EffortName): Promise<Measured[]> {
  const cells = allCells(EFFORTS[name]);
  const stored = new StoredCells(name);
  const progress = new Progress(cells.length);
  const missing: number[] = [];
  for (const [place, { key }] of cells.entries()) {
    if (stored.get(key) === undefined) missing.push(place);
    else progress.add(1, key, true);
  }
  await measureCells(name, missing, (place, result) => {
    const { key } = cells[place]!;
    stored.set(key, result);
    progress.add(1, key);
  });
  progress.end();
  return cells.map((cell) => ({ cell, result: stored.get(cell.key)! }));
}
