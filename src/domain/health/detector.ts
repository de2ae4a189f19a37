// Says when a rate has changed for the worse against the processor's own baseline; what follows from it is decided by breakers, alerts and routing.
import { absorb, createBaseline, expel, rateOf, shorten, type Baseline } from './baseline.ts';
import {
  ALTERNATIVES,
  alternativesAt,
  isSaturated,
  levelOf,
  SETTINGS,
  type DetectorKind,
  type DetectorSettings,
} from './detector-thresholds.ts';
import type { DetectorSignal } from './status-row.ts';

export type { DetectorKind };

/**
 * The baseline stays six blocks behind: a change that is raised in time has not entered it, and a baseline that began too low is soon put
 * right. Waiting for a proof of quiet instead was measured: a low start then never hears of the attempts that would correct it.
 */
const BLOCKS_HELD = 6;
const BLOCK_ATTEMPTS_MIN = 32;
const BLOCK_ATTEMPTS_MAX = 128;
/** A block is this part of the attempts the baseline rests on, within those bounds. */
const BLOCK_PART = 1 / 24;
const DOUBT_HALVED_ATTEMPTS = 5_000;
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

interface Block {
  hits: number;
  attempts: number;
}

/** Plain JSON. A hit is the bad outcome: a technical failure, or a decline. */
export interface DetectorState {
  readonly kind: DetectorKind;
  attempts: number;
  readonly baseline: Baseline;
  /** What the test takes for the baseline until the next block is full: its rate, the level of that, and the part of the evidence that counts. */
  rate: number;
  level: number;
  credit: number;
  /** Blocks that wait to enter the baseline, oldest first; the last is being filled. */
  readonly held: Block[];
  /** Per alternative: CUSUM as a likelihood ratio, and attempts and hits since it was last 1 or less. */
  readonly evidence: number[];
  readonly runAttempts: number[];
  readonly runHits: number[];
  on: DetectorOn | null;
}

/** `settings`: those of the kind, unless the lab measures others. */
export function createDetector(kind: DetectorKind, settings: DetectorSettings = SETTINGS[kind]): DetectorState {
  const zeros = (): number[] => Array.from({ length: ALTERNATIVES }, () => 0);
  const state: DetectorState = {
    kind,
    attempts: 0,
    baseline: createBaseline(settings.priorRate, settings.priorAttempts),
    rate: 0,
    level: 0,
    credit: 1,
    held: [{ hits: 0, attempts: 0 }],
    evidence: zeros(),
    runAttempts: zeros(),
    runHits: zeros(),
    on: null,
  };
  refresh(settings, state);
  return state;
}

export type RestorableDetector = Pick<DetectorState, 'kind' | 'attempts' | 'baseline' | 'on'>;

/** A detector of a former life with its baseline and its alarm; evidence of a change under way is gathered anew. */
export function restoreDetector({ kind, attempts, baseline, on }: RestorableDetector): DetectorState {
  const state: DetectorState = { ...createDetector(kind), attempts, baseline, on };
  refresh(SETTINGS[kind], state);
  return state;
}

/** `hit`: the bad outcome. Approval detectors are shown decided attempts only. */
export function observe(
  state: DetectorState,
  hit: boolean,
  nowMs: number,
  settings: DetectorSettings = SETTINGS[state.kind],
): void {
  state.attempts++;
  if (state.on) observeOn(settings, state, state.on, hit);
  else if (state.attempts <= settings.attemptsMin) {
    absorb(state.baseline, hit ? 1 : 0, 1);
    if (state.attempts >= settings.attemptsMin) refresh(settings, state);
  } else observeOff(settings, state, hit, nowMs);
}

function observeOff(settings: DetectorSettings, state: DetectorState, hit: boolean, nowMs: number): void {
  const { odds, limit } = alternativesAt(settings, state.level);
  const { evidence, runAttempts, runHits, rate, credit } = state;
  let isAlarm = false;
  for (let i = 0; i < evidence.length; i++) {
    const times = odds[i]!;
    const before = evidence[i]!;
    if (before <= 1) runAttempts[i] = runHits[i] = 0;
    const now = ((before > 1 ? before : 1) * (hit ? times : 1)) / (1 + rate * (times - 1));
    // What is less than 1 counts as 1, which is short as JSON.
    evidence[i] = now > 1 ? now : 1;
    runAttempts[i]!++;
    if (hit) {
      runHits[i]!++;
      if (now * credit >= limit[i]!) isAlarm = true;
    }
  }
  hold(settings, state, hit);
  if (isAlarm && !isSaturated(state.level)) raise(settings, state, nowMs);
}

