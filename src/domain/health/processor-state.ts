// The whole state of one processor's object as a fold over commands: the same commands give the same state, so a journal is enough.
import { arrivalOrder } from '../results/arrival-order.ts';
import { Ledger, type Verdict } from '../results/ledger.ts';
import { RESIDUAL } from '../segment.ts';
import { NO_STREAK, nextStreak, type Streak } from './health-score.ts';
import { addResult, settleResult } from './segment-recording.ts';
import { breakerScope, opensProcessor } from './breaker-scope.ts';
import { countsSinceMs, permitTtlMs, requestPermit, reset, trip, type BreakerChange } from './breaker.ts';
import {
  createScope,
  createSeasonedScope,
  feedScope,
  isWatched,
  showToWatched,
  type ScopeState,
} from './scope-state.ts';
import { createSegment, restoreSegment, snapshotSegment, type SegmentState } from './segment-state.ts';
import { createTrafficMix, noteTraffic } from './traffic-mix.ts';
import { handOver, residualEntries } from './residual.ts';
import { latencySummary } from './latency.ts';
import { technicalTally, WINDOW_AGE_MS, windowShares, type WindowEntry } from './window.ts';
import { isTechnicalFailure, type CanonicalResult, type RecordOutcome } from '../results/canonical-result.ts';
import { effectiveStatuses, processorDetail, processorRow, processorRows, type RowOf } from './processor-row.ts';
import { passTo, reseeded, restartFromBaseline } from '../learning/posterior.ts';
import { priorOf } from '../learning/segment-prior.ts';
import { type DeltaCommand, outcomeOf, unheard } from '../shards/delta.ts';
import { upgradeState } from './stored-state.ts';
import { watchSignals } from './watch-signals.ts';
import type { AlertSignal } from './alert-book.ts';
import type { Checkpoint, StoredState } from './checkpoint.ts';
import type { BreakerTransition, HealthDetail } from './health-detail.ts';
import type { PageBlob } from '../results/dedupe-pages.ts';
import type { ProcessorAddress } from './processor-address.ts';
import type { SegmentKey } from '../identity.ts';
import type { LatencySummary, Status } from './window-summary.ts';
import type { StatusRow } from './status-row.ts';
import type { Timeline } from './timeline.ts';
import type { TrafficMix } from './traffic-mix.ts';
import type { UnsettledRecord } from '../results/unsettled-attempts.ts';

export type ProcessorCommand =
  | { readonly kind: 'results'; readonly at: number; readonly results: readonly CanonicalResult[] }
  | { readonly kind: 'permit'; readonly at: number; readonly scope: SegmentKey; readonly nonce: string }
  | { readonly kind: 'reset'; readonly at: number; readonly scope: SegmentKey | null }
  | { readonly kind: 'configure'; readonly at: number; readonly address: ProcessorAddress }
  | { readonly kind: 'adopt'; readonly at: number; readonly keys: readonly number[] }
  | DeltaCommand;

export interface Applied {
  /** Per result, in the order of the command. */
  readonly outcomes: readonly RecordOutcome[];
  readonly transitions: readonly BreakerTransition[];
  readonly granted: boolean;
}

/** Detectors and streaks follow arrival and ignore what happened longer ago than the window reaches. */
const DETECTION_AGE_MS = WINDOW_AGE_MS;
/** Methods x countries a processor may have; what was configured before and is no longer used makes room. */
const SEGMENTS_MAX = 256;
const TRANSITIONS_KEPT = 50;
const OUTBOX_MAX = 1_000;
const LATENCY_FRESH_MS = 1_000;

/** What results of one moment are learned with. */
interface Lesson {
  readonly at: number;
  readonly before: ReadonlyMap<SegmentKey, Status>;
  /** What the breakers made of them so far. */
  readonly transitions: BreakerTransition[];
}

export class ProcessorState {
  address: ProcessorAddress;
  readonly ledger: Ledger;
  readonly segments = new Map<SegmentKey, SegmentState>();
  readonly scopes = new Map<SegmentKey, ScopeState>();
  readonly heardOf = new Map<number, number>();
  /** That record its results; 0: none, and no part of the fold. */
  shards = 0;
  readonly salt: string;
  timeline: Timeline = [];
  transitions: BreakerTransition[] = [];
  outbox: AlertSignal[] = [];
  streak: Streak = NO_STREAK;
  trips = 0;
  version = 0;
  lastResultAtMs: number | null = null;
  mix: TrafficMix = createTrafficMix();
  #latencyAt = -Infinity;
  #latency: LatencySummary | null = null;

