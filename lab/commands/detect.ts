// `npm run lab -- detect`: how fast our detector and the published rules see a change, against the theoretical floor.
import { allCells, EFFORTS } from '../detection/cells.ts';
import { asCommand, callerPath, readOptions } from './arguments.ts';
import { columns } from '../report/table.ts';
import { documentOf, verdictTable } from '../detection/detection-document.ts';
import { fileURLToPath } from 'node:url';
import { judge, type Measured } from '../detection/verdict.ts';
import { measureCosts } from '../detection/cost.ts';
import { Progress } from '../runner/progress.ts';
import { readFloor } from '../detection/floor.ts';
import { StoredCells } from '../detection/stored-cells.ts';
import { writeFileSync } from 'node:fs';

const DOCUMENT = fileURLToPath(new URL('../../docs/detection.md', import.meta.url));
const ARL_TARGETS = [1e4, 1e5];
const HELP = `npm run lab -- detect [--quick] [--out FILE.json]

Measures detection delays against the exact floor at ARLs of 10,000 and 100,000, with the baseline known and estimated, and writes docs/detection.md.
Stopped, it goes on where it was: each measurement is kept in lab/.runs until a source it depends on changes.

  --quick  ${EFFORTS.quick.alarms} alarms and ${EFFORTS.quick.delays} delays per number instead of ${EFFORTS.full.alarms} and ${EFFORTS.full.delays}, rules tuned to 10,000 only; writes no document
  --out    writes the numbers as JSON
`;

export async function run(args: string[]): Promise<number> {
  return asCommand(HELP, args, async () => {
    const options = readOptions(args, { quick: { type: 'boolean' }, out: { type: 'string' } });
    const name = options['quick'] === true ? 'quick' : 'full';
    const effort = EFFORTS[name];
    const all = measureAll(name);
    const costs = measureCosts();
    process.stdout.write(`${columns(verdictTable(judge(all), costs))}\n`);
    if (name === 'full') {
      writeFileSync(DOCUMENT, documentOf({ effort: name, alarms: effort.alarms, delays: effort.delays, all, costs }));
      process.stdout.write('wrote docs/detection.md\n');
    }
    if (typeof options['out'] === 'string') {
      const numbers = all.map(({ cell, result }) => ({ ...cell, measure: undefined, ...result }));
      const document = { effort: name, ...effort, verdict: judge(all), costs, measurements: numbers };
      writeFileSync(callerPath(options['out']), `${JSON.stringify(document, null, 2)}\n`);
    }
    return 0;
  });
}

function measureAll(name: keyof typeof EFFORTS): Measured[] {
  const cells = allCells(readFloor(ARL_TARGETS), EFFORTS[name]);
  const stored = new StoredCells(name);
  const progress = new Progress(cells.length);
  const all = cells.map((cell) => {
    const known = stored.get(cell.key);
    const result = known ?? cell.measure(EFFORTS[name]);
    if (known === undefined) stored.set(cell.key, result);
    progress.add(1, cell.key, known !== undefined);
    return { cell, result };
  });
  progress.end();
  return all;
}
