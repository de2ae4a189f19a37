// One sweep of healing: measures what was done before, plans what is to be done now, and does it; each step is in the book before it is taken. Rules: SPEC.md [HEA].
import type { Actor } from '../ports/registry-port.ts';
import { applyRemedy } from './apply-remedy.ts';
import {
  actedAt,
  begun,
  type HealingAction,
  type HealingPlan,
  type HealingStanding,
  isOpen,
  type Remedy,
  withStanding,
} from '../domain/healing/healing-action.ts';
import { healingDeploymentFrom, healingIn } from '../domain/healing/healing-variables.ts';
import type { HealingMode } from '../domain/healing/healing-settings.ts';
import type { Configuration } from '../domain/configuration/configuration.ts';
import { eventsOf } from '../domain/healing/healing-event.ts';
import type { HouseSnapshot } from '../domain/healing/snapshot.ts';
import type { Kept } from '../domain/healing/detect-traffic.ts';
import { measureAction, type Measurement } from '../domain/healing/measure-action.ts';
import { planHealing } from '../domain/healing/plan-healing.ts';
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

/** What a remedy changes of the configuration is what the next one in this sweep goes by. */
interface Sweep {
  readonly world: World;
  readonly ask: HealAsk;
  house: HouseSnapshot;
}

export async function healHouse(world: World, ask: HealAsk): Promise<Healed> {
  const now = world.now();
  const deployment = healingDeploymentFrom(world.settings.healing);
  const named = (await world.healing.book.since(now)).flatMap(({ remedy }) =>
    remedy.do === 'rearm' ? remedy.object : [],
  );
  const sweep: Sweep = { world, ask, house: await seeHouse(world, now, named) };
  const settings = healingIn(deployment, sweep.house.configuration.healing);
  const before = await world.healing.book.since(now - settings.windowMs);
  const measured: HealingAction[] = [];
  for (const action of before.filter(isOpen)) {
    if (ask.processorId !== null && action.processorId !== ask.processorId) continue;
    if (ask.signal?.aborted === true) break;
    const after = await measuredNow(sweep, action);
    if (after !== null) measured.push(after);
  }
  const changed = new Map(measured.map((action) => [action.id, action]));
  const actions = before.map((action) => changed.get(action.id) ?? action);
  const moment = { now, byDemand: ask.byDemand };
  const question = { ...moment, processorId: ask.processorId, settings, actions };
  const draw = (): string => `heal_${world.nonce().toString(16).padStart(16, '0')}`;
  const { planned, kept } = planHealing(sweep.house, question, { draw });
  const done: HealingAction[] = [];
  for (const { plan, mode } of planned) {
    if (ask.signal?.aborted === true) break;
    const action = begun(plan, { now, askedBy: ask.actor.keyId, advises: mode === 'advise' });
    if (!(await world.healing.book.begin(action, settings, moment))) continue;
    done.push(mode === 'advise' ? await toldOf(world, action) : await acted(sweep, plan, action));
  }
  return { mode: settings.mode, actions: done, measured, kept };
}

/** In the book it stands as begun: who dies in here leaves an act that nobody does again under this id. */
async function acted(sweep: Sweep, plan: HealingPlan, action: HealingAction): Promise<HealingAction> {
  const atMs = sweep.house.now;
  const fault = await tried(sweep, plan.remedy, plan.kind === 'drain' || plan.kind === 'fail_over_segment');
  const standing: HealingStanding =
    fault === null
      ? { state: 'done', atMs, step: 0 }
      : { state: 'ended', atMs, outcome: 'failed', measured: fault, undone: false, recoveryMs: null };
  const after = withStanding(action, standing);
  // Somebody may have measured an act that took so long.
  return (await sweep.world.healing.book.update(after)) ? await toldOf(sweep.world, after) : action;
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

/** What went wrong, in a sentence; `null`: nothing. */
async function tried(sweep: Sweep, remedy: Remedy, mustBeCurrent: boolean): Promise<string | null> {
  const { world, ask, house } = sweep;
  try {
    const from = { configuration: house.configuration, mustBeCurrent, actor: ask.actor, now: house.now };
    const end = await applyRemedy(world, remedy, from);
    if (!end.ok) return end.why;
    sweep.house = withConfiguration(house, end.configuration);
    return null;
  } catch (error) {
    return `Out of reach: ${error instanceof Error ? error.name : 'fault'}`;
  }
}

const withConfiguration = (house: HouseSnapshot, configuration: Configuration): HouseSnapshot =>
  configuration === house.configuration ? house : { ...house, configuration };

async function toldOf(world: World, action: HealingAction): Promise<HealingAction> {
  await world.healing.tell(eventsOf(action));
  return action;
}