  private constructor(address: ProcessorAddress, ledger: Ledger, salt: string) {
    this.address = address;
    this.ledger = ledger;
    this.salt = salt;
    this.scopes.set(RESIDUAL, createScope());
  }

  /** `salt`: 16 hex characters of randomness, secret, drawn once. */
  static create(address: ProcessorAddress, salt: string): ProcessorState {
    return new ProcessorState(address, Ledger.create(salt), salt);
  }

  static restore(text: string, pages: readonly PageBlob[], unsettled: readonly UnsettledRecord[]): ProcessorState {
    const stored = upgradeState(JSON.parse(text));
    const ledger = Ledger.load({ salt: stored.salt, pages, unsettled, counts: stored.counts });
    const state = new ProcessorState(stored.address, ledger, stored.salt);
    for (const [key, segment] of stored.segments) state.segments.set(key, restoreSegment(segment));
    for (const [key, scope] of stored.scopes) state.scopes.set(key, scope);
    state.timeline = stored.timeline;
    state.transitions = [...stored.transitions];
    state.outbox = [...stored.outbox];
    state.streak = stored.streak;
    state.trips = stored.trips;
    state.version = stored.version;
    state.lastResultAtMs = stored.lastResultAtMs;
    state.mix = stored.mix;
    for (const [shard, sequence] of stored.heardOf ?? []) state.heardOf.set(shard, sequence);
    return state;
  }

  /** Everything since the last checkpoint is marked clean: store it all. */
  checkpoint(): Checkpoint {
    const stored: StoredState = {
      format: 4,
      address: this.address,
      salt: this.salt,
      counts: this.ledger.counts(),
      version: this.version,
      trips: this.trips,
      streak: this.streak,
      segments: [...this.segments].map(([key, segment]) => [key, snapshotSegment(segment)] as const),
      scopes: [...this.scopes],
      timeline: this.timeline,
      transitions: this.transitions,
      outbox: this.outbox,
      lastResultAtMs: this.lastResultAtMs,
      mix: this.mix,
      ...(this.heardOf.size > 0 && { heardOf: [...this.heardOf] }),
    };
    const checkpoint = {
      text: JSON.stringify(stored),
      changedPages: this.ledger.dirtyPages(),
      droppedPages: this.ledger.droppedPages(),
      changedDrawers: this.ledger.dirtyDrawers(),
    };
    this.ledger.markClean();
    return checkpoint;
  }

  get epoch(): number {
    return this.address.epoch;
  }

  get revision(): number {
    return this.address.revision;
  }

  get resultsRecorded(): number {
    const { approved, declined, error, timeout, settled, refunded, disputed } = this.ledger.counts();
    return approved + declined + error + timeout + settled + refunded + disputed;
  }

  /** Deterministic: no clock, no dice. Mutates; a thrown error is a bug and leaves the state unusable. */
  apply(command: ProcessorCommand): Applied {
    switch (command.kind) {
      case 'results':
        return this.#applyResults(command.results, command.at);
      case 'permit':
        return this.#applyPermit(command.scope, command.nonce, command.at);
      case 'reset':
        return this.#applyReset(command.scope, command.at);
      case 'configure':
        return this.#applyConfigure(command.address);
      case 'adopt':
        this.ledger.adoptKeys(command.keys, command.at);
        return { outcomes: [], transitions: [], granted: false };
      case 'delta':
        return this.#applyDeltas(command);
    }
  }

  /** Whether a permit would be given now, without giving it: refusals leave no trace on disk. */
  wouldGrant(scope: SegmentKey, nonce: string, now: number): boolean {
    const held = this.scopes.get(scope);
    return (
      held === undefined || requestPermit(held.breaker, { nowMs: now, nonce, ttlMs: 0 }, this.address.breaker).granted
    );
  }

  /** `only`: the segments to tell of; all if none are named. */
  row(now: number, only: ReadonlySet<SegmentKey> | null = null): StatusRow {
    return processorRow(this, now, only);
  }

  /** The same for several readers of one moment. */
  rows(now: number): RowOf {
    return processorRows(this, now);
  }

  /** A row that readers will take for newer than any before it. */
  publishRow(now: number): StatusRow {
    this.version = Math.max(this.version + 1, now);
    return processorRow(this, now);
  }

