// `node lab/payment-anomalies/precision.ts [houses] [--mild] [--without-series] [--out FILE]`: how much of what the house raises is a fault, how much of the faults is found, and whether the cause is named.
import { FAULTS, MILD_FAULTS } from './faults.ts';
import { judgeTrial, medianOf, occasionsOf, raisedIn, sumOf } from './measure-precision.ts';
import { columns } from '../report/table.ts';
import { parseArgs } from 'node:util';
import { writeFileSync } from 'node:fs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { 'mild': { type: 'boolean' }, 'without-series': { type: 'boolean' }, 'out': { type: 'string' } },
});
const faults = values.mild === true ? MILD_FAULTS : FAULTS;
const trials = Array.from({ length: Number(positionals[0] ?? 3) }, (_, house) => {
  const trial = { house, faults, isShort: false, hasSeries: values['without-series'] !== true };
  const raised = raisedIn(trial);
  return { raised, judged: judgeTrial(occasionsOf(trial), raised) };
});

const all = trials.flatMap(({ judged }) => judged.faults);
const rows = faults.map(({ name }) => {
  const of = all.filter(({ fault }) => fault === name);
  const found = of.flatMap((each) => each.found ?? []);
  return [
    name,
    `${found.length}/${of.length}`,
    `${medianOf(found.map(({ minutes }) => minutes))}`,
    `${found.filter(({ isNamed }) => isNamed).length}`,
    [...new Set(found.map(({ kind }) => kind))].join(' '),
  ];
});
process.stdout.write(`${columns([['fault', 'found', 'minutes', 'named', 'as'], ...rows])}\n`);
for (const [house, { judged }] of trials.entries())
  for (const { kind, scope, minute } of judged.falseOnes)
    process.stdout.write(`false, house ${house}: ${kind} ${scope} day ${(minute / 1_440).toFixed(2)}\n`);
const figures = sumOf(trials.map(({ judged }) => judged));
process.stdout.write(`${JSON.stringify(figures)}\n`);
if (values.out !== undefined) {
  // A test raises the short one again, and sums up the others.
  const short = raisedIn({ house: 0, faults, isShort: true, hasSeries: true });
  const raised = trials.map((trial) => trial.raised);
  writeFileSync(values.out, `${JSON.stringify({ figures, raised, short }, null, 2)}\n`);
}
