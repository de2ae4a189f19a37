// The life of predictions: opened, updated, and in the end confirmed, false or unjudged by what came; plain JSON, bounded. Rules: SPEC.md [PRD].
import { addOutcome, EMPTY_TALLY, type Tally } from './prediction-tally.ts';
import { HORIZON_MINUTES, PREDICTION_KINDS, type PredictionKind, type Prognosis } from './prediction.ts';
import { KEPT_MINUTES, MINUTE_MS, soundMinutes, type ProcessorMinute } from './processor-minute.ts';
import { troubleMinute } from './trouble.ts';
import type { ProcessorId } from '../identity.ts';

export interface OpenPrediction extends Prognosis {
  /** `prd_`, processor, kind and the minute of opening. */
  readonly id: string;
  readonly openedAtMs: number;
  readonly updatedAtMs: number;
  /** What it is judged by. */
  readonly probabilityAtOpening: number;
}

export type Outcome = 'confirmed' | 'false' | 'unjudged';

export interface EndedPrediction extends OpenPrediction {
  readonly outcome: Outcome;
  readonly endedAtMs: number;
  /** When the trouble was there; `null`: it was not. */
  readonly troubleAtMs: number | null;
}

/** Of one processor and kind: no prediction before `untilMs`. */
interface Rest {
  readonly processorId: ProcessorId;
  readonly kind: PredictionKind;
  readonly untilMs: number;
  /** False ones in a row. */
  readonly falses: number;
}

export interface PredictionBook {
  readonly format: 1;
  readonly open: readonly OpenPrediction[];
  /** Newest first. */
  readonly ended: readonly EndedPrediction[];
  readonly rests: readonly Rest[];
  /** Of all time. */
  readonly tallies: Readonly<Record<PredictionKind, Tally>>;
}

export const EMPTY_BOOK: PredictionBook = {
  format: 1,
  open: [],
  ended: [],
  rests: [],
  tallies: Object.fromEntries(PREDICTION_KINDS.map((kind) => [kind, EMPTY_TALLY])) as Record<PredictionKind, Tally>,
};

/** The seed's words for how probable a prediction must be to be told: the rarer a trouble, the less. */
export const PROBABILITY_MIN = {
  low: { error_rate_rising: 0.5, latency_rising: 0.5, breaker_flapping: 0.4, capacity_exhausted: 0.8 },
  medium: { error_rate_rising: 0.2, latency_rising: 0.08, breaker_flapping: 0.15, capacity_exhausted: 0.6 },
  high: { error_rate_rising: 0.08, latency_rising: 0.05, breaker_flapping: 0.08, capacity_exhausted: 0.4 },
} as const satisfies Readonly<Record<string, Readonly<Record<PredictionKind, number>>>>;
export type Sensitivity = keyof typeof PROBABILITY_MIN;

export type PredictionChange =
  | { readonly type: 'opened' | 'updated'; readonly prediction: OpenPrediction }
  | { readonly type: Outcome; readonly prediction: EndedPrediction };

/** One look at one processor. */
export interface Turn {
  readonly processorId: ProcessorId;
  readonly nowMs: number;
  readonly minutes: readonly ProcessorMinute[];
  readonly prognoses: readonly Prognosis[];
  readonly sensitivity: Sensitivity;
}

export const OPEN_MAX = 400;
export const ENDED_MAX = 500;
const RESTS_MAX = 1_000;
const REST_MAX_MS = 86_400_000;
/** So far a clock may be set back unnoticed. */
const CLOCK_SLACK_MS = 60_000;
/** False ones in a row from which on there is a rest. */
const REST_FALSES = 3;
/** People are told of a change of this much. */
const MOVED_MIN = 0.1;
/** Of the window's minutes, those that must have been seen to call a prediction false. */
const SEEN_PART = 0.5;

export function turnBook(
  book: PredictionBook,
  turn: Turn,
): { readonly book: PredictionBook; readonly changes: readonly PredictionChange[] } {
  if (!Number.isFinite(turn.nowMs)) return { book, changes: [] };
  const minutes = book.open.length === 0 ? [] : soundMinutes(turn.minutes, turn.nowMs);
  const open: OpenPrediction[] = [];
  const ends: EndedPrediction[] = [];
  const changes: PredictionChange[] = [];
  for (const prediction of book.open) {
    const ended = endOf(prediction, turn, minutes);
    if (ended !== null) {
      ends.push(ended);
      changes.push({ type: ended.outcome, prediction: ended });
      continue;
    }
    const updated = updateOf(prediction, turn);
    open.push(updated);
    if (isMoved(prediction, updated)) changes.push({ type: 'updated', prediction: updated });
  }
  const settled = ends.reduce(withEnd, { ...book, open });
  const opened = openings(settled, turn);
  return {
    book: { ...settled, open: [...open, ...opened] },
    changes: [...changes, ...opened.map((prediction) => ({ type: 'opened' as const, prediction }))],
  };
}

