// Which acts are no attempts to heal: what was void before it could be done, and bookkeeping about what rules nothing any more.
import { type HealingAction, type HealingPlan, withStanding } from './healing-action.ts';

/** Among the evidence of an act that was void: the version of the configuration that it was decided on. */
const VOID_AT = 'void_at_version';

/** It ends what has ended by itself: nothing is better for it, and nothing was wrong. */
export const isBookkeeping = ({ remedy }: Pick<HealingPlan, 'remedy'>): boolean => remedy.do === 'end_override';

export const isVoid = ({ evidence }: Pick<HealingPlan, 'evidence'>): boolean => VOID_AT in evidence;

/** The configuration was another one by then, so that it was not done; whoever still wants it decides it anew. */
export function voided(action: HealingAction, { why, version, now }: { why: string; version: number; now: number }) {
  const evidence = { ...action.evidence, [VOID_AT]: version };
  return withStanding(
    { ...action, evidence },
    { state: 'ended', atMs: now, outcome: 'failed', measured: why, undone: false, recoveryMs: null },
  );
}
