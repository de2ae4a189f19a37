// What we ourselves do to processors' traffic: overrides of operators, healing and maintenance, and processors that are registered, switched off or on. Their volume, and that of those who take it over, is then no news.
import type { Configuration, Override } from '../configuration/configuration.ts';
import type { Explained } from './count-watch.ts';
import type { MaintenanceWindow } from '../predictions/maintenance-window.ts';
import { MINUTE_MS } from './reading-plan.ts';
import { RESIDUAL } from '../segment.ts';
import { scopeParts } from './scope-name.ts';

/** As it is seen in force. */
export interface KnownAct {
  readonly key: string;
  readonly processorId: string;
  /** `null`: all of it. */
  readonly segment: string | null;
  readonly fromMinute: number;
  /** At which it ends by itself. */
  readonly untilMinute: number;
}

/** Plain JSON of at most 500 acts: those that were seen, and which processors were to have traffic. */
export interface ActLog {
  readonly acts: readonly (KnownAct & { readonly isOver: boolean })[];
  /** `null`: nothing was seen yet. */
  readonly processors: readonly string[] | null;
}

export const NO_ACTS: ActLog = { acts: [], processors: null };

/** Traffic takes so long to settle, and boards to hear of it. */
const AFTER_MINUTES = 10;
/** A level that lasts for a day is usual: it is learned, and its end is another change of a day. */
const DAY_MINUTES = 1_440;
/** Minutes are learned three days late at the most. */
const KEPT_MINUTES = 4 * DAY_MINUTES;
const ACTS_MAX = 500;
/** These send traffic elsewhere; the others only let it flow. */
const MOVING: ReadonlySet<Override['kind']> = new Set<Override['kind']>(['force_open', 'drain', 'cap', 'pin']);

export function actsNow(
  { overrides }: Pick<Configuration, 'overrides'>,
  windows: readonly MaintenanceWindow[],
  now: number,
): KnownAct[] {
  const put = overrides.filter(({ kind, expiresAtMs }) => MOVING.has(kind) && expiresAtMs > now);
  return [
    ...put.map(({ id, processorId, segment, createdAtMs, expiresAtMs }) => ({
      ...{ key: `override:${id}`, processorId, segment },
      ...{ fromMinute: minuteOf(createdAtMs), untilMinute: minuteOf(expiresAtMs) },
    })),
    ...windows.flatMap((window) => actOfWindow(window, now) ?? []),
  ];
}

/** Its overrides are seen as well; but not while nobody looked. */
function actOfWindow({ id, processorId, drainFromMs, window, standing }: MaintenanceWindow, now: number) {
  const act = { key: `window:${id}`, processorId, segment: null, fromMinute: minuteOf(drainFromMs) };
  switch (standing.state) {
    case 'scheduled':
      return null;
    case 'draining':
      return standing.drained.length === 0 ? null : { ...act, untilMinute: minuteOf(window.toMs) };
    case 'returning':
      return { ...act, untilMinute: minuteOf(now) };
    case 'ended': {
      const { outcome, atMs } = standing;
      if (outcome === 'never_drained' || outcome === 'cancelled' || now - atMs > KEPT_MINUTES * MINUTE_MS) return null;
      return { ...act, untilMinute: minuteOf(atMs) };
    }
  }
}

const minuteOf = (atMs: number): number => Math.floor(atMs / MINUTE_MS);

/** `minute`: at which they were seen; `beforeMinute`: when they were looked at the last time. `processors`: registered, and switched on. */
export function rememberActs(
  log: ActLog,
  seen: readonly KnownAct[],
  processors: readonly string[],
  { beforeMinute, minute }: { readonly beforeMinute: number; readonly minute: number },
): ActLog {
  const all = [...seen, ...rosterActs(log, processors, beforeMinute, minute)];
  const keys = new Set(all.map(({ key }) => key));
  const before = new Map(log.acts.filter(({ isOver }) => !isOver).map((act) => [act.key, act]));
  const acts = [
    ...log.acts.flatMap((act) => {
      if (act.isOver) return [act];
      // Lifted before its time, or over: since the last time it was seen.
      return keys.has(act.key) ? [] : [{ ...act, isOver: true, untilMinute: Math.min(act.untilMinute, minute) }];
    }),
    ...all.map((act) => ({
      ...act,
      isOver: false,
      fromMinute: Math.min(act.fromMinute, before.get(act.key)?.fromMinute ?? act.fromMinute),
    })),
  ];
  const isKept = ({ fromMinute, untilMinute }: KnownAct): boolean =>
    fromMinute <= minute + DAY_MINUTES && untilMinute > minute - KEPT_MINUTES;
  return { acts: acts.filter(isKept).slice(-ACTS_MAX), processors };
}

/** Who is not there any more, or is there for the first time, changes what the others have for a day. */
function rosterActs(
  { acts, processors: before }: ActLog,
  processors: readonly string[],
  beforeMinute: number,
  minute: number,
): KnownAct[] {
  if (before === null) return [];
  const act = (id: string, what: string): KnownAct => ({
    ...{ key: `${what}:${id}`, processorId: id, segment: null },
    ...{ fromMinute: beforeMinute, untilMinute: beforeMinute + DAY_MINUTES },
  });
  const goesOn = acts.filter(({ key, isOver, untilMinute, processorId }) => {
    const isSame = key.startsWith('joined:') ? processors.includes(processorId) : !processors.includes(processorId);
    return !isOver && untilMinute > minute && isSame && /^(joined|left):/.test(key);
  });
  const left = before.filter((id) => !processors.includes(id)).map((id) => act(id, 'left'));
  // Who was away for less than a day comes back to what it had.
  const wasAway = (id: string): boolean => acts.some(({ key, isOver }) => key === `left:${id}` && !isOver);
  const joined = processors.filter((id) => !before.includes(id) && !wasAway(id)).map((id) => act(id, 'joined'));
  return [...goesOn, ...left, ...joined].map(({ key, processorId, segment, fromMinute, untilMinute }) => ({
    ...{ key, processorId, segment, fromMinute, untilMinute },
  }));
}

/** How much traffic the whole, or a segment of it, has is no processor's affair. */
export function explainedIn({ acts }: ActLog, scope: string, minute: number): Explained {
  const { processorId, segment } = scopeParts(scope);
  if (processorId === '*') return null;
  let explained: Explained = null;
  for (const act of acts) {
    if (act.segment !== null && segment !== RESIDUAL && act.segment !== segment) continue;
    if (act.processorId === processorId) {
      if (minute >= act.fromMinute && minute <= act.untilMinute + AFTER_MINUTES) return 'own';
    } else if (hasTakenOver(act, minute)) explained = 'other';
  }
  return explained;
}

function hasTakenOver({ fromMinute, untilMinute }: KnownAct, minute: number): boolean {
  const isLong = untilMinute - fromMinute > DAY_MINUTES;
  const learnedFrom = isLong ? fromMinute + DAY_MINUTES : untilMinute + AFTER_MINUTES;
  if (minute >= fromMinute && minute <= learnedFrom) return true;
  return isLong && minute >= untilMinute && minute <= untilMinute + DAY_MINUTES;
}
