// Which payments a segment has: its circumstances and how often each occurs, whoever was given them.
import { segmentKey } from '../segment.ts';
import type { SegmentKey } from '../identity.ts';
import type { TrainingCell } from './context.ts';

export interface SegmentMix {
  readonly attempts: number;
  /** Those with most attempts. */
  readonly parts: readonly TrainingCell[];
}

const PARTS_MAX = 200;

/** Everybody's attempts: who was given the hard payments is not thought the worse of. */
export function mixesOf(cells: readonly TrainingCell[]): ReadonlyMap<SegmentKey, SegmentMix> {
  const parts = new Map<SegmentKey, Map<string, TrainingCell>>();
  for (const cell of cells) {
    const segment = segmentKey(cell.paymentMethod, cell.country);
    const held = parts.get(segment) ?? new Map<string, TrainingCell>();
    parts.set(segment, held);
    const key = `${cell.currency} ${cell.amountBand} ${cell.hourBand}`;
    held.set(key, { ...cell, attempts: cell.attempts + (held.get(key)?.attempts ?? 0) });
  }
  return new Map(
    [...parts].map(([segment, held]) => {
      const all = [...held.values()].sort((one, other) => other.attempts - one.attempts);
      return [
        segment,
        { attempts: all.reduce((sum, { attempts }) => sum + attempts, 0), parts: all.slice(0, PARTS_MAX) },
      ];
    }),
  );
}
