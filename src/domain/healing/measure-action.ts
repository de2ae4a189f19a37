// What came of an act, measured at a later sweep: it goes on, takes its next step, or has ended, and may have to be undone.
import { boardLagMs } from './detect-upkeep.ts';
import { actedAt, type HealingAction, type HealingOutcome, type Remedy } from './healing-action.ts';
import { breakerOf, failedShare, flows, othersAble, resultsSince, segmentsIn } from './standing-now.ts';
import { DRAIN_MEASURED_BEFORE_MS, DRAIN_TTL_MS, PROBE_RESULTS_MIN } from './detect-traffic.ts';
import { isBookkeeping } from './no-attempt.ts';
import { isRelapse, isStepDone, nextShare, RAMP_TTL_MS, STEP_RESULTS } from './ramp.ts';
import { goneOf } from './processor-life.ts';
import type { HouseSnapshot } from './snapshot.ts';
import { READER_LAG_MS } from './lost-alarms.ts';
import type { ProcessorId, SegmentKey } from '../identity.ts';
import type { RegisteredProcessor } from '../processor-config.ts';
import { TAKEOVER_RESULTS_MIN, takenInWindows, takeoverOf, WINDOW_AGE_MS } from './takeover.ts';

/** An act of which nobody has said that it was done may still be on its way. */
export const CUT_OFF_MS = 90_000;
const SETTLE_MS = 55_000;
/** What has shown nothing by then does not count as recovered. */
const GIVE_UP_MS = 600_000;

export type Measurement =
  | { readonly verdict: 'wait' }
  /** It goes on; that it has helped is kept, for what shows so may be gone when it is over. */
  | { readonly verdict: 'seen'; readonly recoveredAtMs: number }
  | { readonly verdict: 'step'; readonly step: number; readonly remedy: Remedy }
  | {
      readonly verdict: 'end';
      readonly outcome: HealingOutcome;
      readonly measured: string;
      /** Still to be done: the undo, or what the act leaves behind. `null`: nothing. */
      readonly remedy: Remedy | null;
      readonly undone: boolean;
      /** Left out: nothing tells it better than the sweep that measures. */
      readonly recoveredAtMs?: number;
    };

const WAIT: Measurement = { verdict: 'wait' };
const ended = (outcome: HealingOutcome, measured: string, remedy: Remedy | null = null): Measurement => ({
  verdict: 'end',
  outcome,
  measured,
  remedy,
  undone: false,
});
const recoveredAt = (recoveredAtMs: number, measured: string): Measurement => ({
  verdict: 'end',
  outcome: 'recovered',
  measured,
  remedy: null,
  undone: false,
  recoveredAtMs,
});
const undoneBy = (remedy: Remedy | null, measured: string): Measurement => ({
  verdict: 'end',
  outcome: 'made_worse',
  measured,
  remedy,
  undone: true,
});

interface Told {
  readonly action: HealingAction;
  readonly house: HouseSnapshot;
  readonly ageMs: number;
}

/** `action` is open. */
export function measureAction(action: HealingAction, house: HouseSnapshot): Measurement {
  const ageMs = house.now - actedAt(action);
  if (action.standing.state === 'acting' && ageMs < CUT_OFF_MS && ageMs >= 0) return WAIT;
  const gone = isBookkeeping(action) ? null : goneOf(action, house);
  if (gone !== null) return ended('not_recovered', gone);
  const told: Told = { action, house, ageMs };
  switch (action.kind) {
    case 'reconcile_unknowns':
      return ofUnknowns(told);
    case 'replay_dead_letters':
      return ofLetters(told);
    case 'refresh_boards':
      return ofBoards(told);
    case 'rearm_alarms':
      return action.remedy.do === 'rearm' ? ofAlarm(told) : ofReader(told);
    default:
      return isBookkeeping(action) ? ofEnded(told) : ofTraffic(told);
  }
}

function ofTraffic(told: Told): Measurement {
  const { action, house } = told;
  const processor = house.configuration.processors.find(({ id }) => id === action.processorId);
  if (processor === undefined) return ended('not_recovered', 'It is about no processor');
  const { remedy } = action;
  if (remedy.do === 'put_override' && !house.configuration.overrides.some(({ id }) => id === remedy.override.id))
    return action.standing.state === 'acting'
      ? ended('interrupted', 'It was cut off before it was done')
      : ended('not_recovered', 'Its override was lifted, or ended, before it had shown anything');
  switch (action.kind) {
    case 'probe_breaker':
      return ofProbe(told, processor.id);
    case 'ramp_back':
      return ofRamp(told, processor.id);
    case 'expire_override':
      return ofLifted(told, processor);
    default:
      return ofDrain(told, processor);
  }
}

