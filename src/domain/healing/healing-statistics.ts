// How healing has done, by kind: how often it tried, how often that helped, and how long it took from the first symptom. What is no attempt is told apart.
import { HEALING_KINDS, type HealingAction, type HealingKind, type HealingOutcome } from './healing-action.ts';
import { isBookkeeping, isVoid } from './no-attempt.ts';
import { endOf } from './undone-standing.ts';

export interface HealingFigures {
  readonly kind: HealingKind;
  /** Acts that were begun. */
  readonly attempts: number;
  readonly advised: number;
  /** Begun and not done, because the configuration had changed: no attempts. */
  readonly void: number;
  /** What ended what had ended by itself: no attempts, and nothing recovered by them. */
  readonly bookkeeping: number;
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

function figuresOf(kind: HealingKind, all: readonly HealingAction[]): HealingFigures {
  const advised = all.filter(isAdvised).length;
  const begun = all.filter((action) => !isAdvised(action));
  const actions = begun.filter((action) => !isVoid(action) && !isBookkeeping(action));
  const ends = actions.flatMap((action) => endOf(action) ?? []);
  const outcomes: Record<HealingOutcome, number> = { ...NO_OUTCOMES };
  for (const { outcome } of ends) outcomes[outcome] += 1;
  const times = ends.flatMap(({ recoveryMs }) => (recoveryMs === null ? [] : [recoveryMs]));
  return {
    kind,
    attempts: actions.length,
    advised,
    void: begun.filter(isVoid).length,
    bookkeeping: begun.filter(isBookkeeping).length,
    open: actions.length - ends.length,
    outcomes,
    successRate: ends.length === 0 ? null : outcomes.recovered / ends.length,
    recoveryMedianMs: medianOf(times),
  };
}

const isAdvised = ({ standing }: HealingAction): boolean => standing.state === 'advised';

function medianOf(values: readonly number[]): number | null {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = sorted.length >> 1;
  const [low, high] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}
