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
  resultAtMs: Record<SegmentKey, number>;
  /** 99th percentile from decision to result, by segment. */
  delayP99Ms: Record<SegmentKey, number | null>;
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
/** A shed processor is tried anew after this. */
const SHED_MS = 60_000;
/** A dead source nobody decides under any more is rest again. */
const SOURCE_REST_MS = 600_000;

export function createSilence(): SilenceState {
  return { format: 1, outstanding: {}, heard: {}, sourceSilentSinceMs: null, lastDecisionAtMs: 0 };
}

export function noteDecisions(state: SilenceState, reports: readonly DecisionCount[]): void {
  for (const report of reports) {
    state.lastDecisionAtMs = Math.max(state.lastDecisionAtMs, report.lastAtMs);
    const fresh = since(report, state.heard[heardKey(report.processorId)]?.resultAtMs[report.segment] ?? -Infinity);
    if (fresh === null) continue;
    const key = `${report.processorId} ${report.segment}`;
    const held = state.outstanding[key];
    const { processorId, segment } = report;
    state.outstanding[key] =
      held === undefined || fresh.firstAtMs >= silentSpan(state, held).untilMs
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
  row: Pick<StatusRow, 'processorId' | 'lastResultAtMs' | 'publishedAtMs' | 'segments'>,
): void {
  const heard: Heard = (state.heard[heardKey(row.processorId)] ??= {
    lastResultAtMs: null,
    resultAtMs: {},
    delayP99Ms: {},
  });
  heard.delayP99Ms = {};
  for (const { segment, resultDelayP99Ms, lastResultAtMs } of row.segments) {
    heard.delayP99Ms[segment] = resultDelayP99Ms;
    // A result stamped ahead of the clock must not cover a silence that begins after it.
    if (lastResultAtMs !== null) heard.resultAtMs[segment] = Math.min(lastResultAtMs, row.publishedAtMs);
  }
  if (row.lastResultAtMs === null) return;
  const resultAtMs = Math.min(row.lastResultAtMs, row.publishedAtMs);
  if (heard.lastResultAtMs !== null && resultAtMs <= heard.lastResultAtMs) return;
  heard.lastResultAtMs = resultAtMs;
  if (state.sourceSilentSinceMs !== null && resultAtMs > state.sourceSilentSinceMs) state.sourceSilentSinceMs = null;
  for (const [key, held] of Object.entries(state.outstanding)) {
    if (held.processorId !== row.processorId) continue;
    const heardAtMs = heard.resultAtMs[held.segment];
    if (heardAtMs === undefined) continue;
    const rest = since(held, heardAtMs);
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
  for (const held of Object.values(state.outstanding)) {
    const { sinceMs, untilMs } = silentSpan(state, held);
    if (now <= sinceMs || now >= untilMs) continue;
    silences.push({ processorId: held.processorId, segment: held.segment, sinceMs, untilMs });
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

/** From when to when these decisions count as silence; never (Infinity) while they are fewer than 5. */
function silentSpan(state: SilenceState, held: Outstanding): { sinceMs: number; untilMs: number } {
  if (held.enoughAtMs === null) return { sinceMs: Infinity, untilMs: Infinity };
  const delayMs = state.heard[heardKey(held.processorId)]?.delayP99Ms[held.segment] ?? null;
  // Overdue is a word about a segment's own delays: where none are known nothing is.
  if (delayMs === null) return { sinceMs: Infinity, untilMs: Infinity };
  const sinceMs = Math.max(held.firstAtMs + Math.max(DELAY_MIN_MS, delayMs) + PATIENCE_MS, held.enoughAtMs);
  return { sinceMs, untilMs: sinceMs + SHED_MS };
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