function ofProbe({ action, house, ageMs }: Told, id: ProcessorId): Measurement {
  const scope = action.subject as SegmentKey;
  const seen = resultsSince(house, id, scope, actedAt(action));
  const turned = house.processors.get(id)?.detail?.transitions ?? [];
  const reopened = turned.some((turn) => turn.scope === scope && turn.to === 'OPEN' && turn.atMs > actedAt(action));
  if (reopened) return undoneBy(null, 'The breaker has opened again');
  if (breakerOf(house, id, scope).state !== 'CLOSED')
    return ageMs < SETTLE_MS ? WAIT : ended('not_recovered', 'The breaker is not closed');
  const told = `${seen.total} results, ${seen.failed} of them technical failures`;
  if (seen.total >= PROBE_RESULTS_MIN && failedShare(seen) >= 0.5) {
    const isLast = othersOf(house, id, scope) === 0;
    return isLast ? ended('not_recovered', `${told}; nobody else can take its place`) : undoneBy(action.undo, told);
  }
  if (ageMs < SETTLE_MS) return WAIT;
  if (seen.total >= PROBE_RESULTS_MIN) return ended('recovered', told);
  return ageMs < GIVE_UP_MS ? WAIT : ended('not_recovered', `Too few results to say: ${told}`);
}

/** How few can stand in for it in the segment where they are fewest. */
function othersOf(house: HouseSnapshot, id: ProcessorId, scope: SegmentKey): number {
  const processor = house.configuration.processors.find((one) => one.id === id);
  if (processor === undefined) return 0;
  return Math.min(...segmentsIn(processor, scope).map((segment) => othersAble(house, id, segment).length));
}

function ofRamp({ action, house, ageMs }: Told, id: ProcessorId): Measurement {
  const scope = action.subject as SegmentKey;
  const { remedy, undo, plannedAtMs, standing } = action;
  const seen = resultsSince(house, id, scope, actedAt(action));
  const told = `${seen.total} results at this step, ${seen.failed} of them technical failures`;
  const view = breakerOf(house, id, scope);
  if (view.state !== 'CLOSED') return undoneBy(undo, `Its breaker is ${view.state} again`);
  if (isRelapse(seen)) return undoneBy(undo, told);
  if (!isStepDone(seen, ageMs)) return WAIT;
  const share = shareNow(house, action.id);
  const next = share === null ? null : nextShare(share);
  if (next !== null && remedy.do === 'put_override') {
    const step = standing.state === 'done' ? standing.step + 1 : 1;
    const override = { ...remedy.override, share: next, ttlMs: RAMP_TTL_MS };
    return { verdict: 'step', step, remedy: { do: 'put_override', override } };
  }
  const lift: Remedy = { do: 'lift_override', overrideId: action.id };
  const all = resultsSince(house, id, scope, plannedAtMs);
  if (all.total < STEP_RESULTS) return ended('not_recovered', `Too few results to say: ${all.total}`, lift);
  return ended('recovered', `${all.total} results while it came back, ${all.failed} of them technical failures`, lift);
}

const shareNow = ({ configuration }: HouseSnapshot, id: string): number | null =>
  configuration.overrides.find((override) => override.id === id)?.share ?? null;

function ofDrain({ action, house, ageMs }: Told, processor: RegisteredProcessor): Measurement {
  const segments = segmentsIn(processor, action.subject as SegmentKey);
  const alone = segments.find((segment) => othersAble(house, processor.id, segment).length === 0);
  if (alone !== undefined) return undoneBy(action.undo, `Nobody else can serve ${alone} any more`);
  const failedShareMax = Number(action.evidence['error_rate'] ?? 1) / 2;
  const seen = takeoverOf(house, { id: processor.id, segments, sinceMs: actedAt(action), failedShareMax });
  const noted = action.standing.state === 'done' ? (action.standing.recoveredAtMs ?? null) : null;
  const ttlMs = action.remedy.do === 'put_override' ? action.remedy.override.ttlMs : DRAIN_TTL_MS;
  if (ageMs < ttlMs - DRAIN_MEASURED_BEFORE_MS) {
    const isNews = action.standing.state === 'done' && noted === null && seen.recoveredAtMs !== null;
    return isNews ? { verdict: 'seen', recoveredAtMs: seen.recoveredAtMs } : WAIT;
  }
  const isScarce = seen.total < TAKEOVER_RESULTS_MIN && ageMs >= WINDOW_AGE_MS;
  const shown = isScarce ? takenInWindows(house, { id: processor.id, segments }) : seen;
  const told = `${shown.total} results at the others, ${shown.failed} of them technical failures`;
  if (shown.total < TAKEOVER_RESULTS_MIN) return ended('not_recovered', `Too few results to say: ${told}`);
  if (failedShare(shown) > failedShareMax) return ended('not_recovered', told);
  const recoveredAtMs = noted ?? seen.recoveredAtMs;
  return recoveredAtMs === null ? ended('recovered', told) : recoveredAt(recoveredAtMs, told);
}

