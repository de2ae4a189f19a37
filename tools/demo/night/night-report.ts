// Draws the end of the night demo for people: each known fault with who noticed it, the causes, healing and money, what was foretold, and the verdict.
import type { Check } from '../findings.ts';
import { clockOf, span } from './night-clock.ts';
import { falseAlarmsIn, type FaultFinding, findingOf, leadOf, nameOf } from './night-findings.ts';
import type { KnownFault } from './truth.ts';
import type { NightRecord } from './night-record.ts';
import { styled } from '../report.ts';

export function nightReport(record: NightRecord, faults: readonly KnownFault[], checks: readonly Check[]): string {
  const { payments, quietPayments, jobs } = record;
  const runs = jobs.map(({ name, runs: times }) => `${name} ${times}`).join(', ');
  return [
    '',
    styled('bold', 'Two days against the known truth'),
    styled('dim', `${payments} payments, after ${quietPayments} of two quiet days; runs of jobs: ${runs}`),
    ...faults.flatMap((fault) => faultLines(findingOf(fault, record), record)),
    '',
    ...otherLines(record, faults),
    '',
    styled('bold', 'Verdict'),
    ...checks.map(({ name, isMet, detail }) => {
      const mark = isMet ? styled('green', 'yes') : styled('red', 'NO ');
      return `  ${mark}  ${name}: ${detail}`;
    }),
    closing(checks),
  ].join('\n');
}

const LABEL = 12;
const line = (label: string, text: string): string => `  ${styled('dim', label.padEnd(LABEL))}${text}`;

function faultLines(finding: FaultFinding, record: NightRecord): string[] {
  const { fault, notices, named, atRisk, lost, staticLost } = finding;
  const lead = leadOf(fault, record);
  const when = `${clockOf(fault.fromMinute)} to ${clockOf(fault.untilMinute).slice(-5)}`;
  return [
    '',
    `${styled('bold', fault.name)}  ${when}  ${styled('dim', fault.what)}`,
    line('culprit', nameOf(fault.culprit)),
    ...(notices.length === 0 ? [line('noticed', styled('red', 'by nobody'))] : []),
    ...notices.map(({ by, afterMinutes, what }, index) =>
      line(index === 0 ? 'noticed' : '', `${span(afterMinutes).padEnd(8)} ${by.padEnd(17)}${what}`),
    ),
    line(
      'named',
      named === null ? styled('red', 'never') : `${span(named.afterMinutes).padEnd(8)} ${verdictOf(named.verdict)}`,
    ),
    ...(lead === null ? [] : [line('foretold', `${span(lead)} before the trouble was there`)]),
    line('healing', healingOf(finding)),
    line(
      'at risk',
      atRisk === null ? 'nothing' : `${money(atRisk.minorPerHour / 100)} ${atRisk.currency} an hour, at its worst`,
    ),
    line('lost', `$${money(lost)}; static routing: $${money(staticLost)}`),
  ];
}

const VERDICTS: Readonly<Record<string, string>> = {
  processor: 'the processor is at fault',
  issuer: 'issuer-wide, no processor is at fault',
  method: 'all of the method',
  merchant: 'the merchant, or everything',
  unclear: 'nobody else had traffic to compare',
  attack: 'an attack',
};
const verdictOf = (verdict: string): string => `the culprit: ${VERDICTS[verdict] ?? verdict}`;

function healingOf({ healed, reopenings, recoveryMinutes }: FaultFinding): string {
  const parts = [
    ...(reopenings === 0 ? [] : [`breakers opened ${reopenings} times`]),
    ...healed.map(({ kind, count, recovered }) => `${kind} ${count} (${recovered} recovered)`),
    ...(recoveryMinutes === null ? [] : [`recovered ${span(recoveryMinutes)} after its first symptom`]),
  ];
  return parts.length === 0 ? 'nothing to do' : parts.join(', ');
}

function otherLines(record: NightRecord, faults: readonly KnownFault[]): string[] {
  const { predictions, tunings, windows } = record;
  const of = (outcome: string | null): number => predictions.filter((one) => one.outcome === outcome).length;
  const alarms = falseAlarmsIn(record, faults);
  return [
    styled('bold', 'Beside the faults'),
    line(
      'foretold',
      `${predictions.length}: ${of('confirmed')} confirmed, ${of('false')} false, ${of('unjudged') + of(null)} not judged`,
    ),
    line('forecast', forecastText(record)),
    line('tuning', tuningText(tunings)),
    line('maintenance', windows.length === 0 ? 'none scheduled' : windows.map(windowText).join('; ')),
    line('false', `alarms that no fault explains: ${alarms.length}`),
    ...alarms.map(({ noticedMinute, text }) => line('', `${clockOf(noticedMinute)}  ${text}`)),
  ];
}

const tuningText = ({ tried, kept, reverted }: NightRecord['tunings']): string =>
  `${tried} trials: ${kept} kept, ${reverted} taken back, ${tried - kept - reverted} going on`;

const windowText = ({ processor, minute }: NightRecord['windows'][number]): string =>
  `${processor} at ${clockOf(minute)}`;

/** Faults of the day are in what came, too: nobody could foretell those. */
function forecastText({ forecast }: NightRecord): string {
  if (forecast.length === 0) return 'history was too short';
  const within = forecast.filter(({ actual, low, high }) => actual >= low && actual <= high).length;
  const actual = forecast.reduce((sum, hour) => sum + hour.actual, 0);
  const off = forecast.reduce((sum, hour) => sum + Math.abs(hour.actual - hour.point), 0) / Math.max(1, actual);
  const expected = forecast.reduce((sum, hour) => sum + hour.point, 0);
  return `volume of day 2, hour by hour: ${within} of ${forecast.length} within the 95% interval, ${(100 * off).toFixed(0)}% off; ${money(expected)} expected, ${money(actual)} came`;
}

function closing(checks: readonly Check[]): string {
  const failed = checks.filter(({ isMet }) => !isMet);
  return failed.length === 0
    ? styled('green', 'The night shift saw everything, and cried wolf no more than it may.')
    : styled('red', `Not as it should be: ${failed.map(({ name }) => name).join('; ')}.`);
}

const money = (amount: number): string => amount.toLocaleString('en-US', { maximumFractionDigits: 0 });
