// The life of a maintenance window: scheduled, drained beforehand as far as others can serve, brought back in steps; and which overrides it wants at each moment. Rules: SPEC.md [PRD].
import { isRelapse, isStepDone, nextShare, RAMP_SHARES, RAMP_TTL_MS } from '../healing/ramp.ts';
import { NOTHING_STOPS, othersAble, resultsSince, segmentsOf, type Stopping } from '../healing/standing-now.ts';
import type { HealingOverride, Remedy } from '../healing/healing-action.ts';
import type { HouseSnapshot } from '../healing/snapshot.ts';
import type { Override } from '../configuration/configuration.ts';
import type { ProcessorId, SegmentKey } from '../identity.ts';
import type { RegisteredProcessor } from '../processor-config.ts';
import { RESIDUAL } from '../segment.ts';
import type { TimeWindow } from './prediction.ts';

/** Under whose name windows put their overrides. */
export const MAINTENANCE_HAND = 'maintenance';

export type WindowOutcome =
  /** Drained, and its traffic is back. */
  | 'returned'
  /** It kept failing while it came back; its breaker looks after it now. */
  | 'relapsed'
  /** In no minute of it could others take its traffic, or it was over before anybody looked. */
  | 'never_drained'
  | 'cancelled'
  | 'processor_gone';

export type WindowStanding =
  | { readonly state: 'scheduled' }
  /** From the drain to the window's end. */
  | ({ readonly state: 'draining'; readonly wasDrained: boolean } & Drainable)
  /** `sinceMs`: of this step; `fromMs`: of the whole return. */
  | {
      readonly state: 'returning';
      readonly drained: Drainable['drained'];
      readonly share: number;
      readonly sinceMs: number;
      readonly fromMs: number;
    }
  | { readonly state: 'ended'; readonly atMs: number; readonly outcome: WindowOutcome };

export interface Drainable {
  /** `null`: all of it. */
  readonly drained: readonly (SegmentKey | null)[];
  /** Segments that keep flowing because nobody else can serve them. */
  readonly left: readonly SegmentKey[];
}

export interface MaintenanceWindow {
  readonly id: string;
  readonly processorId: ProcessorId;
  /** Of the processor as it was registered then: a namesake registered anew inherits nothing. Left out: by older code, of whichever. */
  readonly epoch?: number;
  readonly window: TimeWindow;
  readonly drainFromMs: number;
  readonly why: string;
  /** The key that asked for it, or the foreteller. */
  readonly who: string;
  /** `null`: nobody foretold anything. */
  readonly predictionId: string | null;
  /** As planned in the forecast's quiet hours; `null`: a person chose the time. */
  readonly plan: {
    readonly attemptsExpected: number;
    readonly attemptsHigh: number;
    readonly partOfMean: number;
  } | null;
  readonly createdAtMs: number;
  readonly standing: WindowStanding;
  /** Rises with every change. */
  readonly revision: number;
}

/** A return that does not succeed is given up. */
const RETURN_MAX_MS = 3_600_000;
/** A drain outlives its window by this, so that its end is seen to; if nobody does, it ends by itself. */
const DRAIN_SLACK_MS = 300_000;
const DRAIN_TTL_MIN_MS = 60_000;
/** So far a clock may be set back unnoticed. */
const CLOCK_SLACK_MS = 60_000;
/** Drained one by one, where not all of it can be. */
const SEGMENTS_MAX = 64;

export const isWindowOpen = ({ standing }: MaintenanceWindow): boolean => standing.state !== 'ended';

export const overlaps = (left: MaintenanceWindow, right: MaintenanceWindow): boolean =>
  left.processorId === right.processorId &&
  (left.epoch ?? right.epoch) === (right.epoch ?? left.epoch) &&
  left.drainFromMs < right.window.toMs &&
  right.drainFromMs < left.window.toMs;

/** One minute of a window that is open. The same one if nothing changes. */
export function turnWindow(
  window: MaintenanceWindow,
  house: HouseSnapshot,
  stopping: Stopping = NOTHING_STOPS,
): MaintenanceWindow {
  const processor = processorOf(house, window.processorId);
  if (processor === undefined || (window.epoch ?? processor.epoch) !== processor.epoch)
    return withStanding(window, ended('processor_gone', house.now));
  const standing = nextStanding(window, house);
  if (standing.state !== 'draining') return withStanding(window, standing);
  const now = drainable(house, processor, stopping);
  return withStanding(window, { ...standing, ...now, wasDrained: standing.wasDrained || now.drained.length > 0 });
}

