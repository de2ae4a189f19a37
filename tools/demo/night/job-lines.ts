// What each job of the night noticed, did and how fast, in a line: those that found nothing to do say so.
import { type FalseAlarm } from './false-alarms.ts';
import type { FaultFinding } from './night-findings.ts';
import type { Finder } from './signs.ts';
import type { NightRecord, SeenJob } from './night-record.ts';
import { span } from './night-clock.ts';

export interface JobLine {
  readonly name: string;
  readonly runs: number;
  readonly failed: number;
  readonly falseAlarms: number;
  readonly words: string;
}

interface Night {
  readonly record: NightRecord;
  readonly findings: readonly FaultFinding[];
}

type Words = (job: SeenJob, night: Night) => string;

export function jobLines(
  record: NightRecord,
  findings: readonly FaultFinding[],
  alarms: readonly FalseAlarm[],
): readonly JobLine[] {
  return record.jobs.map((job) => {
    const { name, runs, failed } = job;
    const falseAlarms = alarms.filter(({ by }) => by === name).length;
    return { name, runs, failed, falseAlarms, words: WORDS[name]?.(job, { record, findings }) ?? 'ran' };
  });
}

const NOTHING = 'found nothing to do';

const of = ({ counts }: SeenJob, name: string): number => counts[name] ?? 0;
const some = (count: number, words: string): string => (count === 0 ? NOTHING : words);
const whole = (count: number): string => count.toLocaleString('en-US');

const WORDS: Readonly<Record<string, Words>> = {
  'sweep-boards': (job, { record }) => {
    const silences = record.signs.filter(({ by }) => by === 'sweep-boards').length;
    const noticed = silences === 0 ? 'nobody was silent' : `${silences} silences noticed`;
    return `${noticed}; woke the board ${whole(of(job, 'boards_swept'))} times`;
  },
  'wake-streams': (job) => some(of(job, 'streams_woken'), `woke readers ${whole(of(job, 'streams_woken'))} times`),
  'measure-history': (job) =>
    `asked objects ${whole(of(job, 'objects_measured'))} times, ${of(job, 'objects_away')} away; ${of(job, 'rows_dropped')} rows dropped, ${of(job, 'rows_refused')} refused`,
  'retire-history': (job) =>
    `${some(of(job, 'partitions_made'), `made ${of(job, 'partitions_made')} days ready`)}; ${of(job, 'partitions_dropped')} days were old enough to be dropped`,
  'roll-up-history': (job) =>
    `counted ${whole(of(job, 'rows_counted'))} rows of ${whole(of(job, 'hours_counted'))} hours anew; judged ${whole(of(job, 'decisions_judged'))} decisions of ${of(job, 'hours_judged')} hours`,
  'sweep-unknowns': (job, { record }) => {
    const told = record.signs.filter(({ by }) => by === 'sweep-unknowns').length;
    const noticed =
      told === 0 ? 'no attempt was unknown for a day' : `${told} times told of attempts unknown for a day`;
    return `${noticed}; asked objects ${whole(of(job, 'processors_swept'))} times`;
  },
  'heal': healWords,
  'keep-maintenance': (job, { record }) =>
    record.windows.length === 0
      ? NOTHING
      : `${record.windows.length} windows; they turned ${of(job, 'windows_turned')} times, ${of(job, 'overrides_changed')} overrides put or lifted, ${of(job, 'overrides_refused')} refused`,
  'find-anomalies': (job, { findings }) =>
    `learned ${whole(of(job, 'minutes_learned'))} minutes, opened ${of(job, 'anomalies_opened')} findings; ${speedOf('find-anomalies', findings)}`,
  'foretell-trouble': (_, { record, findings }) => {
    const count = (outcome: string): number => record.predictions.filter((one) => one.outcome === outcome).length;
    const told = `foretold ${record.predictions.length}: ${count('confirmed')} came, ${count('false')} did not`;
    return record.predictions.length === 0 ? NOTHING : `${told}; ${speedOf('foretell-trouble', findings)}`;
  },
  'tune-settings': (_, { record }) => {
    const { tried, kept, reverted } = record.tunings;
    return some(tried, `${tried} trials: ${kept} kept, ${reverted} taken back, ${tried - kept - reverted} going on`);
  },
  'train-priors': (_, { record }) =>
    some(record.models.length, record.models.map(({ state, reason }) => `a model was ${state}: ${reason}`).join(' ')),
  'scaling': (job, { record }) => {
    const numbers = record.scalings.map(({ to }) => to);
    const mean = of(job, 'instances') / Math.max(1, job.runs);
    if (numbers.length === 0) return `found ${Math.round(mean)} instances to be enough, and nothing to do`;
    return `${numbers.length} changes, between ${Math.min(...numbers)} and ${Math.max(...numbers)} instances`;
  },
  'judge-experiments': (job, { record }) =>
    some(
      of(job, 'experiments_judged'),
      `judged two arms that do the same ${whole(of(job, 'experiments_judged'))} times, stopped ${record.armsStopped}`,
    ),
};

function healWords(_: SeenJob, { record: { actions } }: Night): string {
  if (actions.length === 0) return NOTHING;
  const recovered = actions.filter(({ outcome }) => outcome === 'recovered').length;
  const after = median(actions.map(({ afterMinutes }) => afterMinutes));
  const recoveries = actions.flatMap(({ recoveryMinutes }) => recoveryMinutes ?? []);
  const speed = recoveries.length === 0 ? '' : `, recovered after ${span(median(recoveries))}`;
  return `${actions.length} acts, ${recovered} recovered; in the middle ${span(after)} after the first symptom${speed}`;
}

/** When it told of each fault, and blamed nobody but the culprit. */
function speedOf(by: Finder, findings: readonly FaultFinding[]): string {
  const times = findings.flatMap(({ fault, notices }) => {
    const its = notices.find((notice) => notice.by === by && !notice.isVague);
    return its === undefined ? [] : [`the ${fault.name} after ${span(its.afterMinutes)}`];
  });
  return times.length === 0 ? 'told of no fault' : `told of ${times.join(', ')}`;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
