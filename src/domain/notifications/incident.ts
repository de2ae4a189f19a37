// What people are told of, whichever room raised it: one incident with its severity, in text that is safe and short enough to send.
import { RESIDUAL, segmentParts } from '../segment.ts';
import type { Alert } from '../health/alert-book.ts';
import type { Status } from '../health/window-summary.ts';
import type { ToldAlert } from './told-alert.ts';

/** PagerDuty's four words (Events API v2), gravest first; every channel uses them. */
export const SEVERITIES = ['critical', 'error', 'warning', 'info'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** The kind of what is no incident at all. */
export const TEST_KIND = 'test';

export interface Incident {
  /** One for the whole life of the incident: the key by which receivers tell a repetition from a new one. */
  readonly id: string;
  /** `breaker`, `silent`, `channel_failing`, ...: an alert's kind, or a word of the room that raised it. */
  readonly kind: string;
  readonly severity: Severity;
  /** What it is about, for a heading: `processor_a (PIX in BR)`. At most 200 characters. */
  readonly subject: string;
  readonly processorId: string | null;
  /** `METHOD|COUNTRY`, or `*`. */
  readonly segment: string | null;
  readonly fromStatus: Status | null;
  readonly toStatus: Status | null;
  readonly openedAtMs: number;
  readonly updatedAtMs: number;
  readonly closedAtMs: number | null;
  /** Who works on it, at most 120 characters. */
  readonly acknowledgedBy: string | null;
  /** At most 1,000 characters. */
  readonly reason: string;
  /** At most 20 entries of 120 characters. */
  readonly evidence: Readonly<Record<string, number | string>>;
  readonly moneyAtRisk: Alert['moneyAtRisk'];
}

const SUBJECT_MAX = 200;
const REASON_MAX = 1_000;
const EVIDENCE_MAX = 20;
const EVIDENCE_KEY_MAX = 64;
const EVIDENCE_TEXT_MAX = 120;

export function incidentOf(alert: ToldAlert): Incident {
  return {
    id: alert.id,
    kind: alert.kind,
    severity: severityOf(alert),
    subject: subjectOf(alert),
    processorId: alert.processorId,
    segment: alert.segment,
    fromStatus: alert.fromStatus,
    toStatus: alert.toStatus,
    openedAtMs: alert.openedAtMs,
    updatedAtMs: alert.updatedAtMs,
    closedAtMs: alert.closedAtMs,
    acknowledgedBy: null,
    reason: alert.reason,
    evidence: alert.evidence,
    moneyAtRisk: alert.moneyAtRisk,
  };
}

/** Who has to get up: a whole processor, or everyone, that is down; then what loses money in one place; then the rest. */
export function severityOf({ kind, toStatus, processorId, segment }: ToldAlert): Severity {
  if (kind === 'double_charge_risk') return 'critical';
  if (kind === 'source_silent' || kind === 'approval_collapse' || kind === 'unknown_overdue') return 'error';
  if (kind === 'stream_stalled') return 'error';
  if (toStatus !== 'DOWN') return 'warning';
  return processorId === '*' || segment === RESIDUAL ? 'critical' : 'error';
}

/** 0 is the gravest. */
export function severityRank(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}

/** The incident without what a receiver could choke on: control characters, half characters, texts without an end. */
export function fitted(incident: Incident): Incident {
  const evidence = Object.entries(incident.evidence)
    .slice(0, EVIDENCE_MAX)
    .map(([key, value]): [string, number | string] => [
      cut(key, EVIDENCE_KEY_MAX),
      typeof value === 'number' && Number.isFinite(value) ? value : cut(String(value), EVIDENCE_TEXT_MAX),
    ]);
  return {
    ...incident,
    subject: cut(incident.subject, SUBJECT_MAX),
    reason: cut(incident.reason, REASON_MAX),
    acknowledgedBy: incident.acknowledgedBy === null ? null : cut(incident.acknowledgedBy, EVIDENCE_TEXT_MAX),
    evidence: Object.fromEntries(evidence),
  };
}

/** `max` in UTF-16 units. */
export function cut(text: string, max: number): string {
  const clean = text.replace(/\p{Cc}+/gu, ' ').replace(/\p{Surrogate}/gu, '\ufffd');
  if (clean.length <= max) return clean;
  const head = clean.slice(0, max - 1);
  return `${/[\ud800-\udbff]$/.test(head) ? head.slice(0, -1) : head}…`;
}

const SUBJECTS: Partial<Record<ToldAlert['kind'], string>> = {
  double_charge_risk: 'payment ',
  dead_letters: 'source ',
  stream_stalled: 'stream of source ',
};
/** One alert speaks of all those that have no alert of their own. */
const FURTHER: Partial<Record<ToldAlert['kind'], string>> = {
  double_charge_risk: 'further payments',
  dead_letters: 'further sources',
  stream_stalled: 'streams of further sources',
};

function subjectOf({ processorId, segment, kind, subject }: ToldAlert): string {
  if (subject !== undefined) return `${SUBJECTS[kind] ?? ''}${subject}`;
  const further = FURTHER[kind];
  if (further !== undefined) return further;
  const who = processorId === '*' ? (kind === 'source_silent' ? 'all processors' : 'several processors') : processorId;
  if (segment === RESIDUAL) return who;
  const { paymentMethod, country } = segmentParts(segment);
  return `${who} (${paymentMethod} in ${country})`;
}
