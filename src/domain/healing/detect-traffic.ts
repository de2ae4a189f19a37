// What is wrong with processors' traffic, and the remedy for it: breakers that stay shut, segments that fail unstopped, processors that have healed.
import {
  breakerOf,
  failedShare,
  firstFailureAt,
  isStopped,
  othersAble,
  resultsSince,
  segmentRowOf,
  segmentsIn,
  segmentsOf,
  type Stopping,
} from './standing-now.ts';
import { type Failing, failingOf } from './failing-segment.ts';
import { HEALER, type HealingAction, type HealingPlan } from './healing-action.ts';
import type { BreakerTransition } from '../health/health-detail.ts';
import { goneOf } from './processor-life.ts';
import type { HouseSnapshot } from './snapshot.ts';
import { RAMP_SHARES, RAMP_TTL_MS, rampFrom } from './ramp.ts';
import type { RegisteredProcessor } from '../processor-config.ts';
import { RESIDUAL } from '../segment.ts';
import type { SegmentKey } from '../identity.ts';

/** Results without a failure since it opened that speak for closing a breaker. */
export const PROBE_RESULTS_MIN = 5;
/** As long as a breaker is open by default. */
const HELD_OPEN_MS = 60_000;
const DRAIN_SEGMENTS_MIN = 2;
const DRAIN_RESULTS_SHARE = 0.5;
/** It is measured so long before it ends: what comes back is held to a share before it does. */
export const DRAIN_MEASURED_BEFORE_MS = 120_000;
export const DRAIN_TTL_MS = 360_000;
/** With five payments in ten minutes four would show nothing. */
const RARE_DRAIN_TTL_MS = 1_200_000;
/** How long ago it may have healed: who was not held to a share by then has shown what it can do. */
const HEALED_WITHIN_MS = 600_000;

/** What was looked at and left as it is. */
export interface Kept {
  readonly kind: 'probe_breaker';
  readonly subject: string;
  readonly why: string;
}

export interface Ids {
  /** A new one with each call. */
  readonly draw: () => string;
}

export function probeBreakers(
  house: HouseSnapshot,
  { id }: RegisteredProcessor,
  { draw }: Ids,
): { readonly plans: HealingPlan[]; readonly kept: Kept[] } {
  const row = house.processors.get(id)?.detail?.row;
  if (row === undefined) return { plans: [], kept: [] };
  const plans: HealingPlan[] = [];
  const kept: Kept[] = [];
  for (const scope of [RESIDUAL, ...row.segments.map(({ segment }) => segment)]) {
    const view = breakerOf(house, id, scope);
    if (view.state === 'CLOSED' || isStopped(house, id, scope)) continue;
    const since = view.state === 'OPEN' ? view.openedAt : view.since;
    const seen = resultsSince(house, id, scope, since);
    const told = `${seen.total} results since, ${seen.failed} of them technical failures`;
    if (seen.total < PROBE_RESULTS_MIN || seen.failed > 0) {
      kept.push({ kind: 'probe_breaker', subject: scope, why: `Its breaker is ${view.state}: ${told}` });
      continue;
    }
    const actionId = draw();
    const why = `Its breaker is ${view.state} though payments go well: ${told}`;
    plans.push({
      id: actionId,
      kind: 'probe_breaker',
      processorId: id,
      subject: scope,
      why,
      evidence: { results: seen.total, failed: seen.failed, breaker: view.state },
      symptomAtMs: openedFirst(house, id, scope, house.now),
      occasion: null,
      remedy: { do: 'close_breaker', processorId: id, scope },
      undo: {
        do: 'put_override',
        override: {
          id: actionId,
          processorId: id,
          segment: scope === RESIDUAL ? null : scope,
          kind: 'force_open',
          who: HEALER,
          why: 'Its breaker was closed too early',
          ttlMs: HELD_OPEN_MS,
        },
      },
    });
  }
  return { plans, kept };
}

/** When the trouble that ended at `untilMs` or goes on began: the last opening out of CLOSED. */
function openedFirst(house: HouseSnapshot, id: RegisteredProcessor['id'], scope: SegmentKey, untilMs: number): number {
  const turns = house.processors.get(id)?.detail?.transitions ?? [];
  const opening = turns.findLast(
    (turn) => turn.scope === scope && turn.from === 'CLOSED' && turn.to === 'OPEN' && turn.atMs <= untilMs,
  );
  return opening?.atMs ?? firstFailureAt(house, id, scope);
}

const WHY: Readonly<Record<Failing, string>> = {
  half_fail: 'fails and no breaker stops it',
  rare: 'fails wholly, and has too few payments for a breaker of its own',
  brown_out: 'fails far more often than at the others, and no breaker stops it',
};