function nextStanding(given: MaintenanceWindow, house: HouseSnapshot): WindowStanding {
  const { standing, window, drainFromMs, processorId } = given;
  const { now } = house;
  switch (standing.state) {
    case 'scheduled':
      if (now >= window.toMs) return ended('never_drained', now);
      return now >= drainFromMs ? { state: 'draining', wasDrained: false, drained: [], left: [] } : standing;
    case 'draining':
      // Its clock ran ahead and has been set back.
      if (now < drainFromMs - CLOCK_SLACK_MS) return { state: 'scheduled' };
      if (now < window.toMs) return standing;
      if (!standing.wasDrained) return ended('never_drained', now);
      // What had to flow again before the end has nothing to come back from.
      return standing.drained.length === 0 ? ended('returned', now) : returning(standing.drained, now);
    case 'returning': {
      const { drained, share, sinceMs, fromMs } = standing;
      if (now < fromMs - CLOCK_SLACK_MS) return returning(drained, now);
      const seen = resultsSince(house, processorId, RESIDUAL, sinceMs);
      if (isRelapse(seen)) {
        if (now - fromMs >= RETURN_MAX_MS) return ended('relapsed', now);
        return { ...returning(drained, now), fromMs };
      }
      if (!isStepDone(seen, now - sinceMs)) return standing;
      const next = nextShare(share);
      return next === null ? ended('returned', now) : { ...standing, share: next, sinceMs: now };
    }
    case 'ended':
      return standing;
  }
}

const ended = (outcome: WindowOutcome, atMs: number): WindowStanding => ({ state: 'ended', atMs, outcome });
const returning = (drained: Drainable['drained'], now: number): Extract<WindowStanding, { state: 'returning' }> => ({
  state: 'returning',
  drained,
  share: RAMP_SHARES[0],
  sinceMs: now,
  fromMs: now,
});

function withStanding(window: MaintenanceWindow, standing: WindowStanding): MaintenanceWindow {
  return JSON.stringify(standing) === JSON.stringify(window.standing)
    ? window
    : { ...window, standing, revision: window.revision + 1 };
}

/** What was drained comes back in steps all the same. */
export function cancelled(window: MaintenanceWindow, now: number): MaintenanceWindow {
  const { standing } = window;
  if (standing.state === 'draining' && standing.drained.length > 0)
    return withStanding(window, returning(standing.drained, now));
  return standing.state === 'scheduled' || standing.state === 'draining'
    ? withStanding(window, ended('cancelled', now))
    : window;
}

/** The last one who can serve a segment keeps it. */
function drainable(house: HouseSnapshot, processor: RegisteredProcessor, stopping: Stopping): Drainable {
  const segments = segmentsOf(processor);
  const able = segments.filter((segment) => othersAble(house, processor.id, segment, stopping).length > 0);
  if (able.length === segments.length) return { drained: [null], left: [] };
  const drained = able.slice(0, SEGMENTS_MAX);
  return { drained, left: segments.filter((segment) => !drained.includes(segment)) };
}

/** What it wants to be in force now. */
export function overridesWanted(
  { id, processorId, window, standing, why }: MaintenanceWindow,
  now: number,
): readonly HealingOverride[] {
  const own = { processorId, who: MAINTENANCE_HAND, why };
  const idOf = (segment: SegmentKey | null): string =>
    segment === null ? id : `${id}_${segment.replace('|', '_').toLowerCase()}`;
  if (standing.state === 'draining') {
    const ttlMs = Math.max(DRAIN_TTL_MIN_MS, window.toMs - now + DRAIN_SLACK_MS);
    return standing.drained.map((segment) => ({ ...own, id: idOf(segment), segment, kind: 'drain', ttlMs }));
  }
  if (standing.state !== 'returning') return [];
  const { drained, share } = standing;
  const cap = { ...own, kind: 'cap', share, ttlMs: RAMP_TTL_MS } as const;
  return drained.map((segment) => ({ ...cap, id: `${idOf(segment)}_back`, segment }));
}

/** What is missing is put, then what nobody wants any more is lifted. */
export function remediesFor(
  overrides: readonly Override[],
  wanted: readonly HealingOverride[],
  now: number,
): readonly Remedy[] {
  const inForce = overrides.filter(({ who, expiresAtMs }) => who === MAINTENANCE_HAND && now < expiresAtMs);
  const missing = wanted.filter(
    ({ id, kind, share }) => !inForce.some((held) => held.id === id && held.kind === kind && held.share === share),
  );
  const idle = inForce.filter(({ id }) => !wanted.some((one) => one.id === id));
  return [
    ...missing.map((override): Remedy => ({ do: 'put_override', override })),
    ...idle.map(({ id }): Remedy => ({ do: 'lift_override', overrideId: id })),
  ];
}

const processorOf = ({ configuration }: HouseSnapshot, id: ProcessorId): RegisteredProcessor | undefined =>
  configuration.processors.find((one) => one.id === id);
