// Says when a rate has changed for the worse against the processor's own baseline; what follows from it is decided by breakers, alerts and routing.
import { absorb, boundOf, createBaseline, rateOf, shorten, type Baseline } from './baseline.ts';
import { ALTERNATIVES, alternativesAt, isSaturated, levelOf, type DetectorKind } from './detector-thresholds.ts';
import type { DetectorSignal } from './status-row.ts';

export type { DetectorKind };

interface KindSettings {
  readonly priorRate: number;
  readonly priorAttempts: number;
  /** Attempts before it may fire. */
  readonly attemptsMin: number;
  /** Attempts since the change after which the new level is the baseline. */
  readonly acceptAfterAttempts: number;
}
const SETTINGS: Readonly<Record<DetectorKind, KindSettings>> = {
  // A technical level is never accepted: its breaker, not habit, ends the alarm.
  technical: { priorRate: 0.02, priorAttempts: 20, attemptsMin: 200, acceptAfterAttempts: Infinity },
  approval: { priorRate: 0.2, priorAttempts: 5, attemptsMin: 200, acceptAfterAttempts: 2_000 },
};
/**
 * While the baseline rests on few attempts, small changes are tested against what it may be at worst (false alarms fail there first),
 * great ones against a little less than it has looked (they bear the error, and the delay after 200 attempts is what counts).
 */
const NEAR_ALTERNATIVES = 4;
const NEAR_DEVIATIONS = 2.2;
const FAR_DEVIATIONS = -0.8;
const REFRESH_ATTEMPTS = 32;
const RECENT_ATTEMPTS = 200;
/** Evidence (nats) for the baseline, against the nearest alternative, at which a detector is quiet again: half a recovery is none. */
const QUIET_NATS = 8;
/** What the baseline still rests on after a change: a level that moved a little and stays is then soon the new baseline, without alarm upon alarm. */
const REMEMBERED_ATTEMPTS = 500;

interface DetectorOn {
  readonly sinceMs: number;
  /** Bad rate before. */
  readonly baseline: number;
  attempts: number;
  recentHits: number;
  recentAttempts: number;
  /** Evidence that the baseline is back. */
  quiet: number;
}

/** Plain JSON. A hit is the bad outcome: a technical failure, or a decline. */
export interface DetectorState {
  readonly kind: DetectorKind;
  attempts: number;
  readonly baseline: Baseline;
  /** The baseline as near and far alternatives see it (levelOf). */
  nearLevel: number;
  farLevel: number;
  refreshIn: number;
  /** Per alternative: evidence (Shiryaev-Roberts), CUSUM, and attempts and hits since that CUSUM was last zero. */
  readonly evidence: number[];
  readonly score: number[];
  readonly runAttempts: number[];
  readonly runHits: number[];
  on: DetectorOn | null;
}

export function createDetector(kind: DetectorKind): DetectorState {
  const { priorRate, priorAttempts } = SETTINGS[kind];
  const zeros = (): number[] => Array.from({ length: ALTERNATIVES }, () => 0);
  return {
    kind,
    attempts: 0,
    baseline: createBaseline(priorRate, priorAttempts),
    nearLevel: levelOf(priorRate),
    farLevel: levelOf(priorRate),
    refreshIn: 0,
    evidence: zeros(),
    score: zeros(),
    runAttempts: zeros(),
    runHits: zeros(),
    on: null,
  };
}

/** `hit`: the bad outcome. Approval detectors are shown decided attempts only. */
export function observe(state: DetectorState, hit: boolean, nowMs: number): void {
  state.attempts++;
  if (state.on) observeOn(state, state.on, hit);
  else if (state.attempts <= SETTINGS[state.kind].attemptsMin) absorb(state.baseline, hit ? 1 : 0, 1);
  else observeOff(state, hit, nowMs);
}

