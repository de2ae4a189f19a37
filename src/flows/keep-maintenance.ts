// One minute of all maintenance windows: each takes its next step in the book, and the overrides in force are brought to what the windows want. Rules: SPEC.md [PRD].
import type { Actor } from '../ports/registry-port.ts';
import { applyRemedy } from './apply-remedy.ts';
import {
  cancelled,
  isWindowOpen,
  MAINTENANCE_HAND,
  type MaintenanceWindow,
  overridesWanted,
  remediesFor,
  turnWindow,
} from '../domain/predictions/maintenance-window.ts';
import type { HealingOverride } from '../domain/healing/healing-action.ts';
import type { HouseSnapshot } from '../domain/healing/snapshot.ts';
import { RESIDUAL } from '../domain/segment.ts';
import { seeHouse } from './see-house.ts';
import type { World } from '../ports/world.ts';

/** The job may turn a window in the very moment in which it is cancelled. */
const CANCEL_TRIES = 3;

export interface KeptMaintenance {
  readonly open: number;
  /** Windows that took a step. */
  readonly turned: number;
  /** Overrides that were put or lifted. */
  readonly applied: number;
  /** Those that the Registry has refused: the next minute tries again. */
  readonly refused: number;
}

const NOTHING: KeptMaintenance = { open: 0, turned: 0, applied: 0, refused: 0 };

/** Throws where the book or the Registry is away; drains in force end by themselves. */
export async function keepMaintenance(world: World, actor: Actor): Promise<KeptMaintenance> {
  const windows = (await world.predictions.book.windows()).filter(isWindowOpen);
  const { overrides } = await world.registry.configuration();
  if (windows.length === 0 && !overrides.some(({ who }) => who === MAINTENANCE_HAND)) return NOTHING;
  const house = await seeHouse(world, world.now());
  const stopping = new Set<string>();
  const wanted: HealingOverride[] = [];
  let turned = 0;
  // The one that began first has the right of way.
  for (const window of windows.toReversed().sort((left, right) => left.drainFromMs - right.drainFromMs)) {
    const next = await turnedNow(world, window, house, stopping);
    if (next !== window) turned += 1;
    const own = overridesWanted(next, house.now);
    for (const { kind, processorId, segment } of own)
      if (kind === 'drain') stopping.add(`${processorId} ${segment ?? RESIDUAL}`);
    wanted.push(...own);
  }
  const applied = await apply(world, house, wanted, actor);
  return { open: windows.length, turned, ...applied };
}

/** Kept first: who dies after it leaves a window whose overrides the next minute sets right. */
async function turnedNow(
  world: World,
  window: MaintenanceWindow,
  house: HouseSnapshot,
  stopping: ReadonlySet<string>,
): Promise<MaintenanceWindow> {
  const next = turnWindow(window, house, stopping);
  if (next === window) return window;
  if (await world.predictions.book.update(next)) return next;
  // Somebody else has turned or cancelled it: what they kept holds.
  const windows = await world.predictions.book.windows();
  return windows.find(({ id }) => id === window.id) ?? window;
}

async function apply(
  world: World,
  house: HouseSnapshot,
  wanted: readonly HealingOverride[],
  actor: Actor,
): Promise<Pick<KeptMaintenance, 'applied' | 'refused'>> {
  let { configuration } = house;
  let [applied, refused] = [0, 0];
  for (const remedy of remediesFor(configuration.overrides, wanted, house.now)) {
    // A drain that was decided on another configuration may stop the last one who serves a segment.
    const mustBeCurrent = remedy.do === 'put_override' && remedy.override.kind === 'drain';
    const end = await applyRemedy(world, remedy, { configuration, mustBeCurrent, actor, now: house.now });
    if (end.ok) configuration = end.configuration;
    [applied, refused] = end.ok ? [applied + 1, refused] : [applied, refused + 1];
  }
  return { applied, refused };
}

export type Cancelling =
  | { readonly ok: true; readonly window: MaintenanceWindow }
  | { readonly ok: false; readonly reason: 'not_found' | 'over' };

/** Takes effect at once: what it drained comes back in steps. */
export async function cancelMaintenance(world: World, id: string, actor: Actor): Promise<Cancelling> {
  const { book } = world.predictions;
  for (let tries = 0; tries < CANCEL_TRIES; tries += 1) {
    const found = (await book.windows()).find((window) => window.id === id);
    if (found === undefined) return { ok: false, reason: 'not_found' };
    const next = cancelled(found, world.now());
    if (next === found) return { ok: false, reason: 'over' };
    if (tries === 0) await world.registry.note('cancel_maintenance', `${found.processorId} ${id}`, actor);
    if (!(await book.update(next))) continue;
    await keepMaintenance(world, actor);
    return { ok: true, window: next };
  }
  throw Object.assign(new Error('the window changes all the time'), { retryable: true });
}
