// One act of healing as it is kept: what was seen, what was done about it, how it is undone, and what was measured afterwards. Rules: SPEC.md [HEA].
import type { Override } from '../configuration/configuration.ts';
import type { ProcessorId, SegmentKey } from '../identity.ts';

export const HEALING_KINDS = [
  'probe_breaker',
  'fail_over_segment',
  'drain',
  'ramp_back',
  'expire_override',
  'reconcile_unknowns',
  'replay_dead_letters',
  'refresh_boards',
  'rearm_alarms',
] as const;
export type HealingKind = (typeof HEALING_KINDS)[number];

/** Under whose name healing puts its overrides. */
export const HEALER = 'self-healing';

/** Each of these done twice is as done once. */
export type Remedy =
  /** `scope`: a segment, or `*` for the processor's own. */
  | { readonly do: 'close_breaker'; readonly processorId: ProcessorId; readonly scope: SegmentKey }
  | { readonly do: 'put_override'; readonly override: HealingOverride }
  | { readonly do: 'lift_override'; readonly overrideId: string }
  /** Its time is over, and the Registry still has it. */
  | { readonly do: 'end_override'; readonly overrideId: string }
  | { readonly do: 'sweep_unknowns'; readonly processorId: ProcessorId }
  | { readonly do: 'replay_letters'; readonly sourceId: string }
  | { readonly do: 'sweep_boards' }
  | { readonly do: 'wake_reader'; readonly sourceId: string }
  /** `object`: as `SeenAlarm` names it. */
  | { readonly do: 'rearm'; readonly object: string };

export interface HealingOverride extends Pick<Override, 'id' | 'processorId' | 'segment' | 'kind' | 'who' | 'why'> {
  /** Of a cap, 0-1. */
  readonly share?: number;
  readonly ttlMs: number;
}

export type HealingOutcome =
  | 'recovered'
  | 'not_recovered'
  /** And taken back. */
  | 'made_worse'
  /** A person took it back. */
  | 'undone'
  /** The run was cut off before it could act; it is not done again under this id. */
  | 'interrupted'
  /** The remedy was refused or out of reach. */
  | 'failed';

export type HealingStanding =
  /** Would have been done: healing only advises. */
  | { readonly state: 'advised' }
  /** Begun. Nobody has said yet that it was done. */
  | { readonly state: 'acting' }
  /** Done, and to be measured. `step`: of a ramp, from 0. `recoveredAtMs`: of a drain that goes on, since when it has been seen to help. */
  | { readonly state: 'done'; readonly atMs: number; readonly step: number; readonly recoveredAtMs?: number }
  | {
      readonly state: 'ended';
      readonly atMs: number;
      readonly outcome: HealingOutcome;
      /** In a sentence. */
      readonly measured: string;
      readonly undone: boolean;
      /** Left out: nobody asked for its undoing. `requestKey`: under which it was asked for, `null`: under none. */
      readonly undoneBy?: { readonly keyId: string; readonly requestKey: string | null };
      /** From the first symptom; `null`: it did not recover. */
      readonly recoveryMs: number | null;
    };

export type Evidence = Readonly<Record<string, number | string | null>>;

/** What is to be done and why. */
export interface HealingPlan {
  /** Its override, if it puts one, has the same. */
  readonly id: string;
  readonly kind: HealingKind;
  /** `null`: about no processor. */
  readonly processorId: ProcessorId | null;
  /** What it is about: a segment, `*`, an override, a source, an object or `boards`. */
  readonly subject: string;
  /** In a sentence. */
  readonly why: string;
  readonly evidence: Evidence;
  readonly symptomAtMs: number;
  /** The same trouble is healed once: e.g. when the breaker closed. `null`: as often as attempts are left. */
  readonly occasion: string | null;
  readonly remedy: Remedy;
  /** What is done where it made things worse; `null`: what it did needs none, or has none. */
  readonly undo: Remedy | null;
}

export interface HealingAction extends HealingPlan {
  readonly plannedAtMs: number;
  /** The key that asked for it, or the healer. */
  readonly askedBy: string;
  /** Rises with every change. */
  readonly revision: number;
  readonly standing: HealingStanding;
}

export const isOpen = ({ standing }: HealingAction): boolean =>
  standing.state === 'acting' || standing.state === 'done';

/** When it was begun to be measured; of an act that was cut off, when it was planned. */
export const actedAt = ({ standing, plannedAtMs }: HealingAction): number =>
  standing.state === 'done' ? standing.atMs : plannedAtMs;

/** Two of these are the same work. */
export const trackOf = ({
  kind,
  processorId,
  subject,
}: Pick<HealingPlan, 'kind' | 'processorId' | 'subject'>): string => `${kind} ${processorId ?? ''} ${subject}`;

export function begun(
  plan: HealingPlan,
  { now, askedBy, advises }: { now: number; askedBy: string; advises: boolean },
): HealingAction {
  const standing: HealingStanding = { state: advises ? 'advised' : 'acting' };
  return { ...plan, plannedAtMs: now, askedBy, revision: 0, standing };
}

export const withStanding = (action: HealingAction, standing: HealingStanding): HealingAction => ({
  ...action,
  revision: action.revision + 1,
  standing,
});
