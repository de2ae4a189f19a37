// What processors counted of the arms of experiments, in Maps, by the rules that the processors' objects follow, for a World in one process.
import { addTallies, EMPTY_TALLY, type ArmTallies, type ArmTally } from '../../src/domain/experiments/arm-tally.ts';
import { countedArm, countOf, type CountedArm } from '../../src/domain/experiments/counted-result.ts';
import type { CanonicalResult, RecordOutcome } from '../../src/domain/results/canonical-result.ts';
import type { ProcessorId } from '../../src/domain/identity.ts';

interface Shelf {
  readonly tallies: Map<string, ArmTally>;
  readonly open: Map<string, CountedArm>;
}
export type KeptArms = Map<ProcessorId, Shelf>;

const keyOf = ({ run, arm }: CountedArm): string => `${run} ${arm}`;

export function hearArms(
  kept: KeptArms,
  id: ProcessorId,
  results: readonly CanonicalResult[],
  outcomes: readonly RecordOutcome[],
): void {
  const shelf: Shelf = kept.get(id) ?? { tallies: new Map(), open: new Map() };
  kept.set(id, shelf);
  results.forEach((result, index) => {
    if (outcomes[index]?.outcome !== 'recorded') return;
    const settled = result.result === 'timeout' ? undefined : shelf.open.get(result.transactionId);
    const arm = settled ?? countedArm(result);
    const counted = countOf(result, settled !== undefined);
    if (arm === null || counted === null) return;
    if (counted.open > 0) shelf.open.set(result.transactionId, arm);
    if (counted.open < 0) shelf.open.delete(result.transactionId);
    shelf.tallies.set(keyOf(arm), addTallies(shelf.tallies.get(keyOf(arm)) ?? EMPTY_TALLY, counted));
  });
}

export function armsOf(kept: KeptArms, id: ProcessorId, runs: readonly string[]): readonly ArmTallies[] {
  const of = (run: string, arm: 1 | 2): ArmTally => kept.get(id)?.tallies.get(keyOf({ run, arm })) ?? EMPTY_TALLY;
  return runs.map((run): ArmTallies => [of(run, 1), of(run, 2)]);
}
