// What the record of the night says against the known truth: who noticed each fault and how fast, who named its cause, whom else anybody blamed, what it cost.
import { AFTERMATH_MINUTES, type FaultName, type KnownFault } from './truth.ts';
import type { AtRisk, NightRecord, SeenPrediction, SeenWindow } from './night-record.ts';
import { type Finder, type Sign, type Worth, worthOf } from './signs.ts';
import type { Check } from '../findings.ts';
import type { Combination } from '../../../src/domain/localisation/leaf-table.ts';
import { excessIn, falseAlarmsIn } from './false-alarms.ts';
import { span } from './night-clock.ts';

/** After so many minutes somebody must have noticed, and blamed nobody but the culprit. */
const NOTICED_WITHIN: Readonly<Record<FaultName, number>> = {
  'outage': 3,
  'brown-out': 15,
  'issuer-wide drop': 40,
  'card testing': 10,
  'latency ramp': 150,
};

export interface Notice {
  readonly by: Finder;
  /** Since the fault began. */
  readonly afterMinutes: number;
  readonly words: string;
  /** Nobody was blamed yet, or more than the culprit: it does not count. */
  readonly isVague: boolean;
}

export interface FaultFinding {
  readonly fault: KnownFault;
  /** The first word of each that tells of it, and an earlier vague one; the fastest first. */
  readonly notices: readonly Notice[];
  /** What blamed somebody else, or was given another kind of culprit. */
  readonly wrong: readonly Notice[];
  /** `null`: the culprit was never named. */
  readonly named: { readonly afterMinutes: number; readonly verdict: string } | null;
  /** The largest that was told. */
  readonly atRisk: AtRisk | null;
  /** Trials of breakers that were begun, and what healing did, by kind. */
  readonly reopenings: number;
  readonly healed: readonly HealedKind[];
  /** Maintenance that was scheduled for what was foretold of it. */
  readonly windows: readonly SeenWindow[];
  /** Changes of the number of instances. */
  readonly scalings: number;
  /** From the first symptom until healing has seen it recovered, the longest; `null`: nothing had to. */
  readonly recoveryMinutes: number | null;
  readonly lost: number;
  readonly staticLost: number;
}

export interface HealedKind {
  readonly kind: string;
  readonly count: number;
  readonly recovered: number;
  /** From the first symptom to the first of these acts. */
  readonly afterMinutes: number;
}

const isDuring = ({ fromMinute, untilMinute }: KnownFault, minute: number): boolean =>
  minute >= fromMinute && minute < untilMinute + AFTERMATH_MINUTES;

export function findingOf(fault: KnownFault, record: NightRecord): FaultFinding {
  const actions = record.actions.filter(({ minute }) => isDuring(fault, minute));
  const kinds = [...new Set(actions.map(({ kind }) => kind))];
  const recoveries = actions.flatMap(({ recoveryMinutes }) => recoveryMinutes ?? []);
  const foretold = new Set(signsOf(fault, record, 'fault').map(({ id }) => id));
  const loss = record.losses.find((one) => one.fault === fault.name);
  return {
    fault,
    notices: noticesOf(fault, record),
    wrong: wrongIn(fault, record),
    named: namedIn(fault, record),
    atRisk: record.risks.find((one) => one.fault === fault.name)?.atRisk ?? null,
    reopenings: record.turns.filter(({ minute, to }) => isDuring(fault, minute) && to === 'OPEN').length,
    healed: kinds.map((kind) => {
      const its = actions.filter((action) => action.kind === kind);
      const recovered = its.filter(({ outcome }) => outcome === 'recovered').length;
      return { kind, count: its.length, recovered, afterMinutes: its[0]!.afterMinutes };
    }),
    windows: record.windows.filter(({ predictionId }) => predictionId !== null && foretold.has(predictionId)),
    scalings: record.scalings.filter(({ minute }) => isDuring(fault, minute)).length,
    recoveryMinutes: recoveries.length === 0 ? null : Math.max(...recoveries),
    lost: loss?.lost ?? 0,
    staticLost: loss?.staticLost ?? 0,
  };
}

const signsOf = (fault: KnownFault, { signs }: NightRecord, of: Worth['of']): readonly Sign[] =>
  signs.filter((sign) => worthOf(sign, [fault]).of === of);

const noticeOf = (fault: KnownFault, { by, minute, words }: Sign, isVague: boolean): Notice => ({
  ...{ by, afterMinutes: minute - fault.fromMinute, words, isVague },
});

/** What is told when a fault is over is no notice of it. */
function noticesOf(fault: KnownFault, record: NightRecord): readonly Notice[] {
  const inTime = ({ minute }: Sign): boolean => minute < fault.untilMinute;
  const [clear, vague] = [
    signsOf(fault, record, 'fault').filter(inTime),
    signsOf(fault, record, 'vague').filter(inTime),
  ];
  return [...new Set([...clear, ...vague].map(({ by }) => by))]
    .flatMap((by) => {
      const [word, hint] = [clear.find((sign) => sign.by === by), vague.find((sign) => sign.by === by)];
      const isBefore = hint !== undefined && (word === undefined || hint.minute < word.minute);
      return [
        ...(isBefore ? [noticeOf(fault, hint, true)] : []),
        ...(word === undefined ? [] : [noticeOf(fault, word, false)]),
      ];
    })
    .toSorted((left, right) => left.afterMinutes - right.afterMinutes);
}

/** The same words of the same thing once. */
function wrongIn(fault: KnownFault, record: NightRecord): readonly Notice[] {
  const wrong = signsOf(fault, record, 'wrong_cause');
  return wrong
    .filter(({ id, words }, index) => wrong.findIndex((one) => one.id === id && one.words === words) === index)
    .map((sign) => noticeOf(fault, sign, false));
}

