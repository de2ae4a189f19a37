// Chooses one processor for one payment: who is eligible and admitted, what rules leave of them, and one draw among the rest.
import { assign, stickyKey, type Assignment } from './experiments.ts';
import { asksForPermit } from '../health/breaker.ts';
import { Contest, type DecideMoment } from './contest.ts';
import { diceOf, draw, stickyPick, STREAM, type Dice } from './sticky-hash.ts';
import { LOCAL_PROBE_SHARE } from './admission.ts';
import { lastResortOf } from './last-resort.ts';
import { withBackups } from './backups.ts';
import { applyRules, type PlannedRule, type Ruling } from './rules.ts';
import { sharesOfWeights } from './strategies.ts';
import { tell, type Outcome, type Pick } from './telling.ts';
import type { Candidate } from './candidate.ts';
import type { Decision, PermitWanted, RouteRequest } from './route-request.ts';
import type { RoutingTable } from './compile-table.ts';
import type { SharePlan } from './segment-plan.ts';
import type { StrategyName } from '../configuration/configuration.ts';

export type { DecideMoment } from './contest.ts';

/** Pure: the same table, request and moment (with its seed) give the same decision. */
export function decide(table: RoutingTable, request: RouteRequest, moment: DecideMoment): Decision {
  const contest = new Contest(table.plan(request.paymentMethod, request.country), request, moment);
  const ruling = applyRules(contest, contest.plan.rules(request.currency));
  const assignment =
    ruling.strategy === null && request.strategy === null ? assign(contest.plan.experiments, request) : null;
  const strategy = ruling.strategy ?? request.strategy ?? assignment?.chosen.strategy ?? contest.plan.routing.strategy;
  const isShadow = request.actualProcessor !== null && table.isRegistered(request.actualProcessor);
  const outcome = choose(contest, { ruling, assignment, strategy, isShadow });
  return tell(contest, outcome, isShadow ? request.actualProcessor : null);
}

interface Choosing {
  readonly ruling: Ruling;
  readonly assignment: Assignment | null;
  readonly strategy: StrategyName;
  /** The merchant goes its own way: no permit is spent on what may not be sent. */
  readonly isShadow: boolean;
}

function choose(contest: Contest, choosing: Choosing): Outcome {
  const { ruling, strategy, isShadow } = choosing;
  const dice = diceOf(contest.moment.seed);
  const pinned = ruling.pin !== null || contest.overridePin !== null;
  const base = contest.plan.sharePlan({
    strategy,
    inPlay: contest.inPlayNow(),
    pinned,
    now: contest.moment.now,
    tableAgeMs: contest.moment.tableAgeMs,
    amountMinor: contest.request.amountMinor,
    marginBps: contest.request.marginBps ?? null,
  });
  const backed = pinned ? base : withBackups(contest, base, strategy);
  const { chooser } = ruling;
  const preferred =
    chooser === null
      ? backed
      : contest.plan.preferring(base, chooser, pinned, () => preferring(contest, base, chooser, pinned));
  const permit = isShadow ? NO_PERMIT : permitOf(contest, dice);
  const pick = pickOf(contest, { plan: preferred, ruling, dice, granted: permit.granted });
  return { ...choosing, plan: preferred, pick, permitWanted: permit.wanted };
}

/** The shares of a prefer or split rule: its members in its order (or by its weights), then the others as before. */
function preferring(
  contest: Contest,
  base: SharePlan,
  { rule, members, weights }: PlannedRule,
  pinned: boolean,
): SharePlan {
  const inRule = members.flatMap((index, place) => {
    const candidate = contest.candidates[index];
    return candidate !== undefined && contest.inPlay(index) ? [{ candidate, weight: weights[place] ?? 0 }] : [];
  });
  const others = base.order.filter(({ index }) => contest.inPlay(index) && !members.includes(index));
  const ordered = [...inRule.map(({ candidate }) => candidate), ...others];
  const shares =
    rule.action.kind === 'split'
      ? sharesOfWeights(inRule.map(({ weight }) => weight))
      : inRule.map((_, place) => (place === 0 ? 1 : 0));
  const wish = {
    kind: rule.action.kind === 'split' ? ('drawn' as const) : ('ordered' as const),
    shares: [...shares, ...others.map(() => 0)],
  };
  const rest = base.order.filter(({ index }) => !contest.inPlay(index));
  return { ...contest.plan.reshare(base, ordered, wish, pinned), order: [...ordered, ...rest] };
}

/** A trial this old is asked for by every payment; sooner where the configured open time is shorter. */
const ALL_ASK_AFTER_MS = 60_000;

interface PermitAnswer {
  readonly granted: Candidate | null;
  readonly wanted: PermitWanted | null;
}
const NO_PERMIT: PermitAnswer = { granted: null, wanted: null };

/** Several probing breakers ask with draws of their own; of those that ask, one is taken by lot. */
function permitOf(contest: Contest, dice: Dice): PermitAnswer {
  if (contest.isLocal || contest.probing === 0) return NO_PERMIT;
  const { now, permits } = contest.moment;
  const asking: { readonly candidate: Candidate; readonly wanted: PermitWanted }[] = [];
  for (const candidate of contest.candidates) {
    const probe = contest.probes[candidate.index] ?? null;
    if (probe === null) continue;
    const answer = permits.get(`${candidate.id} ${probe.scope}`);
    if (answer === 'granted') return { granted: candidate, wanted: null };
    if (answer === 'refused') continue;
    const luck = draw(dice, STREAM.permit + candidate.index);
    if (!asksForPermit(probe.view, now, luck, Math.min(ALL_ASK_AFTER_MS, candidate.config.breaker.openTimeout)))
      continue;
    asking.push({ candidate, wanted: { processorId: candidate.id, scope: probe.scope } });
  }
  return { granted: null, wanted: asking[Math.floor(draw(dice, STREAM.probe) * asking.length)]?.wanted ?? null };
}