  detail(now: number): HealthDetail {
    return processorDetail(this, now);
  }

  /** Over all segments, at most a second old: merging many sketches is the dearest part of a row. No part of the fold. */
  latency(now: number): LatencySummary | null {
    if (Math.abs(now - this.#latencyAt) >= LATENCY_FRESH_MS) {
      this.#latencyAt = now;
      const parts = [...this.segments.values()].map(({ latency }) => latency);
      this.#latency = latencySummary(parts, now);
    }
    return this.#latency;
  }

  /** By identity, not by count: while they were on their way others may have come, or the oldest gone. */
  signalsSent(sent: readonly AlertSignal[]): void {
    this.outbox = this.outbox.filter((signal) => !sent.includes(signal));
  }

  #applyResults(results: readonly CanonicalResult[], at: number): Applied {
    const outcomes = new Array<RecordOutcome>(results.length);
    const lesson = this.#lesson(results, at);
    for (const index of arrivalOrder(results)) {
      const result = results[index]!;
      const verdict = this.ledger.admit(result, at);
      outcomes[index] =
        verdict.kind === 'conflict'
          ? { outcome: 'refused', reason: 'conflicting_body' }
          : { outcome: verdict.kind === 'duplicate' ? 'duplicate' : 'recorded' };
      this.#learn(result, verdict, lesson);
    }
    this.#note(lesson.transitions);
    return { outcomes, transitions: lesson.transitions, granted: false };
  }

