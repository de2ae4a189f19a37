// Tells a processor that hangs, and a source of results that died, from rest: decisions go out and no result comes back.
import type { ProcessorId, SegmentKey } from '../identity.ts';
import type { DecisionCount } from '../routing/table-exchange.ts';
import type { Silence } from '../routing/routing-table.ts';
import type { StatusRow } from './status-row.ts';

/** Decisions of one processor in one segment since its last result. */
interface Outstanding {
  readonly processorId: ProcessorId;
  readonly segment: SegmentKey;
  count: number;
  firstAtMs: number;
  lastAtMs: number;
  /** When `count` reached 5; before that nothing is silent. */
  enoughAtMs: number | null;
}

interface Heard {
  /** Of any segment. */
  lastResultAtMs: number | null;
  /** What was decided up to here in the segment has been answered, or overtaken by an answer. */
  settledMs: Record<SegmentKey, number>;
  /** 99th percentile from decision to result, by segment. */
  delayP99Ms: Record<SegmentKey, number | null>;
  /** By segment. */
  pace: Record<SegmentKey, Pace>;
  /** Attempts it has ever approved or declined: errors and timeouts are no answer to a suspicion. */
  answers: number;
}

/** How long and how many decisions went unanswered at most, in this generation of answers and the one before. */
interface Pace {
  seen: number;
  longestMs: number;
  most: number;
  former: { readonly longestMs: number; readonly most: number } | null;
}

/** Changed in place, since every refill of every isolate reports into it; plain JSON. */
export interface SilenceState {
  readonly format: 1;
  /** By processor and segment. */
  readonly outstanding: Record<string, Outstanding>;
  /** By `heardKey`. */
  readonly heard: Record<string, Heard>;
  sourceSilentSinceMs: number | null;
  lastDecisionAtMs: number;
}

const DECISIONS_MIN = 5;
const DELAY_MIN_MS = 1_000;
const PATIENCE_MS = 10_000;
/** Answers of a generation: the pace is known from two of them. */
const PACE_ANSWERS = 64;
/** Beyond the longest wait of some hundred, and as many decisions more, nothing is merely slow. */
const PACE_FACTOR = 2;
/** A trial payment is let through every sixteenth of the time that the silence has lasted, within these bounds: news of its end is late by about a sixteenth. */
const TRIALS_OF_AGE = 16;
const TRIAL_EVERY_MIN_MS = 30_000;
const TRIAL_EVERY_MAX_MS = 300_000;
/** What is shed is so until the next look; who gets no more looks tries it anew after this. */
const SHED_MS = 60_000;
/** A silence that no payment has tried for so long (the processor was disabled, the traffic went elsewhere) is rest again. */
const SILENCE_REST_MS = 2 * 3_600_000;
/** A dead source nobody decides under any more is rest again. */
const SOURCE_REST_MS = 600_000;

export function createSilence(): SilenceState {
  return { format: 1, outstanding: {}, heard: {}, sourceSilentSinceMs: null, lastDecisionAtMs: 0 };
}

export function noteDecisions(state: SilenceState, reports: readonly DecisionCount[]): void {
  for (const report of reports) {
    state.lastDecisionAtMs = Math.max(state.lastDecisionAtMs, report.lastAtMs);
    const fresh = since(report, state.heard[heardKey(report.processorId)]?.settledMs[report.segment] ?? -Infinity);
    if (fresh === null) continue;
    const key = `${report.processorId} ${report.segment}`;
    const held = state.outstanding[key];
    const { processorId, segment } = report;
    state.outstanding[key] =
      held === undefined
        ? { processorId, segment, ...fresh, enoughAtMs: fresh.count >= DECISIONS_MIN ? fresh.lastAtMs : null }
        : joined(held, fresh);
  }
}

/**
 * A row tells how long results take, and in which segments one has come: what was decided there before it is settled. One
 * segment that hangs beside a lively one is silent for itself.
 */
export function noteRow(
  state: SilenceState,
  row: Pick<StatusRow, 'processorId' | 'lastResultAtMs' | 'publishedAtMs' | 'segments' | 'counters'>,
): void {
  const heard: Heard = (state.heard[heardKey(row.processorId)] ??= {
    lastResultAtMs: null,
    settledMs: {},
    pace: {},
    delayP99Ms: {},
    answers: 0,
  });
  const own = Object.entries(state.outstanding).filter(([, { processorId }]) => processorId === row.processorId);
  const suspected = new Set(own.filter(([, held]) => silentSinceMs(state, held) < row.publishedAtMs));
  const answers = row.counters.approved + row.counters.declined;
  const isAnswered = answers > heard.answers;
  heard.answers = answers;
  heard.delayP99Ms = {};
  for (const { segment, resultDelayP99Ms, lastResultAtMs, newestDecidedAtMs } of row.segments) {
    heard.delayP99Ms[segment] = resultDelayP99Ms;
    const settledMs = newestDecidedAtMs ?? lastResultAtMs;
    // A result stamped ahead of the clock must not cover a silence that begins after it.
    if (settledMs !== null) heard.settledMs[segment] = Math.min(settledMs, row.publishedAtMs);
  }
  if (row.lastResultAtMs === null) return;
  const resultAtMs = Math.min(row.lastResultAtMs, row.publishedAtMs);
  if (heard.lastResultAtMs !== null && resultAtMs <= heard.lastResultAtMs) return;
  heard.lastResultAtMs = resultAtMs;
  if (state.sourceSilentSinceMs !== null && resultAtMs > state.sourceSilentSinceMs) state.sourceSilentSinceMs = null;
  for (const entry of own) {
    const [key, held] = entry;
    const settledMs = heard.settledMs[held.segment];
    // Who hangs may still time out now and then: that is no sign of life, and for the breaker to count.
    if (settledMs === undefined || (suspected.has(entry) && !isAnswered)) continue;
    const rest = since(held, settledMs);
    if (settledMs > held.firstAtMs && !suspected.has(entry)) notePace(heard, held, row.publishedAtMs);
    if (rest === null) delete state.outstanding[key];
    else
      state.outstanding[key] = { ...held, ...rest, enoughAtMs: rest.count >= DECISIONS_MIN ? held.enoughAtMs : null };
  }
}