function observeOff(state: DetectorState, hit: boolean, nowMs: number): void {
  if (--state.refreshIn <= 0) {
    state.nearLevel = levelOf(boundOf(state.baseline, NEAR_DEVIATIONS));
    state.farLevel = levelOf(boundOf(state.baseline, FAR_DEVIATIONS));
    state.refreshIn = REFRESH_ATTEMPTS;
  }
  if (isSaturated(state.nearLevel)) return absorb(state.baseline, hit ? 1 : 0, 1);
  const near = alternativesAt(state.kind, state.nearLevel);
  const far = alternativesAt(state.kind, state.farLevel);
  const { evidence, score, runAttempts, runHits } = state;
  let sum = 0;
  for (let i = 0; i < ALTERNATIVES; i++) {
    const table = i < NEAR_ALTERNATIVES ? near : far;
    // At any rate up to the baseline, sum(share x evidence) - attempts is a supermartingale: its limit is the mean time to false alarm.
    evidence[i] = (1 + evidence[i]!) * (hit ? table.hitRatio : table.missRatio)[i]!;
    sum += table.weight[i]! * evidence[i]!;
    runAttempts[i]!++;
    if (hit) runHits[i]!++;
    score[i]! += (hit ? table.hitScore : table.missScore)[i]!;
    if (score[i]! <= 0) {
      // What came before a zero of the nearest alternative's CUSUM is no part of a change and may enter the baseline; the rest waits.
      if (i === 0) absorb(state.baseline, runHits[0]!, runAttempts[0]!);
      score[i] = runAttempts[i] = runHits[i] = 0;
    }
  }
  if (hit && sum >= far.limit) raise(state, nowMs);
}

function raise(state: DetectorState, nowMs: number): void {
  let likeliest = 0;
  for (let i = 1; i < ALTERNATIVES; i++) if (state.score[i]! > state.score[likeliest]!) likeliest = i;
  const attempts = state.runAttempts[likeliest]!;
  state.on = {
    sinceMs: nowMs,
    baseline: rateOf(state.baseline),
    attempts,
    recentHits: state.runHits[likeliest]!,
    recentAttempts: attempts,
    quiet: 0,
  };
}

function observeOn(state: DetectorState, on: DetectorOn, hit: boolean): void {
  on.attempts++;
  on.recentAttempts++;
  if (hit) on.recentHits++;
  if (on.recentAttempts > RECENT_ATTEMPTS) {
    on.recentHits *= RECENT_ATTEMPTS / on.recentAttempts;
    on.recentAttempts = RECENT_ATTEMPTS;
  }
  const { hitScore, missScore } = alternativesAt(state.kind, state.nearLevel);
  on.quiet = Math.max(0, on.quiet - (hit ? hitScore : missScore)[0]!);
  if (on.quiet >= QUIET_NATS) resetDetector(state);
  else if (on.attempts >= SETTINGS[state.kind].acceptAfterAttempts) acceptLevel(state);
}

/** The signal while it is on. Rates are of failures for technical, of approvals for approval. */
export function signalOf(state: DetectorState): DetectorSignal | null {
  const { kind, on } = state;
  if (!on) return null;
  const recent = on.recentHits / on.recentAttempts;
  return {
    kind,
    sinceMs: on.sinceMs,
    baseline: kind === 'approval' ? 1 - on.baseline : on.baseline,
    recent: kind === 'approval' ? 1 - recent : recent,
    attempts: on.attempts,
  };
}

/** Only the technical detector trips a breaker: issuers decline for reasons of their own. */
export function isTripping(state: DetectorState): boolean {
  return state.kind === 'technical' && state.on !== null;
}

/** Rate of failures for technical, of approvals for approval; and attempts seen so far, before which it is only a prior. */
export function baselineOf(state: DetectorState): { readonly rate: number; readonly attempts: number } {
  const rate = rateOf(state.baseline);
  return { rate: state.kind === 'approval' ? 1 - rate : rate, attempts: state.attempts };
}

/** Quiet again with the baseline of before: the breaker closed, or the change is over. What came since the change is forgotten. */
export function resetDetector(state: DetectorState): void {
  state.on = null;
  shorten(state.baseline, REMEMBERED_ATTEMPTS);
  state.refreshIn = 0;
  for (const list of [state.evidence, state.score, state.runAttempts, state.runHits]) list.fill(0);
  if (state.attempts <= SETTINGS[state.kind].attemptsMin) Object.assign(state, createDetector(state.kind));
}

/** Takes the present level for the baseline: the change is here to stay. Quiet detectors are left as they are. */
export function acceptLevel(state: DetectorState): void {
  if (!state.on) return;
  state.baseline.hits = state.on.recentHits;
  state.baseline.attempts = state.on.recentAttempts;
  resetDetector(state);
}
