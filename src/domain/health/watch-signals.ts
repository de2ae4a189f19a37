// Which alerts a commit begins or ends, with the evidence and the money at risk.
import { attemptsPerHour } from './traffic-mix.ts';
import { baselineOf, signalOf } from './detector.ts';
import { beliefOf } from '../learning/posterior.ts';
import { lostApprovalRate, moneyAtRisk } from './money-at-risk.ts';
import { isWatched, moveWatch, type ScopeState, type Watch } from './scope-state.ts';
import { effectiveStatuses } from './processor-row.ts';
import { mergeWindows } from './window.ts';
import { summarize } from './status.ts';
import { RESIDUAL } from '../segment.ts';
import type { Alert, AlertSignal } from './alert-book.ts';
import type { DetectorSignal } from './status-row.ts';
import type { SegmentState } from './segment-state.ts';
import type { Status } from './window-summary.ts';
import type { ProcessorState } from './processor-state.ts';
import type { SegmentKey } from '../identity.ts';

type Family = 'technical' | 'approval';
interface Move {
  readonly scope: SegmentKey;
  readonly held: ScopeState;
  readonly family: Family;
  readonly state: 'on' | 'off';
}

/** `before`: effective statuses as they stood before the commit, for the status an alert comes from. */
export function watchSignals(
  state: ProcessorState,
  before: ReadonlyMap<SegmentKey, Status>,
  now: number,
): AlertSignal[] {
  const moves: Move[] = [];
  for (const [scope, held] of state.scopes) {
    if (!isWatched(held) && held.breaker.state === 'CLOSED') continue;
    const breakerClosed = held.breaker.state === 'CLOSED';
    const move = (family: Family, watch: Watch, active: boolean): void => {
      const moved = moveWatch(watch, active, breakerClosed, now);
      if (moved !== null) moves.push({ scope, held, family, state: moved });
    };
    move('technical', held.watches.technical, !breakerClosed || signalOf(held.technical) !== null);
    move('approval', held.watches.approval, signalOf(held.approval) !== null);
  }
  if (moves.length === 0) return [];
  const after = effectiveStatuses(
    state,
    moves.map(({ scope }) => scope),
    now,
  );
  return moves.map((move) => signalFor(state, move, { before, after, now }));
}

function signalFor(
  state: ProcessorState,
  move: Move,
  told: { before: ReadonlyMap<SegmentKey, Status>; after: ReadonlyMap<SegmentKey, Status>; now: number },
): AlertSignal {
  const { scope, held, family } = move;
  const window = summarize(
    mergeWindows(
      segmentsOf(state, scope).map((segment) => segment.window),
      told.now,
    ),
  );
  const detector = signalOf(family === 'technical' ? held.technical : held.approval);
  const change = detector ?? changeFromWindow(held, family, window.errorRate, window.authorizationRate);
  return {
    processorId: state.address.id,
    epoch: state.address.epoch,
    scope,
    // The technical detector trips the breaker with the attempt that raises it: there is no technical change without a trip.
    kind: family === 'approval' ? 'approval' : 'breaker',
    state: move.state,
    atMs: told.now,
    fromStatus: told.before.get(scope) ?? 'HEALTHY',
    toStatus: told.after.get(scope) ?? 'HEALTHY',
    reason: reasonFor(held, family),
    evidence: {
      baseline_rate: round(change.baseline),
      recent_rate: round(change.recent),
      attempts_in_window: window.total,
      errors_in_window: window.error,
      timeouts_in_window: window.timeout,
      approved_in_window: window.approved,
      declined_in_window: window.declined,
    },
    moneyAtRisk: riskOf(state, scope, change, told.now),
  };
}

type Change = Pick<DetectorSignal, 'kind' | 'baseline' | 'recent'>;

/** Five errors in a row open a breaker before any detector has an estimate of its own. */
function changeFromWindow(
  held: ScopeState,
  family: Family,
  errorRate: number,
  authorizationRate: number | null,
): Change {
  return family === 'technical'
    ? { kind: 'technical', baseline: baselineOf(held.technical).rate, recent: errorRate }
    : { kind: 'approval', baseline: baselineOf(held.approval).rate, recent: authorizationRate ?? 0 };
}

function reasonFor(held: ScopeState, family: Family): string {
  if (family === 'approval') return 'Approvals fell against the processor’s own baseline';
  if (held.breaker.state !== 'OPEN') return 'Technical failures rose against the processor’s own baseline';
  switch (held.breaker.reason) {
    case 'consecutive_failures':
      return 'High error/timeout rate: technical failures in a row opened the breaker';
    case 'failure_rate':
      return 'High error/timeout rate (>50%): the breaker opened';
    case 'detector':
      return 'High error/timeout rate against the own baseline: the breaker opened';
    case 'segments_open':
      return 'Several payment methods failed together: the whole processor is cut off';
    case 'relapse':
      return 'A trial failed: the breaker opened again';
  }
}

/** The segments of a scope: all of them, of the residual's. */
function segmentsOf(state: ProcessorState, scope: SegmentKey): SegmentState[] {
  if (scope === RESIDUAL) return [...state.segments.values()];
  const segment = state.segments.get(scope);
  return segment === undefined ? [] : [segment];
}

function riskOf(state: ProcessorState, scope: SegmentKey, change: Change, now: number): Alert['moneyAtRisk'] {
  const segments = segmentsOf(state, scope);
  const amounts = segments.flatMap(({ window }) => window.entriesWithin(now).map(({ amountMinor }) => amountMinor));
  const approval = segments.length === 0 ? 0 : Math.max(...segments.map(({ learner }) => beliefOf(learner).baseline));
  return moneyAtRisk(lostApprovalRate(change, approval), {
    attemptsPerHour: attemptsPerHour(state.mix, scope === RESIDUAL ? null : scope, now),
    meanAmountMinor: amounts.length === 0 ? null : amounts.reduce((sum, amount) => sum + amount, 0) / amounts.length,
    currency: segments.find(({ currency }) => currency !== null)?.currency ?? null,
  });
}

const round = (rate: number): number => Math.round(rate * 1_000) / 1_000;
