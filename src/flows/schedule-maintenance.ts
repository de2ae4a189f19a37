// Schedules a maintenance window of one processor: when a person says, or in the quiet hours of the forecast; never where nobody else could serve anything of it.
import { HISTORY_HOURS } from '../domain/forecasting/forecast-metric.ts';
import type { Actor } from '../ports/registry-port.ts';
import {
  DURATION_MAX_MS,
  type MaintenancePlan,
  type OtherProcessor,
  planMaintenance,
} from '../domain/predictions/maintenance.ts';
import type { MaintenanceWindow } from '../domain/predictions/maintenance-window.ts';
import { mayStand } from '../domain/predictions/stored-window.ts';
import { othersAble, segmentsOf } from '../domain/healing/standing-now.ts';
import { HOUR_MS, volumeOutlook } from '../domain/predictions/volume-outlook.ts';
import { serves } from '../domain/configuration/prior-change.ts';
import { seeHouse } from './see-house.ts';
import { quietFilled } from '../domain/forecasting/quiet-hours.ts';
import type { HouseSnapshot } from '../domain/healing/snapshot.ts';
import type { ProcessorId, SegmentKey } from '../domain/identity.ts';
import type { RegisteredProcessor } from '../domain/processor-config.ts';
import type { World } from '../ports/world.ts';

export interface MaintenanceAsk {
  readonly processorId: ProcessorId;
  readonly durationMs: number;
  /** How long it is drained beforehand. */
  readonly drainMs: number;
  /** `null`: in the quiet hours of the next week. */
  readonly startsAtMs: number | null;
  readonly why: string;
  readonly predictionId: string | null;
  readonly actor: Actor;
}

export type MaintenanceRefusal =
  | Extract<MaintenancePlan, { readonly ok: false }>['reason']
  | 'unknown_processor'
  /** It would begin in the past, or so far ahead that nobody can mean it. */
  | 'wrong_start'
  /** Another window of this processor is in its way, or there are too many. */
  | 'overlaps'
  /** The quiet hours are not known without a history. */
  | 'history_away';

export type MaintenanceReply =
  | { readonly ok: true; readonly window: MaintenanceWindow }
  | { readonly ok: false; readonly reason: MaintenanceRefusal };

const OUTLOOK_HOURS = 7 * 24;
const AHEAD_MAX_MS = 90 * 24 * HOUR_MS;
const refused = (reason: MaintenanceRefusal): MaintenanceReply => ({ ok: false, reason });

/** Throws where the Registry or the book is away. */
export async function scheduleMaintenance(world: World, ask: MaintenanceAsk): Promise<MaintenanceReply> {
  const house = await seeHouse(world, world.now());
  const processor = house.configuration.processors.find(({ id }) => id === ask.processorId);
  if (processor === undefined) return refused('unknown_processor');
  if (!segmentsOf(processor).some((segment) => isShared(house, processor, segment))) return refused('no_others');
  const when = ask.startsAtMs === null ? await planned(world, house, ask) : chosen(house, ask, ask.startsAtMs);
  if (!when.ok) return when;
  const window: MaintenanceWindow = {
    id: `mtn_${world.nonce().toString(16).padStart(16, '0')}`,
    processorId: processor.id,
    epoch: processor.epoch,
    window: when.window,
    drainFromMs: when.drainFromMs,
    why: ask.why,
    who: ask.actor.keyId,
    predictionId: ask.predictionId,
    plan: when.plan,
    createdAtMs: house.now,
    standing: { state: 'scheduled' },
    revision: 0,
  };
  const { book } = world.predictions;
  if (!mayStand(window, await book.windows())) return refused('overlaps');
  await world.registry.note('schedule_maintenance', `${processor.id} ${window.id}`, ask.actor, ask.why);
  if (!(await book.schedule(window))) return refused('overlaps');
  await world.predictions.tell([{ type: 'maintenance_scheduled', window }]);
  return { ok: true, window };
}

const isShared = (house: HouseSnapshot, { id }: RegisteredProcessor, segment: SegmentKey): boolean =>
  house.configuration.processors.some(
    (other) => other.id !== id && other.enabled && other.maxShare !== 0 && serves(other, segment),
  );

type When =
  | ({ readonly ok: true } & Pick<MaintenanceWindow, 'window' | 'drainFromMs' | 'plan'>)
  | { readonly ok: false; readonly reason: MaintenanceRefusal };

function chosen({ now }: HouseSnapshot, { durationMs, drainMs }: MaintenanceAsk, startsAtMs: number): When {
  if (!(startsAtMs >= now && startsAtMs <= now + AHEAD_MAX_MS)) return { ok: false, reason: 'wrong_start' };
  if (!(durationMs > 0 && durationMs <= DURATION_MAX_MS)) return { ok: false, reason: 'wrong_duration' };
  const window = { fromMs: startsAtMs, toMs: startsAtMs + durationMs };
  return { ok: true, window, drainFromMs: Math.max(now, startsAtMs - drainMs), plan: null };
}

async function planned(world: World, house: HouseSnapshot, ask: MaintenanceAsk): Promise<When> {
  const { past } = world.predictions;
  const hour = Math.floor(house.now / HOUR_MS);
  const others = othersOf(house, ask.processorId);
  const ids = [ask.processorId, ...others.filter(({ maxTps }) => maxTps !== null).map(({ id }) => id)];
  const hours = past === null ? null : await past.hours(ids, hour - HISTORY_HOURS, hour);
  if (hours === null || !hours.ok) return { ok: false, reason: 'history_away' };
  const outlookOf = (id: ProcessorId) =>
    volumeOutlook(quietFilled(hours.value.get(id) ?? []), house.now, OUTLOOK_HOURS);
  const plan = planMaintenance({
    processorId: ask.processorId,
    nowMs: house.now,
    durationMs: ask.durationMs,
    drainMs: ask.drainMs,
    earliestMs: house.now,
    outlook: outlookOf(ask.processorId),
    others: others.map(
      ({ id, maxTps }): OtherProcessor => ({
        processorId: id,
        isHealthy: true,
        maxTps,
        outlook: maxTps === null ? [] : outlookOf(id),
      }),
    ),
  });
  if (!plan.ok) return plan;
  const { window, drainFromMs, attemptsExpected, attemptsHigh, partOfMean } = plan;
  return { ok: true, window, drainFromMs, plan: { attemptsExpected, attemptsHigh, partOfMean } };
}

/** Who can take something of it as things stand. */
function othersOf(house: HouseSnapshot, id: ProcessorId): readonly RegisteredProcessor[] {
  const { processors } = house.configuration;
  const own = processors.filter((processor) => processor.id === id).flatMap(segmentsOf);
  const able = new Set(own.flatMap((segment) => othersAble(house, id, segment)));
  return processors.filter((processor) => able.has(processor.id));
}
