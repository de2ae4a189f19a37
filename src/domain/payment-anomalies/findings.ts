// What is on in a scope now, in words and numbers: kind, severity, evidence, money at risk.
import { evidenceOf } from './evidence-bank.ts';
import { severityOf, type Severity } from './severity.ts';
import { shareOf, type RecentMinutes } from './recent-minutes.ts';
import type { AnomalyKind } from './detection-limits.ts';
import type { MixWatch } from './mix-watch.ts';
import type { ScopeWatch, UsualNow } from './scope-watch.ts';

export interface Finding {
  readonly kind: AnomalyKind;
  readonly severity: Severity;
  /** How much it is: what its severity is of. */
  readonly effect: number;
  /** Numbers and words, none of them infinite. */
  readonly evidence: Readonly<Record<string, number | string>>;
  /** Approvals lost a minute times the mean amount; `null` where nothing is lost for certain, or amounts are not known. */
  readonly minorAtRiskPerMinute: number | null;
}

/** What must speak for card testing beside the declines: at most this share of the usual approvals. */
const APPROVALS_LEFT_MAX = 0.75;
const INVALID_LATELY_MIN = 1;
const SMALL_TIMES = 3;
const DISTINCT_MIN = 0.9;
const VOLUME_TIMES = 1.5;
const BIN_TIMES = 3;
const FINGERPRINT_TIMES = 3;

export function findingsOf(watch: ScopeWatch, usual: UsualNow): Finding[] {
  const found = [
    successDrop(watch, usual),
    volumeSpike(watch, usual),
    volumeDrop(watch, usual),
    latencyShift(watch, usual),
    mixShift('error_mix', watch.errors),
    mixShift('decline_mix', watch.declines),
    mixShift('amount_shift', watch.amounts),
    cardTesting(watch, usual),
    velocity(watch, usual),
  ];
  return found.filter((each) => each !== null);
}

function successDrop({ losses, recent }: ScopeWatch, { lossRate }: UsualNow): Finding | null {
  if (!losses.rise.isOn || lossRate === null) return null;
  const now = shareOf(recent.attempts - recent.approvals, recent.attempts);
  const missing = Math.max(0, (now - lossRate) / Math.max(1 - lossRate, 1e-6));
  const evidence = {
    successRate: rounded(1 - now),
    usualSuccessRate: rounded(1 - lossRate),
    attemptsPerMinute: rounded(perMinute(recent.attempts, recent)),
    technicalShare: rounded(shareOf(recent.failures, recent.failures + recent.declines)),
    nats: rounded(evidenceOf(losses.rise)),
  };
  const lost = Math.max(0, now - lossRate) * perMinute(recent.attempts, recent);
  return {
    kind: 'success_drop',
    ...gravity('success_drop', missing),
    evidence,
    minorAtRiskPerMinute: moneyOf(lost, recent),
  };
}

function volumeSpike({ attempts, recent }: ScopeWatch, { attempts: usual }: UsualNow): Finding | null {
  if (!attempts.spike.isOn || usual === null) return null;
  const now = perMinute(recent.attempts, recent);
  const evidence = {
    attemptsPerMinute: rounded(now),
    usualPerMinute: rounded(usual),
    nats: rounded(evidenceOf(attempts.spike)),
  };
  return {
    kind: 'volume_spike',
    ...gravity('volume_spike', now / usual),
    evidence,
    minorAtRiskPerMinute: null,
  };
}

function volumeDrop({ attempts, recent }: ScopeWatch, { attempts: usual, lossRate }: UsualNow): Finding | null {
  if (!attempts.drop.isOn || usual === null) return null;
  const now = perMinute(recent.attempts, recent);
  const missing = Math.max(0, 1 - now / usual);
  const evidence = {
    attemptsPerMinute: rounded(now),
    usualPerMinute: rounded(usual),
    nats: rounded(evidenceOf(attempts.drop)),
  };
  const lost = Math.max(0, usual - now) * (1 - (lossRate ?? 0));
  return {
    kind: 'volume_drop',
    ...gravity('volume_drop', missing),
    evidence,
    minorAtRiskPerMinute: moneyOf(lost, recent),
  };
}

