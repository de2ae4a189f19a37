// `npm run lab -- detect`: how fast our detector and the published rules see a change, against the theoretical floor.
import { allCells, EFFORTS } from '../detection/cells.ts';
import { asCommand, callerPath, readOptions } from './arguments.ts';
import { columns } from '../report/table.ts';
import { documentOf, ratioRows, verdictTable } from '../detection/detection-document.ts';
import { fileURLToPath } from 'node:url';
import { judge, type Measured } from '../detection/verdict.ts';
import { measureCells, type EffortName } from '../detection/cell-pool.ts';
import { measureCosts } from '../detection/cost.ts';
import { Progress } from '../runner/progress.ts';
import { ratioChart } from '../detection/ratio-chart.ts';
import { StoredCells } from '../detection/stored-cells.ts';
import { writeFileSync } from 'node:fs';

const DOCUMENT = fileURLToPath(new URL('../../docs/detection.md', import.meta.url));
const FIGURE = fileURLToPath(new URL('../../docs/detection.svg', import.meta.url));
const NUMBERS = fileURLToPath(new URL('../../docs/detection.json', import.meta.url));
const HELP = `npm run lab -- detect [--quick] [--out FILE.json]

Measures detection delays against the exact floor at ARLs of 10,000 and 100,000, with the baseline known and estimated, and writes docs/detection.md, its figure and its numbers.
Stopped, it goes on where it was: each measurement is kept in lab/.runs until a source it depends on changes.

  --quick  at least ${EFFORTS.quick.alarms} alarms and ${EFFORTS.quick.delays} delays per number instead of at least ${EFFORTS.full.alarms} and ${EFFORTS.full.delays}, rules tuned to 10,000 only; writes no document
  --out    writes the numbers as JSON
`;

export async function run(args: string[]): Promise<number> {
  return asCommand(HELP, args, async () => {
    const options = readOptions(args, { quick: { type: 'boolean' }, out: { type: 'string' } });
    const name = options['quick'] === true ? 'quick' : 'full';
    const effort = EFFORTS[name];
    const all = await measureAll(name);
    const costs = measureCosts();
    process.stdout.write(`${columns(verdictTable(judge(all), costs))}\n`);
    const numbers = { effort: name, ...effort, verdict: judge(all), costs, measurements: all.map(plain) };
    if (name === 'full') {
      writeFileSync(DOCUMENT, documentOf({ effort: name, alarms: effort.alarms, delays: effort.delays, all, costs }));
      writeFileSync(FIGURE, ratioChart(ratioRows(all)));
      writeFileSync(NUMBERS, `${JSON.stringify(numbers, null, 1)}\n`);
      process.stdout.write('wrote docs/detection.md, detection.svg and detection.json\n');
    }
    if (typeof options['out'] === 'string')
      writeFileSync(callerPath(options['out']), `${JSON.stringify(numbers, null, 1)}\n`);
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
