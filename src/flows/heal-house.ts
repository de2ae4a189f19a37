// One sweep of healing: measures what was done before, plans what is to be done now, and does it; each step is in the book before it is taken. Rules: SPEC.md [HEA].
import type { Actor } from '../ports/registry-port.ts';
import { applyRemedy, type RemedyEnd } from './apply-remedy.ts';
import { completeUndoing } from './undo-healing.ts';
import {
  actedAt,
  begun,
  type HealingAction,
  type HealingPlan,
  type HealingStanding,
  type Remedy,
  withStanding,
} from '../domain/healing/healing-action.ts';
import { healingDeploymentFrom, healingIn } from '../domain/healing/healing-variables.ts';
import type { HealingMode, HealingSettings } from '../domain/healing/healing-settings.ts';
import type { Configuration } from '../domain/configuration/configuration.ts';
import { isBeingUndone, isUnfinished } from '../domain/healing/undone-standing.ts';
import { isVoid, voided } from '../domain/healing/no-attempt.ts';
import { eventsOf } from '../domain/healing/healing-event.ts';
import type { HouseSnapshot } from '../domain/healing/snapshot.ts';
import type { Kept } from '../domain/healing/detect-traffic.ts';
import { measureAction, type Measurement } from '../domain/healing/measure-action.ts';
import { type PlannedSweep, planHealing, PLANS_MAX } from '../domain/healing/plan-healing.ts';
import type { ProcessorId } from '../domain/identity.ts';
import { seeHouse } from './see-house.ts';
import type { World } from '../ports/world.ts';

export interface HealAsk {
  /** `null`: the whole house. */
  readonly processorId: ProcessorId | null;
  /** An operator asks, who need not wait out a back-off. */
  readonly byDemand: boolean;
  readonly actor: Actor;
  /** Told to stop between two acts. */
  readonly signal?: AbortSignal;
}

export interface Healed {
  readonly mode: HealingMode;
  /** Begun now. */
  readonly actions: readonly HealingAction[];
  /** Measured now: ended, or a step further. */
  readonly measured: readonly HealingAction[];
  /** Looked at and left as it is. */
  readonly kept: readonly Kept[];
}

/** Of one sweep: where the configuration changes all the time, the next minute drains. */
const LOOKS_MAX = 3;

/** What a remedy changes of the configuration is what the next one in this sweep goes by. */
interface Sweep {
  readonly world: World;
  readonly ask: HealAsk;
  house: HouseSnapshot;
  /** The configuration is another one by now: what was decided on it is to be decided anew. */
  isBehind: boolean;
}

export async function healHouse(world: World, ask: HealAsk): Promise<Healed> {
  const now = world.now();
  const deployment = healingDeploymentFrom(world.settings.healing);
  const named = (await world.healing.book.since(now)).flatMap(({ remedy }) =>
    remedy.do === 'rearm' ? remedy.object : [],
  );
  const sweep: Sweep = { world, ask, house: await seeHouse(world, now, named), isBehind: false };
  const settings = healingIn(deployment, sweep.house.configuration.healing);
  const before = await world.healing.book.since(now - settings.windowMs);
  const measured: HealingAction[] = [];
  for (const action of before.filter(isUnfinished)) {
    if (ask.processorId !== null && action.processorId !== ask.processorId) continue;
    if (ask.signal?.aborted === true) break;
    const after = isBeingUndone(action) ? await undoneNow(sweep, action) : await measuredNow(sweep, action);
    if (after !== null) measured.push(after);
  }
  const changed = new Map(measured.map((action) => [action.id, action]));
  const actions = before.map((action) => changed.get(action.id) ?? action);
  const { done, kept } = await begunNow(sweep, settings, actions);
  return { mode: settings.mode, actions: done, measured, kept };
}

/** Whatever is planned is decided on the configuration as it is by then. */
async function begunNow(
  sweep: Sweep,
  settings: HealingSettings,
  before: readonly HealingAction[],
): Promise<{ readonly done: readonly HealingAction[]; readonly kept: readonly Kept[] }> {
  const { world, ask } = sweep;
  const done: HealingAction[] = [];
  const attempts = (): number => done.filter((action) => !isVoid(action)).length;
  let { planned, kept } = plannedNow(sweep, settings, before);
  for (let looks = 0; ; ) {
    if (sweep.isBehind && looks < LOOKS_MAX) {
      looks += 1;
      sweep.house = await seeHouse(world, world.now());
      sweep.isBehind = false;
      ({ planned, kept } = plannedNow(sweep, settings, [...before, ...done]));
    }
    const [next, ...rest] = sweep.isBehind ? planned.filter(({ plan }) => !mustBeCurrent(plan)) : planned;
    if (next === undefined || ask.signal?.aborted === true || attempts() >= PLANS_MAX) return { done, kept };
    planned = rest;
    const { now } = sweep.house;
    const action = begun(next.plan, { now, askedBy: ask.actor.keyId, advises: next.mode === 'advise' });
    if (!(await world.healing.book.begin(action, settings, { now, byDemand: ask.byDemand }))) continue;
    done.push(next.mode === 'advise' ? await toldOf(world, action) : await acted(sweep, next.plan, action));
  }
}