function latencyShift({ latency, recent }: ScopeWatch, { slowShare }: UsualNow): Finding | null {
  const { rise } = latency.rate;
  if (!rise.isOn || slowShare === null) return null;
  const now = shareOf(recent.slow, recent.answered);
  const evidence = { slowShare: rounded(now), usualSlowShare: rounded(slowShare), nats: rounded(evidenceOf(rise)) };
  const times = now / Math.max(slowShare, 1e-3);
  return {
    kind: 'latency_shift',
    ...gravity('latency_shift', times),
    evidence,
    minorAtRiskPerMinute: null,
  };
}

function mixShift(kind: 'error_mix' | 'decline_mix' | 'amount_shift', { isOn, last }: MixWatch): Finding | null {
  if (!isOn || last === null) return null;
  const evidence = {
    kind: last.kind,
    share: rounded(last.after),
    usualShare: rounded(last.before),
    divergenceBits: rounded(last.divergence),
    standardDeviations: rounded(last.z),
    counts: rounded(last.counts),
  };
  return { kind, ...gravity(kind, last.divergence), evidence, minorAtRiskPerMinute: null };
}

/** Many declines for invalid data, few approvals, and one more sign of somebody who tries out cards. */
function cardTesting({ invalid, recent }: ScopeWatch, usual: UsualNow): Finding | null {
  if (!invalid.rise.isOn || usual.invalidRate === null || usual.lossRate === null) return null;
  // Where they are rare it takes thousands of attempts without one until their rise is over.
  if (recent.invalid < INVALID_LATELY_MIN) return null;
  const approvals = shareOf(recent.approvals, recent.attempts);
  if (approvals > APPROVALS_LEFT_MAX * (1 - usual.lossRate)) return null;
  const signs = {
    smallAmounts: shareOf(recent.small, recent.attempts) >= Math.max(0.2, SMALL_TIMES * usual.smallShare),
    manyCards:
      shareOf(recent.distinct, recent.attempts) >= DISTINCT_MIN &&
      usual.attempts !== null &&
      perMinute(recent.attempts, recent) >= VOLUME_TIMES * usual.attempts,
    oneBin: isTimes(perMinute(recent.busiestBin, recent), usual.binTries, BIN_TIMES),
    oneCard: isTimes(perMinute(recent.busiestFingerprint, recent), usual.fingerprintTries, FINGERPRINT_TIMES),
  };
  const told = Object.entries(signs).flatMap(([sign, isSeen]) => (isSeen ? [sign] : []));
  if (told.length === 0) return null;
  const rate = shareOf(recent.invalid, recent.attempts);
  const evidence = {
    invalidRate: rounded(rate),
    usualInvalidRate: rounded(usual.invalidRate),
    approvalRate: rounded(approvals),
    usualApprovalRate: rounded(1 - usual.lossRate),
    signs: told.join(' '),
    nats: rounded(evidenceOf(invalid.rise)),
  };
  return { kind: 'card_testing', ...gravity('card_testing', rate), evidence, minorAtRiskPerMinute: null };
}

function velocity(watch: ScopeWatch, usual: UsualNow): Finding | null {
  const { fingerprint, bin, recent } = watch;
  const card = {
    name: 'fingerprint',
    watch: fingerprint,
    now: recent.busiestFingerprint,
    usual: usual.fingerprintTries,
  };
  const prefix = { name: 'bin', watch: bin, now: recent.busiestBin, usual: usual.binTries };
  const on = [card, prefix].find((each) => each.watch.spike.isOn && each.usual !== null);
  if (on === undefined) return null;
  const now = perMinute(on.now, recent);
  const evidence = {
    of: on.name,
    triesPerMinute: rounded(now),
    usualPerMinute: rounded(on.usual!),
    nats: rounded(evidenceOf(on.watch.spike)),
  };
  return { kind: 'velocity', ...gravity('velocity', now / on.usual!), evidence, minorAtRiskPerMinute: null };
}

function gravity(kind: AnomalyKind, effect: number): Pick<Finding, 'severity' | 'effect'> {
  return { severity: severityOf(kind, effect), effect };
}

function isTimes(now: number, usual: number | null, times: number): boolean {
  return usual !== null && now >= times * usual;
}

function perMinute(sum: number, { minutes }: RecentMinutes): number {
  return shareOf(sum, minutes);
}

function moneyOf(lostPerMinute: number, { amountMinor, attempts }: RecentMinutes): number | null {
  return amountMinor > 0 && attempts > 0 ? Math.round((lostPerMinute * amountMinor) / attempts) : null;
}

/** Four significant digits are what anybody reads. */
function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
