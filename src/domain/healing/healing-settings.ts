// How much healing may do by itself: one switch for all, one for each kind, and how often it may try.
import { HEALING_KINDS, type HealingKind } from './healing-action.ts';
import { type FieldCheck, issuesOf, isWithin } from '../configuration/field-check.ts';
import type { Issue } from '../configuration/configuration-change.ts';

export const HEALING_MODES = ['act', 'advise', 'off'] as const;
export type HealingMode = (typeof HEALING_MODES)[number];

export interface HealingSettings {
  readonly mode: HealingMode;
  /** Of one kind; it is never bolder than `mode`. Left out: as HEALING_DEFAULT has it. */
  readonly kinds: Readonly<Partial<Record<HealingKind, HealingMode>>>;
  /** Of one kind on one subject within `windowMs`. */
  readonly attemptsMax: number;
  readonly windowMs: number;
  /** Before the second attempt of a window; doubles with each. */
  readonly backoffMs: number;
}

/** What operators set, healing does not take away without being told to. */
const CAUTIOUS: HealingSettings['kinds'] = { expire_override: 'advise' };

export const HEALING_DEFAULT: HealingSettings = {
  mode: 'act',
  kinds: {},
  attemptsMax: 5,
  windowMs: 3_600_000,
  backoffMs: 60_000,
};

const BOLDNESS: Readonly<Record<HealingMode, number>> = { off: 0, advise: 1, act: 2 };

export function modeOf({ mode, kinds }: HealingSettings, kind: HealingKind): HealingMode {
  const own = kinds[kind] ?? CAUTIOUS[kind] ?? mode;
  return BOLDNESS[own] < BOLDNESS[mode] ? own : mode;
}

export function checkHealing(settings: HealingSettings): Issue[] {
  const { attemptsMax, windowMs, backoffMs } = settings;
  const checks: FieldCheck[] = [
    [Number.isInteger(attemptsMax) && isWithin(attemptsMax, 1, 20), 'max_healing_attempts', 'must be 1-20'],
    [isWithin(windowMs, 600_000, 86_400_000), 'window_seconds', 'must be 600-86400'],
    [isWithin(backoffMs, 30_000, 3_600_000), 'backoff_seconds', 'must be 30-3600'],
  ];
  return issuesOf(checks);
}

export const modesOf = (settings: HealingSettings): Readonly<Record<HealingKind, HealingMode>> =>
  Object.fromEntries(HEALING_KINDS.map((kind) => [kind, modeOf(settings, kind)])) as Record<HealingKind, HealingMode>;