interface Picking {
  readonly plan: SharePlan;
  readonly ruling: Ruling;
  readonly dice: Dice;
  readonly granted: Candidate | null;
}

function pickOf(contest: Contest, { plan, ruling, dice, granted }: Picking): Pick | null {
  if (granted !== null) return certain(contest, granted.index, 'probe');
  if (contest.playing === 0) {
    const last = lastResortOf(contest, plan);
    return last === null ? null : certain(contest, last.index, 'last_resort');
  }
  const split = ruling.chooser?.rule.action.kind === 'split' ? ruling.chooser : null;
  const key = split === null ? null : stickyKeyOf(split, contest.request);
  const pick = drawn(contest, plan, draw(dice, split === null ? STREAM.arm : STREAM.split));
  // Without a trial now and then nobody would ever learn that a silent processor answers again: a key gives way to one.
  if (split !== null && key !== null && pick.how !== 'silence_probe') {
    const ids = contest.candidates.map(({ id }) => id);
    return certain(contest, stickyPick(split.rule.id, key, ids, plan.shares), 'sticky');
  }
  return pick;
}

function stickyKeyOf({ rule: { action } }: PlannedRule, request: RouteRequest): string | null {
  return action.kind === 'split' && action.stickyBy !== null ? stickyKey(action.stickyBy, request) : null;
}

function certain(contest: Contest, index: number, how: Pick['how']): Pick {
  return { index, how, probabilities: contest.candidates.map((candidate) => (candidate.index === index ? 1 : 0)) };
}

/** One draw over the shares; each processor that is kept out and tried all the same takes its part first. */
function drawn(contest: Contest, plan: SharePlan, unit: number): Pick {
  const tries = withOverflow(contest, plan, triesOf(contest));
  if (tries.length === 0) return { index: walk(plan, plan.shares, unit), how: 'draw', probabilities: plan.shares };
  const toTries = tries.reduce((sum, { share }) => sum + share, 0);
  const probabilities = plan.shares.map((share) => share * (1 - toTries));
  for (const { index, share } of tries) probabilities[index] = share;
  let rest = unit;
  for (const { index, share, how } of tries) {
    if (rest < share) return { index, how, probabilities };
    rest -= share;
  }
  return { index: walk(plan, probabilities, rest), how: 'draw', probabilities };
}

interface Try {
  readonly index: number;
  readonly share: number;
  readonly how: 'local_probe' | 'silence_probe' | 'overflow';
}

const NO_TRIES: readonly Try[] = [];
/** Of a segment's traffic, to all that are tried without a permit together. */
const TRIES_MAX = 0.1;

function triesOf(contest: Contest): readonly Try[] {
  const isProbing = contest.isLocal && contest.probing > 0;
  if (!isProbing && (contest.trials?.size ?? 0) === 0) return NO_TRIES;
  const tries: Try[] = [];
  for (const { index } of contest.candidates) {
    const silent = contest.trials?.get(index);
    if (silent !== undefined) tries.push({ index, share: silent, how: 'silence_probe' });
    else if (isProbing && contest.probes[index] !== null)
      tries.push({ index, share: LOCAL_PROBE_SHARE, how: 'local_probe' });
  }
  const scale = Math.min(1, TRIES_MAX / tries.reduce((sum, { share }) => sum + share, 0));
  return scale === 1 ? tries : tries.map((each) => ({ ...each, share: each.share * scale }));
}

/** Less would change no share that anyone could see. */
const OVERFLOW_MIN = 1e-6;

/**
 * What those in play are not able to bear (maxTps) would fail with them, and open their breakers too: it goes to processors whose breaker is open
 * already, which may be well by now, the best first.
 */
function withOverflow(contest: Contest, { order }: SharePlan, tried: readonly Try[]): readonly Try[] {
  if (!contest.plan.hasLimits) return tried;
  let rest = 1;
  for (const { index, limitShare } of contest.candidates) if (contest.inPlay(index)) rest -= limitShare;
  if (rest < OVERFLOW_MIN) return tried;
  const left = 1 - tried.reduce((sum, { share }) => sum + share, 0);
  const tries = [...tried];
  for (const { index, limitShare } of order) {
    const share = Math.min(rest, limitShare);
    const isShut = contest.exclusions[index]?.reason === 'breaker_open' && !contest.isBarred(index);
    if (!isShut || share < OVERFLOW_MIN || tried.some((each) => each.index === index)) continue;
    tries.push({ index, share: share * left, how: 'overflow' });
    rest -= share;
  }
  return tries;
}

function walk({ order, shares }: SharePlan, probabilities: readonly number[], unit: number): number {
  let rest = unit;
  let last = -1;
  for (const { index } of order) {
    if ((shares[index] ?? 0) <= 0) continue;
    last = index;
    rest -= probabilities[index] ?? 0;
    if (rest < 0) break;
  }
  return last;
}
