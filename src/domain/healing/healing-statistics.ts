// How healing has done, by kind: how often it tried, how often that helped, and how long it took from the first symptom.
import { HEALING_KINDS, type HealingAction, type HealingKind, type HealingOutcome } from './healing-action.ts';

export interface HealingFigures {
  readonly kind: HealingKind;
  /** Acts that were begun. */
  readonly attempts: number;
  readonly advised: number;
  readonly open: number;
  readonly outcomes: Readonly<Record<HealingOutcome, number>>;
  /** Of those that have ended; `null`: none has. */
  readonly successRate: number | null;
  /** Of those that recovered; `null`: none did. */
  readonly recoveryMedianMs: number | null;
}

const NO_OUTCOMES = { recovered: 0, not_recovered: 0, made_worse: 0, undone: 0, interrupted: 0, failed: 0 } as const;

export const healingStatistics = (actions: readonly HealingAction[]): readonly HealingFigures[] =>
  HEALING_KINDS.map((kind) =>
    figuresOf(
      kind,
      actions.filter((action) => action.kind === kind),
    ),
  );

function figuresOf(kind: HealingKind, actions: readonly HealingAction[]): HealingFigures {
  const advised = actions.filter(({ standing }) => standing.state === 'advised').length;
  const ends = actions.flatMap(({ standing }) => (standing.state === 'ended' ? [standing] : []));
  const outcomes: Record<HealingOutcome, number> = { ...NO_OUTCOMES };
  for (const { outcome } of ends) outcomes[outcome] += 1;
  const times = ends.flatMap(({ recoveryMs }) => (recoveryMs === null ? [] : [recoveryMs]));
  return {
    kind,
    attempts: actions.length - advised,
    advised,
    open: actions.length - advised - ends.length,
    outcomes,
    successRate: ends.length === 0 ? null : outcomes.recovered / ends.length,
    recoveryMedianMs: medianOf(times),
  };
}

function medianOf(values: readonly number[]): number | null {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = sorted.length >> 1;
  const [low, high] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}