export function forgetProcessor(state: SilenceState, processorId: ProcessorId): void {
  delete state.heard[heardKey(processorId)];
  for (const [key, held] of Object.entries(state.outstanding))
    if (held.processorId === processorId) delete state.outstanding[key];
}

/**
 * Who is shed now. Two or more silent processors, and from nobody a result since the last of them fell silent: then
 * the source of results is dead, and shedding would only move traffic from one unheard processor to the next. A lone
 * silent processor is shed though nobody else has decisions to prove the source by: the next one's results will tell.
 */
export function evaluateSilence(state: SilenceState, now: number): { silences: Silence[]; sourceSilent: boolean } {
  const silences: Silence[] = [];
  let lastFellAtMs = -Infinity;
  for (const [key, held] of Object.entries(state.outstanding)) {
    const sinceMs = silentSinceMs(state, held);
    if (now <= sinceMs) continue;
    if (now - held.lastAtMs >= SILENCE_REST_MS) {
      delete state.outstanding[key];
      continue;
    }
    const trialEveryMs = Math.min(TRIAL_EVERY_MAX_MS, Math.max(TRIAL_EVERY_MIN_MS, (now - sinceMs) / TRIALS_OF_AGE));
    const { processorId, segment } = held;
    silences.push({ processorId, segment, sinceMs, untilMs: now + SHED_MS, trialEveryMs });
    lastFellAtMs = Math.max(lastFellAtMs, held.firstAtMs);
  }
  const silent = new Set(silences.map(({ processorId }) => processorId));
  const answered = Object.values(state.heard).some(
    ({ lastResultAtMs }) => (lastResultAtMs ?? -Infinity) > lastFellAtMs,
  );
  if (silent.size > 1 && !answered) state.sourceSilentSinceMs ??= now;
  if (now - state.lastDecisionAtMs >= SOURCE_REST_MS) state.sourceSilentSinceMs = null;
  return state.sourceSilentSinceMs === null ? { silences, sourceSilent: false } : { silences: [], sourceSilent: true };
}

/** From when on these decisions count as silence; never (Infinity) while they are fewer than 5. */
function silentSinceMs(state: SilenceState, held: Outstanding): number {
  if (held.enoughAtMs === null) return Infinity;
  const heard = state.heard[heardKey(held.processorId)];
  const delayMs = heard?.delayP99Ms[held.segment] ?? null;
  // Overdue is a word about a segment's own delays: where none are known nothing is.
  if (heard === undefined || delayMs === null) return Infinity;
  const pace = heard.pace[held.segment];
  const overdueMs = held.firstAtMs + Math.max(DELAY_MIN_MS, delayMs) + PATIENCE_MS;
  return Math.max(Math.min(overdueMs, pace === undefined ? Infinity : paceSinceMs(pace, held)), held.enoughAtMs);
}

/** With results that take hours, but come all the time, it shows in seconds that none come any more. */
function paceSinceMs({ former, longestMs, most }: Pace, held: Outstanding): number {
  if (former === null || held.count < PACE_FACTOR * Math.max(most, former.most)) return Infinity;
  return held.firstAtMs + PACE_FACTOR * Math.max(longestMs, former.longestMs) + PATIENCE_MS;
}

function notePace(heard: Heard, { segment, count, firstAtMs }: Outstanding, now: number): void {
  const pace = (heard.pace[segment] ??= { seen: 0, longestMs: 0, most: 0, former: null });
  pace.seen += 1;
  pace.longestMs = Math.max(pace.longestMs, now - firstAtMs);
  pace.most = Math.max(pace.most, count);
  if (pace.seen < PACE_ANSWERS) return;
  const { longestMs, most } = pace;
  heard.pace[segment] = { seen: 0, longestMs: 0, most: 0, former: { longestMs, most } };
}

/** A processor may be called `__proto__`; no object's own property has a space in its name. */
function heardKey(processorId: ProcessorId): string {
  return `processor ${processorId}`;
}

type Span = Pick<Outstanding, 'count' | 'firstAtMs' | 'lastAtMs'>;

/** The part of a count that was decided after `atMs`, taking its decisions as evenly spread; `null` if none was. */
function since({ count, firstAtMs, lastAtMs }: Span, atMs: number): Span | null {
  if (firstAtMs > atMs) return { count, firstAtMs, lastAtMs };
  if (lastAtMs <= atMs) return null;
  return {
    count: Math.max(1, Math.round((count * (lastAtMs - atMs)) / (lastAtMs - firstAtMs))),
    firstAtMs: atMs,
    lastAtMs,
  };
}

function joined(held: Outstanding, fresh: Span): Outstanding {
  const count = held.count + fresh.count;
  return {
    ...held,
    count,
    firstAtMs: Math.min(held.firstAtMs, fresh.firstAtMs),
    lastAtMs: Math.max(held.lastAtMs, fresh.lastAtMs),
    enoughAtMs: held.enoughAtMs ?? (count >= DECISIONS_MIN ? fresh.lastAtMs : null),
  };
}