function plannedNow(
  { world, ask, house }: Sweep,
  settings: HealingSettings,
  actions: readonly HealingAction[],
): PlannedSweep {
  const { processorId, byDemand } = ask;
  const draw = (): string => `heal_${world.nonce().toString(16).padStart(16, '0')}`;
  return planHealing(house, { now: house.now, byDemand, processorId, settings, actions }, { draw });
}

/** Then it may stop the last one who serves a segment. */
const mustBeCurrent = ({ kind }: HealingPlan): boolean => kind === 'drain' || kind === 'fail_over_segment';

/** In the book it stands as begun: who dies in here leaves an act that nobody does again under this id. */
async function acted(sweep: Sweep, plan: HealingPlan, action: HealingAction): Promise<HealingAction> {
  const { now, configuration } = sweep.house;
  const fault = await tried(sweep, plan.remedy, mustBeCurrent(plan));
  const after = afterTrying(action, fault, { now, version: configuration.version });
  // Somebody may have measured an act that took so long.
  return (await sweep.world.healing.book.update(after)) ? await toldOf(sweep.world, after) : action;
}

function afterTrying(action: HealingAction, fault: Fault | null, at: { now: number; version: number }): HealingAction {
  if (fault === null) return withStanding(action, { state: 'done', atMs: at.now, step: 0 });
  const { why, isStale } = fault;
  if (isStale) return voided(action, { ...at, why });
  const ended = { state: 'ended', atMs: at.now, outcome: 'failed', measured: why, undone: false } as const;
  return withStanding(action, { ...ended, recoveryMs: null });
}

/** What a person wants back, and whoever began it left undone. `null`: not yet. */
async function undoneNow(sweep: Sweep, action: HealingAction): Promise<HealingAction | null> {
  const { world, ask, house } = sweep;
  sweep.isBehind = true;
  await completeUndoing(world, action, { house, actor: ask.actor }).catch(() => null);
  const after = await world.healing.book.one(action.id);
  return after === null || isBeingUndone(after) ? null : after;
}

/** `null`: not yet. */
async function measuredNow(sweep: Sweep, action: HealingAction): Promise<HealingAction | null> {
  const measurement = measureAction(action, sweep.house);
  if (measurement.verdict === 'wait') return null;
  const after = withStanding(action, standingAfter(action, measurement, sweep.house.now));
  if (measurement.verdict === 'seen') {
    await sweep.world.healing.book.update(after);
    return null;
  }
  // Kept first: of two sweeps that measure at once one goes on, and a crash in between leaves an override that ends by itself.
  if (!(await sweep.world.healing.book.update(after))) return null;
  if (measurement.remedy !== null) await tried(sweep, measurement.remedy, false);
  return await toldOf(sweep.world, after);
}

function standingAfter(
  action: HealingAction,
  measurement: Exclude<Measurement, { readonly verdict: 'wait' }>,
  now: number,
): HealingStanding {
  if (measurement.verdict === 'seen') {
    const { recoveredAtMs } = measurement;
    return { state: 'done', atMs: actedAt(action), step: 0, recoveredAtMs };
  }
  if (measurement.verdict === 'step') return { state: 'done', atMs: now, step: measurement.step };
  const { outcome, measured, undone, recoveredAtMs = now } = measurement;
  const recoveryMs = outcome === 'recovered' ? Math.max(0, recoveredAtMs - action.symptomAtMs) : null;
  return { state: 'ended', atMs: now, outcome, measured, undone, recoveryMs };
}

type Fault = Omit<Extract<RemedyEnd, { readonly ok: false }>, 'ok'>;

/** What went wrong; `null`: nothing. */
async function tried(sweep: Sweep, remedy: Remedy, isVoidIfStale: boolean): Promise<Fault | null> {
  const { world, ask, house } = sweep;
  try {
    const from = { configuration: house.configuration, mustBeCurrent: isVoidIfStale, actor: ask.actor, now: house.now };
    const end = await applyRemedy(world, remedy, from);
    if (end.ok) return follow(sweep, end.configuration);
    if (end.isStale) sweep.isBehind = true;
    return end;
  } catch (error) {
    return { why: `Out of reach: ${error instanceof Error ? error.name : 'fault'}`, isStale: false };
  }
}

/** Further on than by our own change: others have changed it, too, and nothing that was decided has seen that. */
function follow(sweep: Sweep, configuration: Configuration): null {
  const { house } = sweep;
  if (configuration.version > house.configuration.version + 1) sweep.isBehind = true;
  else sweep.house = { ...house, configuration };
  return null;
}

async function toldOf(world: World, action: HealingAction): Promise<HealingAction> {
  await world.healing.tell(eventsOf(action));
  return action;
}