/** Evidence is weighed against the rate as it stood before these attempts. */
function hold(settings: DetectorSettings, state: DetectorState, hit: boolean): void {
  const { held, baseline } = state;
  const block = held.at(-1)!;
  block.attempts++;
  if (hit) block.hits++;
  const size = Math.min(BLOCK_ATTEMPTS_MAX, Math.max(BLOCK_ATTEMPTS_MIN, Math.floor(baseline.attempts * BLOCK_PART)));
  if (block.attempts < size) return;
  held.push({ hits: 0, attempts: 0 });
  if (held.length <= BLOCKS_HELD + 1) return;
  const oldest = held.shift()!;
  absorb(baseline, oldest.hits, oldest.attempts);
  shorten(baseline, settings.memoryAttempts);
  refresh(settings, state);
}

function refresh(settings: DetectorSettings, state: DetectorState): void {
  state.rate = Math.max(settings.baselineMin, rateOf(state.baseline));
  state.level = levelOf(state.rate);
  state.credit = 1 / (1 + settings.doubt / (1 + state.baseline.attempts / DOUBT_HALVED_ATTEMPTS));
}

function raise(settings: DetectorSettings, state: DetectorState, nowMs: number): void {
  let likeliest = 0;
  for (let i = 1; i < state.evidence.length; i++) if (state.evidence[i]! > state.evidence[likeliest]!) likeliest = i;
  const attempts = state.runAttempts[likeliest]!;
  const hits = state.runHits[likeliest]!;
  settleHeld(state, hits, attempts);
  refresh(settings, state);
  state.on = {
    sinceMs: nowMs,
    baseline: rateOf(state.baseline),
    attempts,
    recentHits: hits,
    recentAttempts: attempts,
    quiet: 0,
  };
}

/** What is held may be part of the change and is forgotten; of a change older than that, what has entered the baseline leaves it. */
function settleHeld(state: DetectorState, changeHits: number, changeAttempts: number): void {
  const held = state.held.splice(0, Infinity, { hits: 0, attempts: 0 });
  const attempts = changeAttempts - held.reduce((sum, block) => sum + block.attempts, 0);
  const hits = changeHits - held.reduce((sum, block) => sum + block.hits, 0);
  if (attempts > 0) expel(state.baseline, Math.max(0, hits), attempts);
}

function observeOn(settings: DetectorSettings, state: DetectorState, on: DetectorOn, hit: boolean): void {
  on.attempts++;
  on.recentAttempts++;
  if (hit) on.recentHits++;
  if (on.recentAttempts > RECENT_ATTEMPTS) {
    on.recentHits *= RECENT_ATTEMPTS / on.recentAttempts;
    on.recentAttempts = RECENT_ATTEMPTS;
  }
  const nearest = settings.nearestOdds;
  const against = Math.log1p(state.rate * (nearest - 1)) - (hit ? Math.log(nearest) : 0);
  on.quiet = Math.max(0, on.quiet + against);
  if (on.quiet >= QUIET_NATS) resetWith(settings, state);
  else if (on.attempts >= settings.acceptAfterAttempts) acceptWith(settings, state, on);
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
  resetWith(SETTINGS[state.kind], state);
}

function resetWith(settings: DetectorSettings, state: DetectorState): void {
  if (state.attempts <= settings.attemptsMin) {
    Object.assign(state, createDetector(state.kind, settings));
    return;
  }
  state.on = null;
  shorten(state.baseline, REMEMBERED_ATTEMPTS);
  state.held.splice(0, Infinity, { hits: 0, attempts: 0 });
  for (const list of [state.evidence, state.runAttempts, state.runHits]) list.fill(0);
  refresh(settings, state);
}

/** Takes the present level for the baseline: the change is here to stay. Quiet detectors are left as they are. */
export function acceptLevel(state: DetectorState): void {
  if (state.on) acceptWith(SETTINGS[state.kind], state, state.on);
}

function acceptWith(settings: DetectorSettings, state: DetectorState, on: DetectorOn): void {
  state.baseline.hits = on.recentHits;
  state.baseline.attempts = on.recentAttempts;
  resetWith(settings, state);
}
