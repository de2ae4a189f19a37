// Everything that one sweep would do, in the order in which it matters; what it may do is for the settings and the book.
import { deadLetters, endedOverrides, harmfulOverrides, overdueUnknowns, staleBoards } from './detect-upkeep.ts';
import { asOfThisLife } from './processor-life.ts';
import { failOvers, type Ids, type Kept, probeBreakers, rampBacks } from './detect-traffic.ts';
import { type HealingAction, type HealingPlan } from './healing-action.ts';
import { type HealingMode, type HealingSettings, modeOf } from './healing-settings.ts';
import { lostAlarms } from './lost-alarms.ts';
import { mayBegin, type BeginMoment } from './attempt-limit.ts';
import type { HouseSnapshot } from './snapshot.ts';
import type { ProcessorId } from '../identity.ts';

/** Of one sweep: a house in which everything is wrong is for people. */
export const PLANS_MAX = 20;

export interface PlannedSweep {
  readonly planned: readonly { readonly plan: HealingPlan; readonly mode: Exclude<HealingMode, 'off'> }[];
  readonly kept: readonly Kept[];
}

export interface SweepQuestion extends BeginMoment {
  /** `null`: the whole house. */
  readonly processorId: ProcessorId | null;
  readonly settings: HealingSettings;
  /** Those that are open, and all of the window. */
  readonly actions: readonly HealingAction[];
}

export function planHealing(house: HouseSnapshot, question: SweepQuestion, ids: Ids): PlannedSweep {
  const { settings, actions, processorId } = question;
  if (settings.mode === 'off') return { planned: [], kept: [] };
  const planned: PlannedSweep['planned'][number][] = [];
  const stopping = new Set<string>();
  const offer = (found: HealingPlan): void => {
    const plan = asOfThisLife(found, house);
    const mode = modeOfPlan(settings, plan);
    if (mode === 'off' || planned.length >= PLANS_MAX || !mayBegin(plan, actions, settings, question)) return;
    planned.push({ plan, mode });
    if (plan.remedy.do === 'put_override' && plan.remedy.override.kind === 'drain')
      stopping.add(`${plan.processorId ?? ''} ${plan.subject}`);
  };
  const asked = house.configuration.processors.filter(({ id }) => processorId === null || id === processorId);
  const kept: Kept[] = [];
  for (const processor of asked) {
    const probed = probeBreakers(house, processor, ids);
    kept.push(...probed.kept);
    for (const plan of probed.plans) offer(plan);
    for (const plan of failOvers(house, processor, ids, stopping)) offer(plan);
    for (const plan of rampBacks(house, processor, actions, ids)) offer(plan);
  }
  for (const plan of upkeepOf(house, processorId, ids)) offer(plan);
  return { planned, kept };
}

/** The caution about operators' overrides is for those in force: what is over is nobody's wish any more. */
function modeOfPlan(settings: HealingSettings, { kind, remedy }: HealingPlan): HealingMode {
  if (remedy.do !== 'end_override') return modeOf(settings, kind);
  const kinds = { ...settings.kinds, [kind]: settings.kinds[kind] ?? settings.mode };
  return modeOf({ ...settings, kinds }, kind);
}

/** Asked about one processor, nothing is done that is not about it, but for the boards: they may have missed its results. */
function upkeepOf(house: HouseSnapshot, processorId: ProcessorId | null, ids: Ids): HealingPlan[] {
  const all = [
    ...harmfulOverrides(house, ids),
    ...overdueUnknowns(house, ids),
    ...staleBoards(house, ids),
    ...lostAlarms(house, ids),
    ...deadLetters(house, ids),
    // Bookkeeping: whatever there is of it, it takes no other's place.
    ...endedOverrides(house, ids),
  ];
  return all.filter(
    (plan) => processorId === null || plan.processorId === processorId || plan.kind === 'refresh_boards',
  );
}