function ofLifted({ action, house, ageMs }: Told, processor: RegisteredProcessor): Measurement {
  const isThere = house.configuration.overrides.some(({ id }) => id === action.subject);
  if (isThere)
    return ended(action.standing.state === 'acting' ? 'interrupted' : 'not_recovered', 'It is in force again');
  const segment = action.evidence['segment'] as SegmentKey;
  const seen = resultsSince(house, processor.id, segment, actedAt(action));
  const told = `${seen.total} results in ${segment}, ${seen.failed} of them technical failures`;
  const wasIgnored = action.evidence['kind'] === 'force_close' || action.evidence['kind'] === 'metrics_only';
  if (wasIgnored && !flows(house, processor.id, segment)) return ended('recovered', 'Its breaker protects again');
  if (seen.total >= PROBE_RESULTS_MIN && failedShare(seen) >= 0.5)
    return wasIgnored ? ended('not_recovered', told) : undoneBy(action.undo, told);
  if (seen.total >= PROBE_RESULTS_MIN && ageMs >= SETTLE_MS) return ended('recovered', told);
  return ageMs < GIVE_UP_MS ? WAIT : ended('not_recovered', `Too few results to say: ${told}`);
}

function ofEnded({ action, house, ageMs }: Told): Measurement {
  const isKept = house.endedOverrides.some(({ id }) => id === action.subject);
  if (!isKept) return recoveredAt(actedAt(action), 'It is kept no more');
  if (action.standing.state === 'acting') return ended('interrupted', 'It was cut off before it was done');
  return ageMs < SETTLE_MS ? WAIT : ended('not_recovered', 'It is still kept');
}

function ofUnknowns({ action, house, ageMs }: Told): Measurement {
  if (ageMs < SETTLE_MS) return WAIT;
  const left = action.processorId === null ? null : (house.processors.get(action.processorId)?.overdueUnknowns ?? null);
  if (left === 0) return ended('recovered', 'None is overdue any more');
  if (ageMs < GIVE_UP_MS) return WAIT;
  return ended(
    'not_recovered',
    left === null ? 'Nobody can say' : `${left} are overdue: their processor has to be asked`,
  );
}

function ofLetters({ action, house, ageMs }: Told): Measurement {
  if (ageMs < SETTLE_MS) return WAIT;
  const left = house.letters.get(action.subject)?.count ?? 0;
  const before = Number(action.evidence['letters'] ?? 0);
  return ended(left < before ? 'recovered' : 'not_recovered', `${left} of ${before} are left`);
}

function ofBoards({ house, ageMs }: Told): Measurement {
  if (ageMs < SETTLE_MS) return WAIT;
  const late = [...house.processors.values()].filter((seen) => boardLagMs(house, seen) >= ageMs).length;
  if (late === 0 && house.boardsHeard) return ended('recovered', 'The boards know what was recorded before');
  return ageMs < GIVE_UP_MS ? WAIT : ended('not_recovered', `${late} processors' results have still not come`);
}

function ofReader({ action, house, ageMs }: Told): Measurement {
  const reader = house.readers.find(({ sourceId }) => sourceId === action.subject);
  if (reader === undefined) return ended('not_recovered', 'The stream is read no more');
  if ((reader.lastStepAtMs ?? -Infinity) > actedAt(action)) return ended('recovered', 'It has taken a step');
  return ageMs < READER_LAG_MS ? WAIT : ended('not_recovered', 'It has taken no step');
}

/** What answers nothing may still be without an alarm. */
function ofAlarm({ action, house, ageMs }: Told): Measurement {
  const seen = house.alarms.find(({ object }) => object === action.subject);
  if (seen !== undefined && seen.lostSinceMs === null) return ended('recovered', 'It is woken again');
  if (ageMs < READER_LAG_MS) return WAIT;
  return ended('not_recovered', seen === undefined ? 'Nobody can say' : 'Nothing wakes it still');
}
