// Of which life of its processor an act is: who is deleted and registered anew is another one, who inherits nothing of what was done about the first.
import type { HealingAction, HealingPlan } from './healing-action.ts';
import type { HouseSnapshot } from './snapshot.ts';

/** Among the evidence of an act: the epoch of the processor as it was planned for. Acts of older code have none, and count as of any life. */
const EPOCH = 'processor_epoch';

type Subject = Pick<HealingPlan, 'processorId' | 'evidence'>;

export function asOfThisLife(plan: HealingPlan, { configuration }: HouseSnapshot): HealingPlan {
  const processor = configuration.processors.find(({ id }) => id === plan.processorId);
  return processor === undefined ? plan : { ...plan, evidence: { ...plan.evidence, [EPOCH]: processor.epoch } };
}

/** Why it is about nobody any more, in a sentence; `null`: it is about somebody, or was about no processor. */
export function goneOf({ processorId, evidence }: Subject, { configuration }: HouseSnapshot): string | null {
  if (processorId === null) return null;
  const processor = configuration.processors.find(({ id }) => id === processorId);
  if (processor === undefined) return 'The processor is registered no more';
  return (evidence[EPOCH] ?? processor.epoch) === processor.epoch ? null : 'The processor was registered anew';
}

export function areOfOneLife({ evidence: left }: Subject, { evidence: right }: HealingAction): boolean {
  const [one, other] = [left[EPOCH] ?? null, right[EPOCH] ?? null];
  return one === null || other === null || one === other;
}