  /** Of each shard every commit once, whichever of them come together and however often. */
  #applyDeltas({ shard, deltas, at }: DeltaCommand): Applied {
    const transitions: BreakerTransition[] = [];
    for (const { sequence, at: committedAt, heard } of unheard(deltas, this.heardOf.get(shard) ?? 0)) {
      this.heardOf.set(shard, sequence);
      // Several shards tell of the same moments: time goes on all the same.
      const arrivedAt = Math.min(at, Math.max(committedAt, this.lastResultAtMs ?? 0));
      const results = heard.map(({ result }) => result);
      const lesson = this.#lesson(results, arrivedAt);
      for (const each of heard) this.#learn(each.result, this.ledger.hear(each.result, outcomeOf(each)), lesson);
      transitions.push(...lesson.transitions);
    }
    this.#note(transitions);
    return { outcomes: [], transitions, granted: false };
  }

  #lesson(results: readonly CanonicalResult[], at: number): Lesson {
    const before = effectiveStatuses(this, new Set(results.map(({ segment }) => segment)), at);
    for (const { learner } of this.segments.values()) passTo(learner, at);
    return { at, before, transitions: [] };
  }

  /** What a result teaches, once the ledger has said what it is. */
  #learn(result: CanonicalResult, verdict: Verdict, { at, before, transitions }: Lesson): void {
    if (verdict.kind === 'duplicate' || verdict.kind === 'conflict') return;
    if (result.result === 'refunded' || result.result === 'disputed') return;
    this.lastResultAtMs = Math.max(this.lastResultAtMs ?? 0, at);
    const segment = this.segment(result.segment);
    if (verdict.kind === 'settles') {
      settleResult(this, result, verdict.contribution, at);
      return;
    }
    addResult(this, segment, result, at);
    noteTraffic(this.mix, result.segment, at);
    if (at - result.eventTimeMs > DETECTION_AGE_MS) return;
    this.streak = nextStreak(this.streak, isTechnicalFailure(result));
    const transition = this.#feed(result, segment, at);
    if (transition !== null) {
      const spread = this.#spread(transition, at);
      transitions.push(transition, ...(spread === null ? [] : [spread]));
    }
    this.#say(before, at);
  }

  /** Shows the attempt to the one breaker it belongs to. */
  #feed(result: CanonicalResult, segment: SegmentState, at: number): BreakerTransition | null {
    const residual = this.scopes.get(RESIDUAL)!;
    const key = breakerScope({
      segment: result.segment,
      attemptsInWindow: segment.window.countWithin(at),
      segmentState: this.scopes.get(result.segment)?.breaker.state ?? null,
      residualState: residual.breaker.state,
      segmentWatched: isWatched(this.scopes.get(result.segment)),
    });
    const scope = this.scopes.get(key) ?? this.#scope(key, segment.window.entriesWithin(at).slice(1));
    if (key !== RESIDUAL && isWatched(residual)) showToWatched(residual, result, at);
    const sinceMs = countsSinceMs(scope.breaker);
    const change = feedScope(scope, result, {
      now: at,
      window:
        key === RESIDUAL ? technicalTally(residualEntries(this, at), sinceMs) : segment.window.tallyWithin(at, sinceMs),
      options: this.address.breaker,
      jitterSeed: at,
    });
    if (change === null) return null;
    const blamed = key === RESIDUAL && change.from === 'CLOSED' ? handOver(this, at) : null;
    return this.#changed(blamed ?? key, change);
  }

  /** A segment that opened may be one too many: then the processor's own breaker opens, and its permits are the ones that count. */
  #spread(transition: BreakerTransition, at: number): BreakerTransition | null {
    if (transition.to !== 'OPEN' || transition.scope === RESIDUAL) return null;
    const states = new Map([...this.scopes].map(([key, { breaker }]) => [key, breaker.state] as const));
    const windows = new Map([...this.segments].map(([key, { window }]) => [key, window] as const));
    if (!opensProcessor(states, windowShares(windows, at))) return null;
    const residual = this.scopes.get(RESIDUAL)!;
    const step = trip(residual.breaker, 'segments_open', at, this.address.breaker);
    residual.breaker = step.state;
    return step.transition === null ? null : this.#changed(RESIDUAL, step.transition);
  }

  #applyPermit(scopeKey: SegmentKey, nonce: string, at: number): Applied {
    const scope = this.#scope(scopeKey);
    const delayMs = this.segments.get(scopeKey)?.delay.p99Ms() ?? 0;
    const step = requestPermit(scope.breaker, { nowMs: at, nonce, ttlMs: permitTtlMs(delayMs) }, this.address.breaker);
    scope.breaker = step.state;
    const transitions = step.transition === null ? [] : [this.#changed(scopeKey, step.transition)];
    this.#note(transitions);
    return { outcomes: [], transitions, granted: step.granted };
  }

  #applyReset(scopeKey: SegmentKey | null, at: number): Applied {
    const transitions: BreakerTransition[] = [];
    for (const [key, scope] of this.scopes) {
      if (scopeKey !== null && key !== scopeKey) continue;
      const step = reset(scope.breaker, at);
      scope.breaker = step.state;
      if (step.transition !== null) transitions.push(this.#changed(key, step.transition));
    }
    this.#note(transitions);
    return { outcomes: [], transitions, granted: false };
  }

  /** Another prior counts where nothing is known yet; what a segment has learned is kept. */
  #applyConfigure(address: ProcessorAddress): Applied {
    this.address = address;
    for (const [key, segment] of this.segments)
      segment.learner = reseeded(segment.learner, priorOf(address.priors, key));
    return { outcomes: [], transitions: [], granted: false };
  }

  #changed(scope: SegmentKey, change: BreakerChange): BreakerTransition {
    if (change.from === 'CLOSED') this.trips += 1;
    if (change.to === 'CLOSED') {
      for (const [key, { learner }] of this.segments)
        if (scope === RESIDUAL || key === scope) restartFromBaseline(learner);
    }
    return { ...change, scope };
  }

  #note(transitions: readonly BreakerTransition[]): void {
    this.transitions = [...this.transitions, ...transitions].slice(-TRANSITIONS_KEPT);
  }

  #say(before: ReadonlyMap<SegmentKey, Status>, at: number): void {
    const signals = watchSignals(this, before, at);
    if (signals.length > 0) this.outbox = [...this.outbox, ...signals].slice(-OUTBOX_MAX);
  }

  #scope(key: SegmentKey, earlier: readonly WindowEntry[] = []): ScopeState {
    let scope = this.scopes.get(key);
    if (scope === undefined) {
      scope = createSeasonedScope(earlier);
      this.scopes.set(key, scope);
    }
    return scope;
  }

  /** The segment's state, made if it is new. */
  segment(key: SegmentKey): SegmentState {
    const held = this.segments.get(key);
    if (held !== undefined) return held;
    if (this.segments.size >= SEGMENTS_MAX) this.#dropOldestSegment();
    const segment = createSegment(priorOf(this.address.priors, key));
    this.segments.set(key, segment);
    return segment;
  }

  #dropOldestSegment(): void {
    const [oldest] = [...this.segments].sort(([, left], [, right]) => left.lastResultAtMs - right.lastResultAtMs);
    if (oldest === undefined) return;
    this.segments.delete(oldest[0]);
    this.scopes.delete(oldest[0]);
    delete this.mix[oldest[0]];
  }
}