/** `null`: it goes on. */
function endOf(
  prediction: OpenPrediction,
  { processorId, nowMs }: Turn,
  minutes: readonly ProcessorMinute[],
): EndedPrediction | null {
  const { kind, window, openedAtMs } = prediction;
  const end = (outcome: Outcome, troubleAtMs: number | null = null): EndedPrediction => ({
    ...prediction,
    outcome,
    endedAtMs: nowMs,
    troubleAtMs,
  });
  // Its clock ran ahead and has been set back, or its processor is looked at no more.
  if (nowMs < openedAtMs - CLOCK_SLACK_MS || nowMs >= window.toMs + KEPT_MINUTES * MINUTE_MS) return end('unjudged');
  if (prediction.processorId !== processorId) return null;
  const [from, to] = [Math.floor(openedAtMs / MINUTE_MS), Math.floor(window.toMs / MINUTE_MS) - 1];
  const trouble = troubleMinute(prediction, minutes, from, to);
  if (trouble !== null) {
    const confirmed = end('confirmed', Math.max(openedAtMs, (trouble + 1) * MINUTE_MS));
    // What was to be watched is certain now.
    return kind === 'breaker_flapping' ? { ...confirmed, recommendedAction: 'schedule_maintenance' } : confirmed;
  }
  if (nowMs < window.toMs) return null;
  // A breaker that is open lets nothing through: whether it flaps is seen without an attempt.
  const seen = minutes.filter(
    ({ minute, attempts }) => minute >= from && minute <= to && (attempts > 0 || kind === 'breaker_flapping'),
  );
  return end(seen.length >= SEEN_PART * (to - from + 1) ? 'false' : 'unjudged');
}

/** The window stays what it was: a prediction that moves its own end is never false. */
function updateOf(prediction: OpenPrediction, { processorId, nowMs, prognoses }: Turn): OpenPrediction {
  const found = prognoses.find(({ kind }) => kind === prediction.kind);
  if (found === undefined || prediction.processorId !== processorId || nowMs <= prediction.updatedAtMs)
    return prediction;
  const { probability, evidence, recommendedAction, severity } = found;
  return { ...prediction, probability, evidence, recommendedAction, severity, updatedAtMs: nowMs };
}

function isMoved(before: OpenPrediction, after: OpenPrediction): boolean {
  return (
    before.recommendedAction !== after.recommendedAction ||
    before.severity !== after.severity ||
    Math.floor(before.probability / MOVED_MIN) !== Math.floor(after.probability / MOVED_MIN)
  );
}

function withEnd(book: PredictionBook, prediction: EndedPrediction): PredictionBook {
  const { kind, processorId, endedAtMs, outcome } = prediction;
  const isOf = (rest: Rest): boolean => rest.kind === kind && rest.processorId === processorId;
  const falses = outcome === 'false' ? (book.rests.find(isOf)?.falses ?? 0) + 1 : 0;
  const horizonMs = HORIZON_MINUTES[kind] * MINUTE_MS;
  // Two false predictions are chance; a trouble that comes right after them is foretold all the same.
  const horizons =
    outcome === 'false' && falses < REST_FALSES ? 0 : 2 ** Math.min(10, Math.max(0, falses - REST_FALSES));
  const untilMs = endedAtMs + Math.min(REST_MAX_MS, horizonMs * horizons);
  const others = book.rests.filter((rest) => !isOf(rest));
  return {
    ...book,
    ended: [prediction, ...book.ended].slice(0, ENDED_MAX),
    rests:
      outcome === 'unjudged' ? book.rests : [{ processorId, kind, untilMs, falses }, ...others].slice(0, RESTS_MAX),
    tallies: { ...book.tallies, [kind]: addOutcome(book.tallies[kind], prediction) },
  };
}

function openings({ open, rests }: PredictionBook, turn: Turn): OpenPrediction[] {
  const { processorId, nowMs, prognoses, sensitivity } = turn;
  const isOpen = (kind: PredictionKind): boolean =>
    open.some((each) => each.kind === kind && each.processorId === processorId);
  const isResting = (kind: PredictionKind): boolean =>
    rests.some(
      (each) =>
        each.kind === kind &&
        each.processorId === processorId &&
        nowMs < each.untilMs &&
        each.untilMs - nowMs <= REST_MAX_MS,
    );
  return prognoses
    .filter(({ kind, probability }) => probability >= PROBABILITY_MIN[sensitivity][kind])
    .filter(({ kind }) => !isOpen(kind) && !isResting(kind))
    .slice(0, Math.max(0, OPEN_MAX - open.length))
    .map((prognosis) => ({
      ...prognosis,
      id: `prd_${processorId}_${prognosis.kind}_${Math.floor(nowMs / MINUTE_MS)}`,
      openedAtMs: nowMs,
      updatedAtMs: nowMs,
      probabilityAtOpening: prognosis.probability,
    }));
}
