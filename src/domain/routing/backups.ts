// Whose place a processor's configured backups take while it is out; where nobody has backups nothing is changed. Rules: SPEC.md [DEC].
import type { Candidate } from './candidate.ts';
import type { Contest } from './contest.ts';
import type { ExclusionReason } from './route-request.ts';
import { sharesOfWeights } from './strategies.ts';
import type { SharePlan } from './segment-plan.ts';
import type { StrategyName } from '../configuration/configuration.ts';

/** Out for a while, in contrast to what this payment or a rule does not allow. */
const OUT: ReadonlySet<ExclusionReason> = new Set(['breaker_open', 'forced_open', 'drained', 'silent']);

interface Replaced {
  readonly candidate: Candidate;
  /** The admitted ones, in their order; at least one. */
  readonly backups: readonly Candidate[];
}

/** Of a payment that is not pinned. `base` itself where no backup has a place to take. */
export function withBackups(contest: Contest, base: SharePlan, strategy: StrategyName): SharePlan {
  if (!contest.plan.hasBackups) return base;
  const replaced = contest.candidates.flatMap((candidate): readonly Replaced[] => {
    const backups = isOut(contest, candidate.index) ? admittedBackups(contest, candidate) : [];
    return backups.length === 0 ? [] : [{ candidate, backups }];
  });
  if (replaced.length === 0) return base;
  if (strategy === 'split') return withWeightsHandedOn(contest, base, replaced);
  return withBackupsFirst(contest, base, leaderOf(contest, { base, strategy, replaced }));
}

function isOut(contest: Contest, index: number): boolean {
  const reason = contest.exclusions[index]?.reason;
  return reason !== undefined && OUT.has(reason) && (reason === 'silent' || !contest.isBarred(index));
}

const admittedBackups = (contest: Contest, { config: { backups = [] } }: Candidate): readonly Candidate[] =>
  backups.flatMap((id) => contest.candidates.filter((other) => other.id === id && contest.inPlay(other.index)));

interface Standing {
  readonly base: SharePlan;
  readonly strategy: StrategyName;
  readonly replaced: readonly Replaced[];
}

/**
 * Who of those that are out would have been first; `null`: somebody in play is. What took one out has lowered what is believed of it: its
 * long-run level says whether it led.
 */
function leaderOf(contest: Contest, { base, strategy, replaced }: Standing): Replaced | null {
  const isByPriority = strategy === 'priority';
  const present = contest.candidates.filter(({ index }) => contest.inPlay(index));
  const standing = present.map(({ index, belief, config }) =>
    isByPriority ? 0 - config.priority : (base.beliefs[index] ?? belief).mean,
  );
  let leader: Replaced | null = null;
  let best = Math.max(...standing);
  for (const each of replaced) {
    const { belief, config } = each.candidate;
    const own = isByPriority ? 0 - config.priority : belief.baseline;
    if (own < best || (own === best && leader !== null)) continue;
    [leader, best] = [each, own];
  }
  return leader;
}

/** In their order and within their bounds; then the others as before. */
function withBackupsFirst(contest: Contest, base: SharePlan, leader: Replaced | null): SharePlan {
  if (leader === null) return base;
  const { backups, candidate } = leader;
  const others = base.order.filter((other) => contest.inPlay(other.index) && !backups.includes(other));
  const ordered = [...backups, ...others];
  const wish = { kind: 'ordered', shares: ordered.map((_, place) => (place === 0 ? 1 : 0)) } as const;
  const rest = base.order.filter(({ index }) => !contest.inPlay(index));
  const plan = contest.plan.reshare(base, ordered, wish, false);
  return { ...plan, order: [...ordered, ...rest], standsInFor: candidate.id };
}

/** The weight of one that is out goes to the first of its backups that is admitted; all others keep theirs. */
function withWeightsHandedOn(contest: Contest, base: SharePlan, replaced: readonly Replaced[]): SharePlan {
  const weights = contest.candidates.map(({ config }) => config.weight);
  for (const { candidate, backups } of replaced) {
    const { index } = backups[0]!;
    weights[index] = (weights[index] ?? 0) + candidate.config.weight;
  }
  const members = base.order.filter(({ index }) => contest.inPlay(index));
  const shares = sharesOfWeights(members.map(({ index }) => weights[index] ?? 0));
  return contest.plan.reshare(base, members, { kind: 'drawn', shares }, false);
}