/** Segments that fail while others could serve them; several of one processor that make up half of it: all of it, if others can serve all of it. */
export function failOvers(
  house: HouseSnapshot,
  processor: RegisteredProcessor,
  { draw }: Ids,
  stopping: Stopping,
): HealingPlan[] {
  const { id } = processor;
  const failing = segmentsOf(processor).flatMap((segment) => {
    const how = failingOf(house, processor, segment, stopping);
    return how === null ? [] : [{ segment, how }];
  });
  const served = (segment: SegmentKey): boolean => othersAble(house, id, segment, stopping).length > 0;
  const whole = isMostOfIt(house, processor, failing) && segmentsOf(processor).every(served);
  const scopes = whole ? [{ segment: RESIDUAL, how: null }] : failing.filter(({ segment }) => served(segment));
  return scopes.map(({ segment: scope, how }): HealingPlan => {
    const actionId = draw();
    const shown = how === null ? failing[0]!.segment : scope;
    const window = segmentRowOf(house, id, shown)?.window;
    const backups = othersAble(house, id, shown, stopping);
    const why =
      how === null ? `${failing.length} of its segments fail and no breaker stops it` : `${scope} ${WHY[how]}`;
    return {
      id: actionId,
      kind: how === null ? 'drain' : 'fail_over_segment',
      processorId: id,
      subject: scope,
      why,
      evidence: { error_rate: window?.errorRate ?? null, results: window?.total ?? null, to: backups.join(' ') },
      symptomAtMs: Math.min(firstFailureAt(house, id, scope), lastFailureAt(house, id, how === 'rare' ? scope : null)),
      occasion: null,
      remedy: {
        do: 'put_override',
        override: {
          id: actionId,
          processorId: id,
          segment: how === null ? null : scope,
          kind: 'drain',
          who: HEALER,
          why,
          ttlMs: how === 'rare' ? RARE_DRAIN_TTL_MS : DRAIN_TTL_MS,
        },
      },
      undo: { do: 'lift_override', overrideId: actionId },
    };
  });
}

/** Where all have failed the newest did, which a busy processor's last 50 results may not hold any more. */
const lastFailureAt = (house: HouseSnapshot, id: RegisteredProcessor['id'], segment: SegmentKey | null): number =>
  (segment === null ? null : segmentRowOf(house, id, segment)?.lastResultAtMs) ?? house.now;

function isMostOfIt(
  house: HouseSnapshot,
  processor: RegisteredProcessor,
  failing: readonly { readonly segment: SegmentKey }[],
): boolean {
  const resultsIn = (segment: SegmentKey): number => segmentRowOf(house, processor.id, segment)?.window.total ?? 0;
  const all = segmentsOf(processor).reduce((sum, segment) => sum + resultsIn(segment), 0);
  const theirs = failing.reduce((sum, { segment }) => sum + resultsIn(segment), 0);
  return failing.length >= DRAIN_SEGMENTS_MIN && theirs >= all * DRAIN_RESULTS_SHARE;
}

interface Healed {
  readonly scope: SegmentKey;
  readonly atMs: number;
  readonly symptomAtMs: number;
  readonly occasion: string;
  readonly why: string;
}

/** What has come back, by its breaker or because it is drained no more, and has not yet shown much. */
export function rampBacks(
  house: HouseSnapshot,
  processor: RegisteredProcessor,
  actions: readonly HealingAction[],
  { draw }: Ids,
): HealingPlan[] {
  const healed = [...closings(house, processor), ...drainsOver(house, processor, actions)];
  const whole = healed.filter(({ scope }) => scope === RESIDUAL);
  return (whole.length > 0 ? whole : healed).flatMap((one) => rampOf(house, processor, one, draw));
}

function closings(house: HouseSnapshot, { id }: RegisteredProcessor): Healed[] {
  const turns = house.processors.get(id)?.detail?.transitions ?? [];
  const newest = new Map<SegmentKey, BreakerTransition>(turns.map((turn) => [turn.scope, turn]));
  return [...newest.values()].flatMap((turn) => {
    const isHealed = turn.from === 'HALF_OPEN' && turn.to === 'CLOSED' && turn.reason !== 'reset';
    if (!isHealed || house.now - turn.atMs > HEALED_WITHIN_MS) return [];
    const symptomAtMs = openedFirst(house, id, turn.scope, turn.atMs);
    const why = 'Its breaker has closed after a trial';
    return [{ scope: turn.scope, atMs: turn.atMs, symptomAtMs, occasion: `closed ${turn.atMs}`, why }];
  });
}

function drainsOver(house: HouseSnapshot, { id }: RegisteredProcessor, actions: readonly HealingAction[]): Healed[] {
  return actions.flatMap((action) => {
    const { standing, kind, processorId, subject, symptomAtMs } = action;
    const isDrain = kind === 'drain' || kind === 'fail_over_segment';
    if (!isDrain || processorId !== id || standing.state !== 'ended' || goneOf(action, house) !== null) return [];
    const isOver = standing.outcome === 'recovered' || standing.outcome === 'not_recovered';
    if (!isOver || house.now - standing.atMs > HEALED_WITHIN_MS) return [];
    const why = 'It was drained, and is tried again';
    return [{ scope: subject as SegmentKey, atMs: standing.atMs, symptomAtMs, occasion: `drained ${action.id}`, why }];
  });
}

function rampOf(
  house: HouseSnapshot,
  processor: RegisteredProcessor,
  healed: Healed,
  draw: () => string,
): HealingPlan[] {
  const { id } = processor;
  const { scope, atMs, symptomAtMs, occasion, why } = healed;
  if (breakerOf(house, id, scope).state !== 'CLOSED') return [];
  // Alone in all of them it would be held to nothing.
  const shared = segmentsIn(processor, scope).some((segment) => othersAble(house, id, segment).length > 0);
  const seen = resultsSince(house, id, scope, atMs);
  const share = rampFrom(seen);
  if (!shared || share === null) return [];
  const actionId = draw();
  const override = {
    id: actionId,
    processorId: id,
    segment: scope === RESIDUAL ? null : scope,
    kind: 'cap',
    share,
    who: HEALER,
    why,
    ttlMs: RAMP_TTL_MS,
  } as const;
  return [
    {
      id: actionId,
      kind: 'ramp_back',
      processorId: id,
      subject: scope,
      why,
      evidence: { results: seen.total, failed_share: failedShare(seen), healed_at: new Date(atMs).toISOString() },
      symptomAtMs,
      occasion,
      remedy: { do: 'put_override', override },
      undo: {
        do: 'put_override',
        override: { ...override, share: RAMP_SHARES[0], why: 'It failed again while it came back' },
      },
    },
  ];
}