/** Called by its name, or by another one of the same payments, before anything else. */
function namedIn(fault: KnownFault, record: NightRecord): FaultFinding['named'] {
  for (const { by, minute, blames } of signsOf(fault, record, 'fault')) {
    const [first] = blames;
    if (by === 'find-anomalies' && first?.names.some((name) => isSame(name, fault.culprit)) === true)
      return { afterMinutes: minute - fault.fromMinute, verdict: first.verdict };
  }
  return null;
}

const isSame = (left: Combination, right: Combination): boolean =>
  left.processor === right.processor &&
  left.method === right.method &&
  left.country === right.country &&
  left.bin === right.bin;

const foretoldOf = ({ culprit }: KnownFault, predictions: readonly SeenPrediction[]): readonly SeenPrediction[] =>
  predictions.filter(({ processor }) => processor === culprit.processor);

/** Minutes from the word to the trouble; `null`: nobody had said so before it was there. */
export function leadOf(fault: KnownFault, { predictions }: NightRecord): number | null {
  const before = foretoldOf(fault, predictions)
    .filter(
      ({ kind, minute, outcome }) => kind === 'latency_rising' && outcome === 'confirmed' && isDuring(fault, minute),
    )
    .flatMap(({ minute, troubleMinute }) => (troubleMinute === null ? [] : [troubleMinute - minute]));
  return before.length === 0 ? null : Math.max(...before);
}

export function nightChecksOf(record: NightRecord, faults: readonly KnownFault[]): readonly Check[] {
  const findings = faults.map((fault) => findingOf(fault, record));
  return [
    ...findings.map(noticedCheck),
    ...findings.map(namedCheck),
    blamedCheck(findings),
    recoveredCheck(record, findings),
    ...faults.filter(({ name }) => name === 'latency ramp').map((fault) => foretoldCheck(fault, record)),
    calmCheck(record, faults),
    jobsCheck(record),
  ];
}

function noticedCheck({ fault, notices }: FaultFinding): Check {
  const within = NOTICED_WITHIN[fault.name];
  const fastest = notices.find(({ isVague }) => !isVague);
  return {
    name: `the ${fault.name} was noticed`,
    isMet: fastest !== undefined && fastest.afterMinutes <= within,
    detail:
      fastest === undefined
        ? 'by nobody'
        : `by ${fastest.by} after ${span(fastest.afterMinutes)} (at most ${within} min)`,
  };
}

function namedCheck({ fault, named }: FaultFinding): Check {
  return {
    name: `the cause of the ${fault.name} was named: ${nameOf(fault.culprit)}`,
    isMet: named !== null,
    detail: named === null ? 'never' : `after ${span(named.afterMinutes)} (${named.verdict})`,
  };
}

function blamedCheck(findings: readonly FaultFinding[]): Check {
  const wrong = findings.flatMap((finding) => finding.wrong.map((notice) => ({ finding, notice })));
  const [first] = wrong;
  return {
    name: 'nobody was told a wrong cause',
    isMet: first === undefined,
    detail:
      first === undefined
        ? 'whoever was blamed was the culprit'
        : `${wrong.length} words; the first, in the ${first.finding.fault.name} after ${span(first.notice.afterMinutes)}: ${first.notice.by} ${first.notice.words}`,
  };
}

function recoveredCheck({ stillOpen, actions }: NightRecord, findings: readonly FaultFinding[]): Check {
  const outage = findings.find(({ fault }) => fault.name === 'outage');
  const isBack = outage?.healed.some(({ kind, recovered }) => kind === 'ramp_back' && recovered > 0) === true;
  const recovered = actions.filter(({ outcome }) => outcome === 'recovered').length;
  return {
    name: 'what had failed was let back in, step by step',
    isMet: stillOpen.length === 0 && isBack,
    detail:
      stillOpen.length > 0
        ? `breakers of ${stillOpen.join(', ')} are not closed`
        : `${recovered} of ${actions.length} acts of healing were measured to have recovered it; every breaker is closed`,
  };
}

function foretoldCheck(fault: KnownFault, record: NightRecord): Check {
  const lead = leadOf(fault, record);
  return {
    name: `the ${fault.name} was foretold`,
    isMet: lead !== null && lead > 0,
    detail: lead === null ? 'not before the trouble was there' : `${span(lead)} before the trouble was there`,
  };
}

function calmCheck(record: NightRecord, faults: readonly KnownFault[]): Check {
  const alarms = falseAlarmsIn(record, faults);
  const excess = excessIn(alarms);
  const told = excess.map(({ by, count, borne }) => `${by} ${count} (at most ${borne})`).join(', ');
  return {
    name: 'no job cried wolf more often than is borne',
    isMet: excess.length === 0,
    detail: `${alarms.length} false alarms and acts in two days${told === '' ? '' : `, too many by ${told}`}`,
  };
}

function jobsCheck({ jobs, jobFault }: NightRecord): Check {
  const [runs, failed] = [jobs.reduce((sum, one) => sum + one.runs, 0), jobs.reduce((sum, one) => sum + one.failed, 0)];
  const idle = jobs.filter((job) => job.runs === 0).map(({ name }) => name);
  return {
    name: 'every run of every job was done',
    isMet: runs > 0 && failed === 0 && idle.length === 0,
    detail:
      failed === 0
        ? `${runs} runs of ${jobs.length} jobs${idle.length === 0 ? '' : `; none of ${idle.join(', ')}`}`
        : `${failed} of ${runs} failed; the first: ${jobFault}`,
  };
}

export function nameOf({ processor, method, country, bin }: Combination): string {
  return [processor, method, country, bin === undefined ? undefined : `BIN ${bin}`]
    .filter((part) => part !== undefined)
    .join(' ');
}
