// When traffic to one scope (a segment, or a processor's residual) stops, is tried again and flows again; which scope an
// attempt feeds is for breaker-scope.ts, who is told for alert-book.ts.
import { consecutiveThreshold, rateTrips, type TechnicalBaseline, type WindowTally } from './breaker-thresholds.ts';
import type { BreakerOptions } from '../processor-config.ts';
import type { BreakerView } from './status-row.ts';

/** A half-open trial in flight; after `expiresAt` it has simply come back. */
export interface Permit {
  readonly nonce: string;
  readonly expiresAt: number;
}

/** Plain JSON; times in ms since the epoch on the clock of the object that keeps it. */
export type BreakerState =
  | {
      readonly state: 'CLOSED';
      /** The rate rule counts window entries from here on: the outage that was just survived must not trip it again. */
      readonly since: number;
      /** Results decided before this belong to the time before the trial, and change nothing. */
      readonly countsFrom: number;
      readonly consecutiveFailures: number;
      readonly relapses: number;
    }
  | {
      readonly state: 'OPEN';
      readonly openedAt: number;
      readonly reopensAt: number;
      readonly relapses: number;
      readonly reason: TripReason;
      /** The newest payment sent to see whether the rest of a doubled open time is still needed. */
      readonly scout?: { readonly nonce: string; readonly atMs: number };
    }
  | {
      readonly state: 'HALF_OPEN';
      readonly since: number;
      readonly permits: readonly Permit[];
      readonly successes: number;
      readonly relapses: number;
      /** The latest `expiresAt` among permits whose trials succeeded; left out: none has. */
      readonly answeredTo?: number;
    };

type Closed = Extract<BreakerState, { state: 'CLOSED' }>;
type Open = Extract<BreakerState, { state: 'OPEN' }>;
type HalfOpen = Extract<BreakerState, { state: 'HALF_OPEN' }>;

export type TripReason = 'consecutive_failures' | 'failure_rate' | 'detector' | 'relapse' | 'segments_open';
export interface BreakerChange {
  readonly atMs: number;
  readonly from: BreakerState['state'];
  /** Equal to `from` (OPEN) when one result both began the trial and failed it. */
  readonly to: BreakerState['state'];
  readonly reason: TripReason | 'trial' | 'recovered' | 'reset';
}
export interface BreakerStep {
  readonly state: BreakerState;
  readonly transition: BreakerChange | null;
}

/** One result as its breaker sees it; issuer and user declines come with `technicalFailure: false`. */
export interface BreakerAttempt {
  readonly technicalFailure: boolean;
  /** When the payment was sent this way; the event time where no decision is joined. */
  readonly decidedAtMs: number;
  readonly nowMs: number;
  /** The decision's nonce if it held a permit. */
  readonly permitNonce: string | null;
  /** This attempt included, entries from `countsSinceMs` on. */
  readonly window: WindowTally;
  readonly baseline: TechnicalBaseline;
  /** The technical change detector is on since `countsSinceMs`. */
  readonly detectorTrips: boolean;
}

/** CLOSED this long, and the relapses before it are forgotten. */
const RELAPSES_FORGOTTEN_MS = 600_000;
const JITTER = 0.1;
export const PERMIT_TTL_MIN_MS = 30_000;
export const PERMIT_TTL_MAX_MS = 900_000;
/** Share of eligible requests that ask for a permit after a relapse, until the trial is this old. */
const ASKING_SHARE_AFTER_RELAPSE = 0.01;
const ASKING_CERTAIN_AFTER_MS = 60_000;

export const NEW_BREAKER: Closed = { state: 'CLOSED', since: 0, countsFrom: 0, consecutiveFailures: 0, relapses: 0 };

