// One breaker's scope (a segment, or the processor's residual): the breaker, its two detectors, and what has been told of them.
import {
  baselineOf,
  createDetector,
  isTripping,
  observe,
  resetDetector,
  signalOf,
  type DetectorState,
} from './detector.ts';
import { NEW_BREAKER, onAttempt, type BreakerChange, type BreakerState } from './breaker.ts';
import type { BreakerOptions } from '../processor-config.ts';
import type { CanonicalResult } from '../results/canonical-result.ts';
import type { DetectorSignal } from './status-row.ts';
import type { WindowEntry } from './window.ts';
import { isTechnicalFailure } from '../results/canonical-result.ts';
import { shouldSendOff } from './alert-book.ts';

/** What an alert may end on: `quietSinceMs` and the results since then (alert-book.ts has the rule). */
export interface Watch {
  onSinceMs: number | null;
  quietSinceMs: number | null;
  resultsSinceQuiet: number;
}

export interface ScopeState {
  breaker: BreakerState;
  readonly technical: DetectorState;
  readonly approval: DetectorState;
  readonly watches: { readonly technical: Watch; readonly approval: Watch };
}

const quietWatch = (): Watch => ({ onSinceMs: null, quietSinceMs: null, resultsSinceQuiet: 0 });

export function createScope(): ScopeState {
  return {
    breaker: NEW_BREAKER,
    technical: createDetector('technical'),
    approval: createDetector('approval'),
    watches: { technical: quietWatch(), approval: quietWatch() },
  };
}

/** A segment that has grown large enough for a breaker of its own: its detectors start from what its window already holds. */
export function createSeasonedScope(earlier: readonly WindowEntry[]): ScopeState {
  const scope = createScope();
  for (const entry of earlier.toReversed()) {
    observe(scope.technical, entry.technical, entry.timeMs);
    if (entry.result === 'approved' || entry.result === 'declined')
      observe(scope.approval, entry.result === 'declined', entry.timeMs);
  }
  return scope;
}

export interface AttemptMoment {
  readonly now: number;
  readonly window: { readonly total: number; readonly technical: number };
  readonly options: BreakerOptions;
  readonly jitterSeed: number;
}

/** Shows one final or unknown attempt to detectors and breaker, in the order of arrival. */
export function feedScope(scope: ScopeState, result: CanonicalResult, moment: AttemptMoment): BreakerChange | null {
  const technicalFailure = isTechnicalFailure(result);
  const closedBefore = scope.breaker.state === 'CLOSED';
  // While the breaker is not closed the few probes say nothing of the baseline.
  if (closedBefore) observe(scope.technical, technicalFailure, moment.now);
  if (tellsOfApproval(result)) observe(scope.approval, result.result === 'declined', moment.now);
  countQuiet(scope);
  const { state, transition } = onAttempt(
    scope.breaker,
    {
      technicalFailure,
      decidedAtMs: result.decision?.decidedAtMs ?? result.eventTimeMs - (result.latencyMs ?? 0),
      nowMs: moment.now,
      permitNonce: result.decision?.permit === true ? result.decision.nonce : null,
      window: moment.window,
      baseline: baselineOf(scope.technical),
      detectorTrips: isTripping(scope.technical),
    },
    moment.options,
    moment.jitterSeed,
  );
  scope.breaker = state;
  if (transition?.to === 'CLOSED') resetDetector(scope.technical);
  return transition;
}

/** A retry is a payment that somebody declined already: a backup that gets the hard ones is no worse for it. */
const tellsOfApproval = ({ result, attempt }: CanonicalResult): boolean =>
  attempt === 1 && (result === 'approved' || result === 'declined');

/**
 * An attempt that feeds another breaker, shown to a residual scope whose alert or detector is on: without it nothing would ever tell the
 * residual that all is well again, once every segment is large enough for a breaker of its own.
 */
export function showToWatched(scope: ScopeState, result: CanonicalResult, now: number): void {
  if (scope.breaker.state === 'CLOSED' && scope.technical.on !== null)
    observe(scope.technical, isTechnicalFailure(result), now);
  if (tellsOfApproval(result) && scope.approval.on !== null) observe(scope.approval, result.result === 'declined', now);
  countQuiet(scope);
}

function countQuiet({ watches: { technical, approval } }: ScopeState): void {
  if (technical.quietSinceMs !== null) technical.resultsSinceQuiet += 1;
  if (approval.quietSinceMs !== null) approval.resultsSinceQuiet += 1;
}

/** Something of it is on, or an alert is not closed yet: it must go on seeing its segment's attempts, however few. */
export function isWatched(scope: ScopeState | undefined): boolean {
  if (scope === undefined) return false;
  const { technical, approval } = scope.watches;
  return technical.onSinceMs !== null || approval.onSinceMs !== null || hasSignal(scope);
}

/** Whether `signalsOf` has any: asked with every result. */
export const hasSignal = ({ technical, approval }: ScopeState): boolean =>
  technical.on !== null || approval.on !== null;

export function signalsOf(scope: ScopeState): DetectorSignal[] {
  return [signalOf(scope.technical), signalOf(scope.approval)].filter((signal) => signal !== null);
}

/** How a watch moved: an alert begins with its cause, and ends when the cause has been gone long enough (alert-book.ts). */
export function moveWatch(watch: Watch, active: boolean, breakerClosed: boolean, now: number): 'on' | 'off' | null {
  if (active) {
    const began = watch.onSinceMs === null;
    watch.onSinceMs ??= now;
    watch.quietSinceMs = null;
    return began ? 'on' : null;
  }
  if (watch.onSinceMs === null) return null;
  if (watch.quietSinceMs === null) {
    watch.quietSinceMs = now;
    watch.resultsSinceQuiet = 0;
  }
  const { onSinceMs: onSince, quietSinceMs: quietSince, resultsSinceQuiet } = watch;
  if (!shouldSendOff({ onSince, quietSince, resultsSinceQuiet, breakerClosed }, now)) return null;
  Object.assign(watch, quietWatch());
  return 'off';
}
