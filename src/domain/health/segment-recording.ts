// What one new or settled result adds to its segment: window, counts by minute, latency, delay, fee and posterior.
import { correct, elsewhereFor, learn, passBy, passTo, rememberHour, unlearn } from '../learning/posterior.ts';
import { amountBandOf, hourBandOf, offsetAt, offsetsIn } from '../learning/context-effects.ts';
import { isTechnicalFailure, type ApiResult, type CanonicalResult } from '../results/canonical-result.ts';
import { noteFee, type SegmentState } from './segment-state.ts';
import { noteMinute, type Timeline } from './timeline.ts';
import type { Contribution } from '../results/unsettled-attempts.ts';
import type { ProcessorAddress } from './processor-address.ts';
import type { Ledger } from '../results/ledger.ts';
import type { SegmentKey } from '../identity.ts';
import type { WindowEntry } from './window.ts';

/** A result teaches half as much for every six hours between its decision and its arrival: OXXO and PSE settle in days. */
const AGE_HALF_LIFE_MS = 6 * 3_600_000;

const weightOf = (ageMs: number): number => 2 ** (-Math.max(0, ageMs) / AGE_HALF_LIFE_MS);

interface Recording {
  readonly ledger: Ledger;
  readonly address: Pick<ProcessorAddress, 'context'>;
  readonly timeline: Timeline;
}

interface Settling extends Recording {
  readonly segments: ReadonlyMap<SegmentKey, SegmentState>;
  segment(key: SegmentKey): SegmentState;
}

/** A wrong code or an empty account is declined wherever the payment goes: it says nothing of the processor. */
const isCustomers = ({ result, fault }: CanonicalResult): boolean => result === 'declined' && fault === 'user';

/** An approval from a sender that never tells of a failure is no draw of a coin; a lost card is declined on every route. */
const saysNothingOfApproval = (result: CanonicalResult): boolean =>
  isCustomers(result) ||
  (result.teachesApproval === false && (result.result === 'approved' || result.result === 'declined'));

export function addResult(recording: Recording, segment: SegmentState, result: CanonicalResult, at: number): void {
  const api = result.result as ApiResult;
  const joined =
    result.decision !== null && recording.ledger.joinNonce(result.decision.nonce, at) ? result.decision : null;
  segment.window.dropFuture(at);
  segment.window.add(entryOf(recording.ledger, result));
  noteMinute(recording.timeline, api, result.eventTimeMs, 1);
  noteMeasures(segment, result, joined?.decidedAtMs ?? null, at);
  const ageMs = at - (joined?.decidedAtMs ?? result.eventTimeMs);
  const learner = result.attempt === 1 ? segment.learner : segment.retryLearner;
  passTo(learner, at);
  if (joined !== null && !joined.offRecommendation) passBy(learner, elsewhereFor(joined.propensity));
  if (saysNothingOfApproval(result)) return;
  const worth = { weight: weightOf(ageMs), offset: offsetOf(recording, result, at - ageMs) };
  const learnedIndex = learn(learner, api === 'approved', worth.weight, worth.offset);
  rememberHour(learner, api === 'approved', worth, at - ageMs);
  if (api !== 'timeout') return;
  recording.ledger.keepUnsettled(result, {
    segment: result.segment,
    eventTimeMs: result.eventTimeMs,
    arrivedAtMs: at,
    learnedIndex,
    attempt: result.attempt,
    amountMinor: result.amountMinor,
    currency: result.currency,
    decisionNonce: joined?.nonce ?? null,
  });
}

type Placed = Pick<CanonicalResult, 'segment' | 'attempt' | 'amountMinor'>;

/** Circumstances are learned from first attempts, and speak of those. */
function offsetOf({ address }: Recording, { segment, attempt, amountMinor }: Placed, atMs: number): number {
  const offsets = attempt === 1 ? offsetsIn(address.context, segment) : null;
  return offsets === null ? 0 : offsetAt(offsets, amountBandOf(amountMinor), hourBandOf(atMs));
}

/**
 * The final of an attempt that was unknown: what the unknown put in is corrected, not counted beside it. A final that names another
 * segment is believed: the unknown is taken out of the one it named.
 */
export function settleResult(
  recording: Settling,
  result: CanonicalResult,
  contribution: Contribution,
  at: number,
): void {
  const api = result.result as ApiResult;
  // Looked up before the final's segment is made: making that may drop the oldest one.
  const first = recording.segments.get(contribution.segment);
  const segment = recording.segment(result.segment);
  const entry = entryOf(recording.ledger, result);
  const weight = weightOf(contribution.arrivedAtMs - contribution.eventTimeMs);
  const worth = { weight, offset: offsetOf(recording, contribution, contribution.eventTimeMs) };
  const learnerOf = (of: SegmentState) => (contribution.attempt === 1 ? of.learner : of.retryLearner);
  if (first === segment) {
    segment.window.replace(entry);
    if (saysNothingOfApproval(result)) unlearn(learnerOf(segment), contribution.learnedIndex, weight, worth.offset);
    else correct(learnerOf(segment), contribution.learnedIndex, api === 'approved', worth);
  } else {
    first?.window.remove(entry.idHash);
    if (first !== undefined) unlearn(learnerOf(first), contribution.learnedIndex, weight, worth.offset);
    segment.window.add(entry);
    if (!saysNothingOfApproval(result))
      learn(learnerOf(segment), api === 'approved', weight, offsetOf(recording, result, contribution.eventTimeMs));
  }
  noteMinute(recording.timeline, 'timeout', contribution.eventTimeMs, -1);
  noteMinute(recording.timeline, api, result.eventTimeMs, 1);
  if (result.feeMinor !== null) noteFee(segment, result.feeMinor);
  segment.lastResultAtMs = Math.max(segment.lastResultAtMs, at);
  noteDecided(segment, result.decision?.decidedAtMs ?? contribution.eventTimeMs);
}

function noteDecided(segment: SegmentState, decidedAtMs: number): void {
  segment.newestDecidedAtMs = Math.max(segment.newestDecidedAtMs ?? 0, decidedAtMs);
}

function noteMeasures(segment: SegmentState, result: CanonicalResult, decidedAtMs: number | null, at: number): void {
  if (result.latencyMs !== null) segment.latency.add(result.latencyMs, at);
  if (result.feeMinor !== null) noteFee(segment, result.feeMinor);
  const beganAt = decidedAtMs ?? (result.hasOwnEventTime ? result.eventTimeMs : null);
  if (beganAt !== null) segment.delay.add(at - beganAt);
  segment.currency = result.currency;
  segment.lastResultAtMs = Math.max(segment.lastResultAtMs, at);
  noteDecided(segment, beganAt ?? at);
}

function entryOf(ledger: Ledger, result: CanonicalResult): WindowEntry {
  return {
    timeMs: result.eventTimeMs,
    idHash: ledger.hashOf(result.transactionId),
    result: result.result as ApiResult,
    technical: isTechnicalFailure(result),
    latencyMs: result.latencyMs,
    feeMinor: result.feeMinor,
    amountMinor: result.amountMinor,
  };
}