/** Counts one result, by arrival. `jitterSeed` is any number; the same one gives the same open time. */
export function onAttempt(
  state: BreakerState,
  attempt: BreakerAttempt,
  options: BreakerOptions,
  jitterSeed: number,
): BreakerStep {
  const present = withoutFuture(state, attempt.nowMs);
  // A stamp ahead of the clock must not begin a trial early.
  const decidedAtMs = Math.min(attempt.decidedAtMs, attempt.nowMs);
  switch (present.state) {
    case 'CLOSED':
      return decidedAtMs < present.countsFrom
        ? { state: present, transition: null }
        : whileClosed(present, attempt, options, jitterSeed);
    case 'OPEN':
      if (attempt.permitNonce !== null && attempt.permitNonce === present.scout?.nonce) {
        if (attempt.technicalFailure) return { state: present, transition: null };
        return onTrialResult(
          { from: 'OPEN', trial: { ...trialOf(present), since: decidedAtMs } },
          attempt,
          options,
          jitterSeed,
        );
      }
      if (decidedAtMs < present.reopensAt) return { state: present, transition: null };
      return onTrialResult({ from: 'OPEN', trial: trialOf(present) }, attempt, options, jitterSeed);
    case 'HALF_OPEN': {
      const own = present.permits.find(({ nonce }) => nonce === attempt.permitNonce);
      if (own === undefined && decidedAtMs < present.since) return { state: present, transition: null };
      const trial = own === undefined ? present : answered(present, own);
      return onTrialResult({ from: 'HALF_OPEN', trial }, attempt, options, jitterSeed);
    }
  }
}

/** Opens a CLOSED breaker for a reason that lies outside its own attempts. */
export function trip(state: BreakerState, reason: TripReason, nowMs: number, options: BreakerOptions): BreakerStep {
  if (state.state !== 'CLOSED') return { state, transition: null };
  const relapses = nowMs - state.since >= RELAPSES_FORGOTTEN_MS ? 0 : state.relapses;
  return {
    state: opened(reason, relapses, nowMs, openMs(relapses, options, nowMs)),
    transition: change('CLOSED', 'OPEN', reason, nowMs),
  };
}

/** One of the N permits. A CLOSED breaker needs none and grants; asking again with the same nonce takes no second one. */
export function requestPermit(
  state: BreakerState,
  request: { readonly nowMs: number; readonly nonce: string; readonly ttlMs: number },
  options: BreakerOptions,
): BreakerStep & { readonly granted: boolean } {
  const { nowMs, nonce, ttlMs } = request;
  const present = withoutFuture(state, nowMs);
  if (present.state === 'CLOSED') return { state: present, granted: true, transition: null };
  if (present.state === 'OPEN' && nowMs < present.reopensAt) {
    if (present.scout?.nonce === nonce) return { state: present, granted: true, transition: null };
    if (nowMs < scoutsAt(present, options)) return { state: present, granted: false, transition: null };
    return { state: { ...present, scout: { nonce, atMs: nowMs } }, granted: true, transition: null };
  }
  const trial = present.state === 'OPEN' ? trialOf(present) : present;
  const transition = present.state === 'OPEN' ? change('OPEN', 'HALF_OPEN', 'trial', nowMs) : null;
  const out = trial.permits.filter(({ expiresAt }) => expiresAt > nowMs);
  if (out.some((permit) => permit.nonce === nonce))
    return { state: { ...trial, permits: out }, granted: true, transition };
  const granted = out.length < options.halfOpenMaxAttempts;
  const permits = granted ? [...out, { nonce, expiresAt: nowMs + ttlMs }] : out;
  return { state: { ...trial, permits }, granted, transition };
}

/** An operator says it is well: CLOSED, and what was decided before now is forgotten. */
export function reset(state: BreakerState, nowMs: number): BreakerStep {
  const closed: Closed = { ...NEW_BREAKER, since: nowMs, countsFrom: nowMs };
  return { state: closed, transition: state.state === 'CLOSED' ? null : change(state.state, 'CLOSED', 'reset', nowMs) };
}

export function breakerView(state: BreakerState, nowMs: number, options: BreakerOptions): BreakerView {
  const present = withoutFuture(state, nowMs);
  switch (present.state) {
    case 'CLOSED':
      return { state: 'CLOSED' };
    case 'OPEN': {
      const { openedAt, reopensAt, relapses } = present;
      const mayScoutAt = scoutsAt(present, options);
      return { state: 'OPEN', openedAt, reopensAt, relapses, ...(mayScoutAt < reopensAt && { scoutsAt: mayScoutAt }) };
    }
    case 'HALF_OPEN': {
      const permitsOut = present.permits.filter(({ expiresAt }) => expiresAt > nowMs).length;
      return {
        state: 'HALF_OPEN',
        since: present.since,
        permitsOut,
        permitsMax: options.halfOpenMaxAttempts,
        relapses: present.relapses,
        successes: present.successes,
      };
    }
  }
}

