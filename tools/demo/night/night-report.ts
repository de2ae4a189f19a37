// Draws the end of the night demo for people: each known fault with who noticed it, the causes, healing and money, what was foretold, and the verdict.
import type { Check } from '../findings.ts';
import { clockOf, span } from './night-clock.ts';
import { BORNE, falseAlarmsIn } from './false-alarms.ts';
import { type FaultFinding, findingOf, leadOf, nameOf } from './night-findings.ts';
import { jobLines } from './job-lines.ts';
import { AFTERMATH_MINUTES, type KnownFault } from './truth.ts';
import type { NightRecord } from './night-record.ts';
import { styled } from '../report.ts';

export function nightReport(record: NightRecord, faults: readonly KnownFault[], checks: readonly Check[]): string {
  const { payments, quietPayments } = record;
  const findings = faults.map((fault) => findingOf(fault, record));
  return [
    '',
    styled('bold', 'Two days against the known truth'),
    styled('dim', `${payments} payments, after ${quietPayments} of two quiet days; every cron fired at its minutes`),
    ...findings.flatMap((finding) => faultLines(finding, record)),
    '',
    ...jobReport(record, faults, findings),
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
  const { fault, notices, wrong, named, atRisk, lost, staticLost } = finding;
  const lead = leadOf(fault, record);
  const when = `${clockOf(fault.fromMinute)} to ${clockOf(fault.untilMinute).slice(-5)}`;
  return [
    '',
    `${styled('bold', fault.name)}  ${when}  ${styled('dim', fault.what)}`,
    line('culprit', nameOf(fault.culprit)),
    ...(notices.length === 0 ? [line('noticed', styled('red', 'by nobody'))] : []),
    ...notices.map(({ by, afterMinutes, words, isVague }, index) => {
      const remark = isVague ? styled('dim', '  (the culprit is not told yet: does not count)') : '';
      return line(index === 0 ? 'noticed' : '', `${span(afterMinutes).padEnd(8)} ${by.padEnd(17)}${words}${remark}`);
    }),
    ...wrong.map(({ by, afterMinutes, words }, index) =>
      line(index === 0 ? 'wrong cause' : '', styled('red', `${span(afterMinutes).padEnd(8)} ${by.padEnd(17)}${words}`)),
    ),
    line(
      'named',
      named === null ? styled('red', 'never') : `${span(named.afterMinutes).padEnd(8)} ${verdictOf(named.verdict)}`,
    ),
    ...(lead === null ? [] : [line('foretold', `${span(lead)} before the trouble was there`)]),
    line('done', doneIn(finding)),
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

function doneIn({ healed, reopenings, recoveryMinutes, windows, scalings }: FaultFinding): string {
  const parts = [
    ...(reopenings === 0 ? [] : [`breakers opened ${reopenings} times`]),
    ...healed.map(
      ({ kind, count, recovered, afterMinutes }) =>
        `${kind} ${count} (${recovered} recovered; the first ${span(afterMinutes)} after its symptom)`,
    ),
    ...windows.map((window) => `maintenance of ${windowText(window)}`),
    ...(scalings === 0 ? [] : [`instances changed ${scalings} times`]),
    ...(recoveryMinutes === null ? [] : [`recovered ${span(recoveryMinutes)} after its first symptom`]),
  ];
  return parts.length === 0 ? 'people were told; there was nothing to heal' : parts.join(', ');
}

function jobReport(record: NightRecord, faults: readonly KnownFault[], findings: readonly FaultFinding[]): string[] {
  return [
    styled('bold', 'What each job did'),
    ...jobLines(record, findings, falseAlarmsIn(record, faults)).map(({ name, runs, failed, falseAlarms, words }) => {
      const failures = failed === 0 ? '' : styled('red', `; ${failed} runs failed`);
      const untrue = falseAlarms === 0 ? '' : styled('yellow', `; ${falseAlarms} of it false`);
      return `  ${name.padEnd(18)}${styled('dim', `${runs} runs`.padEnd(11))}${words}${failures}${untrue}`;
    }),
  ];
}

function otherLines(record: NightRecord, faults: readonly KnownFault[]): string[] {
  const { windows } = record;
  const alarms = falseAlarmsIn(record, faults);
  const makers = [...new Set([...Object.keys(BORNE), ...alarms.map(({ by }) => by)])];
  const counts = makers.map((by) => `${by} ${alarms.filter((one) => one.by === by).length} of ${BORNE[by] ?? 0}`);
  return [
    styled('bold', 'Beside the faults'),
    line('forecast', forecastText(record)),
    line('maintenance', windows.length === 0 ? 'none scheduled' : windows.map(windowText).join('; ')),
    line(
      'false',
      `${alarms.length} alarms and acts that no fault explains, nor ${AFTERMATH_MINUTES} minutes after one`,
    ),
    line('', styled('dim', `of as many as are borne: ${counts.join(', ')}`)),
    ...alarms.map(({ by, minute, words }) => line('', `${clockOf(minute)}  ${by.padEnd(17)}${words}`)),
  ];
}

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
