// How long attempts and decisions stay in history, and what becomes of them then: a deployment's variables, read.
import type { Issue } from '../configuration/configuration-change.ts';

export interface RetentionSettings {
  /** Whole days (UTC) before the one that is so many days ago go. */
  readonly retentionDays: number;
  /** Put aside, not thrown away. */
  readonly archives: boolean;
}

export type RetentionRead =
  | { readonly ok: true; readonly settings: RetentionSettings }
  | { readonly ok: false; readonly issues: readonly Issue[] };

/** A decision is valid for seven days, and results may come for as long: what is joined must be there. */
const DAYS_MIN = 8;
const DAYS_MAX = 36_500;

export interface RetentionVariables {
  readonly EVENT_RETENTION_DAYS?: string;
  readonly EVENT_ARCHIVAL?: string;
}

/** A number that nobody meant would throw away what nobody can bring back: nothing follows from it. */
export function readRetention({
  EVENT_RETENTION_DAYS: days = '',
  EVENT_ARCHIVAL: archival = '',
}: RetentionVariables): RetentionRead {
  const retentionDays = /^\d{1,6}$/.test(days.trim()) ? Number(days) : Number.NaN;
  const issues: Issue[] = [];
  if (!(retentionDays >= DAYS_MIN && retentionDays <= DAYS_MAX))
    issues.push({ field: 'EVENT_RETENTION_DAYS', message: `must be a whole number from ${DAYS_MIN} to ${DAYS_MAX}` });
  if (archival !== 'on' && archival !== 'off') issues.push({ field: 'EVENT_ARCHIVAL', message: 'must be on or off' });
  return issues.length > 0
    ? { ok: false, issues }
    : { ok: true, settings: { retentionDays, archives: archival === 'on' } };
}

/** The first moment that stays. */
export const keptFromMs = ({ retentionDays }: RetentionSettings, now: number): number =>
  Math.floor(now / DAY_MS) * DAY_MS - retentionDays * DAY_MS;

const DAY_MS = 86_400_000;