/** Once each undoubled open time. A first opening is over by then; a relapsed one sends a scout. */
function scoutsAt({ openedAt, scout }: Open, { openTimeout }: BreakerOptions): number {
  return (scout?.atMs ?? openedAt) + openTimeout;
}

/** When the view changes with no caller, because a permit expires; `null`: it does not. Belongs into the row's `validUntilMs`. */
export function nextPermitExpiry(state: BreakerState, nowMs: number): number | null {
  if (state.state !== 'HALF_OPEN') return null;
  const ahead = state.permits.map(({ expiresAt }) => expiresAt).filter((expiresAt) => expiresAt > nowMs);
  return ahead.length === 0 ? null : Math.min(...ahead);
}

/** Window entries older than this are not the breaker's business. */
export function countsSinceMs(state: BreakerState): number {
  return state.state === 'CLOSED' ? state.since : 0;
}

/** How long a trial may take to answer before its permit comes back: the segment's p99 result delay, 30 s to 15 min. */
export function permitTtlMs(resultDelayP99Ms: number): number {
  if (Number.isNaN(resultDelayP99Ms)) return PERMIT_TTL_MIN_MS;
  return Math.min(PERMIT_TTL_MAX_MS, Math.max(PERMIT_TTL_MIN_MS, resultDelayP99Ms));
}

/**
 * Whether an eligible request asks for a permit; `draw01` is uniform in [0, 1). At the first trial every one asks; after
 * a relapse one in a hundred, until the trial is `certainAfterMs` old and no permit is out: then a processor with one
 * payment a minute comes back too. A short configured open time should shorten it: min(60 s, openTimeout). One in a hundred asks to be a scout,
 * too; and once a trial has succeeded every one asks.
 */
export function asksForPermit(
  view: BreakerView,
  now: number,
  draw01: number,
  certainAfterMs = ASKING_CERTAIN_AFTER_MS,
): boolean {
  if (view.state === 'CLOSED') return false;
  const since = view.state === 'OPEN' ? view.reopensAt : view.since;
  if (view.state === 'OPEN' && now < since) return maySendScout(view, now) && draw01 < ASKING_SHARE_AFTER_RELAPSE;
  if (view.relapses === 0 || draw01 < ASKING_SHARE_AFTER_RELAPSE) return true;
  if (view.state === 'HALF_OPEN' && (view.successes ?? 0) > 0) return true;
  const permitsOut = view.state === 'HALF_OPEN' ? view.permitsOut : 0;
  // No permit outlives its longest time: a view that still shows one after that is merely old.
  return now - since >= certainAfterMs + (permitsOut > 0 ? PERMIT_TTL_MAX_MS : 0);
}

export const maySendScout = (view: BreakerView, now: number): boolean =>
  view.state === 'OPEN' && view.scoutsAt !== undefined && now >= view.scoutsAt;

function whileClosed(
  closed: Closed,
  attempt: BreakerAttempt,
  options: BreakerOptions,
  jitterSeed: number,
): BreakerStep {
  // Only a failure trips: a success that arrives while the window is bad is the first good news, not a reason to stop.
  if (!attempt.technicalFailure) return { state: { ...closed, consecutiveFailures: 0 }, transition: null };
  const consecutiveFailures = closed.consecutiveFailures + 1;
  const reason = tripReason(consecutiveFailures, attempt, options);
  if (reason === null) return { state: { ...closed, consecutiveFailures }, transition: null };
  const relapses = attempt.nowMs - closed.since >= RELAPSES_FORGOTTEN_MS ? 0 : closed.relapses;
  return {
    state: opened(reason, relapses, attempt.nowMs, openMs(relapses, options, jitterSeed)),
    transition: change('CLOSED', 'OPEN', reason, attempt.nowMs),
  };
}

function tripReason(consecutiveFailures: number, attempt: BreakerAttempt, options: BreakerOptions): TripReason | null {
  // The thresholds are a logarithm away; the configured one is a necessary condition and costs nothing.
  if (
    consecutiveFailures >= options.failureThreshold &&
    consecutiveFailures >= consecutiveThreshold(attempt.baseline, options)
  ) {
    return 'consecutive_failures';
  }
  if (rateTrips(attempt.window, attempt.baseline, options)) return 'failure_rate';
  return attempt.detectorTrips ? 'detector' : null;
}

function onTrialResult(
  { from, trial }: { readonly from: 'OPEN' | 'HALF_OPEN'; readonly trial: HalfOpen },
  attempt: BreakerAttempt,
  options: BreakerOptions,
  jitterSeed: number,
): BreakerStep {
  const { nowMs } = attempt;
  if (attempt.technicalFailure) {
    const relapses = trial.relapses + 1;
    const state = opened('relapse', relapses, nowMs, openMs(relapses, options, jitterSeed));
    return { state, transition: change(from, 'OPEN', 'relapse', nowMs) };
  }
  const successes = trial.successes + 1;
  if (successes < options.successThreshold * (1 + overtaken(trial, nowMs))) {
    return {
      state: { ...trial, successes },
      transition: from === 'OPEN' ? change('OPEN', 'HALF_OPEN', 'trial', nowMs) : null,
    };
  }
  const state: Closed = {
    state: 'CLOSED',
    since: nowMs,
    countsFrom: trial.since,
    consecutiveFailures: 0,
    relapses: trial.relapses,
  };
  return { state, transition: change(from, 'CLOSED', 'recovered', nowMs) };
}

function answered(trial: HalfOpen, { nonce, expiresAt }: Permit): HalfOpen {
  return {
    ...trial,
    permits: trial.permits.filter((permit) => permit.nonce !== nonce),
    answeredTo: Math.max(trial.answeredTo ?? 0, expiresAt),
  };
}

/** Trials still out though later ones have succeeded: approvals come sooner than timeouts, so silence is bad news, or a lost result. */
function overtaken({ permits, answeredTo = 0 }: HalfOpen, nowMs: number): number {
  return permits.filter(({ expiresAt }) => expiresAt > nowMs && expiresAt < answeredTo).length;
}

function trialOf(open: Open): HalfOpen {
  return { state: 'HALF_OPEN', since: open.reopensAt, permits: [], successes: 0, relapses: open.relapses };
}

function opened(reason: TripReason, relapses: number, nowMs: number, durationMs: number): Open {
  return { state: 'OPEN', openedAt: nowMs, reopensAt: nowMs + durationMs, relapses, reason };
}

/** Doubled per relapse up to the maximum; then spread by 10%, so that scopes that fell together are not tried together. */
function openMs(relapses: number, options: BreakerOptions, jitterSeed: number): number {
  if (relapses === 0) return options.openTimeout;
  const longest = Math.max(options.openTimeout, options.openTimeoutMax);
  const doubled = Math.min(longest, options.openTimeout * 2 ** relapses);
  return Math.round(doubled * (1 - JITTER + 2 * JITTER * unitOf(jitterSeed)));
}

/** A seed as a number in [0, 1): the finaliser of MurmurHash3, so that neighbouring seeds are far apart. */
function unitOf(seed: number): number {
  let hash = Math.imul((seed | 0) ^ ((seed / 2 ** 32) | 0), 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

/** A clock that was set back must not stretch an open time or a permit: durations are kept, beginnings are pulled to now. */
function withoutFuture(state: BreakerState, nowMs: number): BreakerState {
  switch (state.state) {
    case 'CLOSED':
      return state.since <= nowMs ? state : { ...state, since: nowMs, countsFrom: Math.min(state.countsFrom, nowMs) };
    case 'OPEN':
      return state.openedAt <= nowMs
        ? state
        : { ...state, openedAt: nowMs, reopensAt: nowMs + state.reopensAt - state.openedAt };
    case 'HALF_OPEN': {
      const latest = nowMs + PERMIT_TTL_MAX_MS;
      if (state.since <= nowMs && state.permits.every(({ expiresAt }) => expiresAt <= latest)) return state;
      const permits = state.permits.map((permit) => ({ ...permit, expiresAt: Math.min(permit.expiresAt, latest) }));
      const answeredTo = state.answeredTo === undefined ? {} : { answeredTo: Math.min(state.answeredTo, latest) };
      return { ...state, ...answeredTo, since: Math.min(state.since, nowMs), permits };
    }
  }
}

function change(
  from: BreakerState['state'],
  to: BreakerState['state'],
  reason: BreakerChange['reason'],
  atMs: number,
): BreakerChange {
  return { atMs, from, to, reason };
}
